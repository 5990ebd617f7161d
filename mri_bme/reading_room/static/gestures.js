// What mouse, pen and fingers do on a picture. One pointer draws; nothing else disturbs its stroke.

const NEARER = 1.25;
const HESITATES_PX = 6; // a finger that has moved less may be the first of two
const TWICE_MS = 500;

export class Gestures {
  constructor(view) {
    Object.assign(this, { view, drawing: null, held: null, finger: null, pinch: new Map() });
    const { canvas } = view;
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("mousedown", (event) => {
      if (event.button !== 0) event.preventDefault(); // the middle button would scroll
      if (event.button === 2 && event.detail === 2) view.on.resetWindow(view);
    });
    canvas.addEventListener("dblclick", () => view.on.isLooking() && view.on.resetWindow(view));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (this.isBusy) return;
      if (event.ctrlKey) view.zoomBy(event.deltaY < 0 ? NEARER : 1 / NEARER, at(event));
      else view.on.wheel(view, Math.sign(event.deltaY));
    }, { passive: false });
  }

  get isBusy() { return Boolean(this.drawing || this.held); }

  down(event) {
    if (event.pointerType === "touch") {
      this.touched(event);
      return;
    }
    if (this.isBusy) return;
    this.finger = null;
    this.pinch.clear(); // of a hand that lies on the screen while a pen writes
    this.view.canvas.setPointerCapture(event.pointerId);
    if (event.button === 0 && !event.shiftKey) {
      this.begin(event);
      return;
    }
    if (event.button === 2) this.twice(event);
    this.held = { id: event.pointerId, does: event.button === 2 ? "window" : "pan", ...at(event) };
  }

  /** The right button twice in a row; not every browser counts the presses of this one. */
  twice(event) {
    const { x, y } = at(event);
    const last = this.pressed;
    this.pressed = { x, y, time: event.timeStamp };
    const soon = last && event.timeStamp - last.time < TWICE_MS;
    if (soon && Math.hypot(x - last.x, y - last.y) < HESITATES_PX) this.view.on.resetWindow(this.view);
  }

  touched(event) {
    if (this.isBusy) return;
    this.view.canvas.setPointerCapture(event.pointerId);
    this.pinch.set(event.pointerId, at(event));
    this.finger = this.pinch.size === 1 ? { id: event.pointerId, ...at(event), event } : null;
  }

  begin(event) {
    this.drawing = { id: event.pointerId, voxel: this.view.voxelAt(event) };
    this.view.on.start(this.view, this.drawing.voxel, this.view.spotAt(event));
  }

  move(event) {
    const { view } = this;
    const id = event.pointerId;
    if (this.held?.id === id) this.drag(event);
    else if (this.drawing?.id === id) this.draw(event);
    else if (this.finger?.id === id) this.hesitates(event);
    else if (this.pinch.size > 1 && this.pinch.has(id)) this.pinched(event);
    else if (event.pointerType !== "touch" && !this.isBusy) view.pointAt(view.voxelAt(event));
  }

  draw(event) {
    const { view, drawing } = this;
    const now = view.voxelAt(event);
    view.on.move(view, drawing.voxel, now, view.spotAt(event));
    drawing.voxel = now;
    view.pointAt(now);
  }

  /** A finger that goes somewhere draws from where it was put down. */
  hesitates(event) {
    const { x, y } = at(event);
    if (Math.hypot(x - this.finger.x, y - this.finger.y) < HESITATES_PX) return;
    this.begin(this.finger.event);
    this.finger = null;
    this.draw(event);
  }

  drag(event) {
    const { view, held } = this;
    const { x, y } = at(event);
    const { clientWidth: width, clientHeight: height } = view.canvas;
    if (this.pressed && Math.hypot(x - this.pressed.x, y - this.pressed.y) >= HESITATES_PX) this.pressed = null; // a drag
    if (held.does === "pan") view.pan(x - held.x, y - held.y);
    else view.on.dragWindow(view, (x - held.x) / width, (y - held.y) / height);
    Object.assign(held, { x, y });
  }

  /** Two fingers move the picture, and zoom by how far they are apart. */
  pinched(event) {
    const { view } = this;
    const [from, before] = between([...this.pinch.values()]);
    this.pinch.set(event.pointerId, at(event));
    const [to, apart] = between([...this.pinch.values()]);
    view.pan(to.x - from.x, to.y - from.y);
    if (before > 0) view.zoomBy(apart / before, to);
  }

  up(event) {
    const { view } = this;
    const id = event.pointerId;
    if (this.finger?.id === id && event.type === "pointerup") this.begin(this.finger.event); // a tap
    this.finger = null;
    this.pinch.delete(id);
    if (this.drawing?.id === id) {
      this.drawing = null;
      view.on.end(view);
    }
    if (this.held?.id === id) this.held = null;
  }
}

const at = (event) => ({ x: event.clientX, y: event.clientY });

/** Middle of the first two of some points, and how far apart they are. */
function between([one, other]) {
  return [{ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }, Math.hypot(one.x - other.x, one.y - other.y)];
}
