// Mouse, touch and keyboard.

const WHEEL_STEP = 60; // CSS pixels of a trackpad per slice; a notch of a wheel has more
const CLICK_PX = 4;
const KEY_PAN_PX = 40;

/** Let a viewer be driven by mouse, touch and keys. */
export function bindInput(viewer) {
  const gesture = { pointers: new Map(), wheel: 0 };
  const { grid, root } = viewer;
  const paneOf = (event) => viewer.panes.find((pane) => pane.canvas === event.target);

  grid.addEventListener("contextmenu", (event) => paneOf(event) && event.preventDefault());
  grid.addEventListener("wheel", (event) => {
    const pane = paneOf(event);
    if (!pane) return;
    event.preventDefault();
    viewer.state.active = pane.visit;
    const [x, y] = placeIn(pane, event);
    if (event.ctrlKey) viewer.zoom(Math.exp(-event.deltaY / 300), pane, x, y);
    else scrollSlices(viewer, gesture, event);
  }, { passive: false });

  grid.addEventListener("pointerdown", (event) => {
    const pane = paneOf(event);
    if (!pane) return;
    root.focus({ preventScroll: true });
    event.preventDefault();
    pane.canvas.setPointerCapture(event.pointerId);
    const [x, y] = placeIn(pane, event);
    gesture.pointers.set(event.pointerId, { pane, x, y, startX: x, startY: y, moved: 0 });
    viewer.state.active = pane.visit;
    if (gesture.pointers.size > 1) gesture.taken = false;
    else gesture.taken = told(viewer, "down", pane, x, y, event);
    gesture.tool = toolOf(viewer, event);
    gesture.from = viewer.voxelAt(pane, x, y);
    gesture.ruler = null;
  });

  grid.addEventListener("pointermove", (event) => {
    const held = gesture.pointers.get(event.pointerId);
    const pane = held ? held.pane : paneOf(event);
    if (!pane) return;
    const [x, y] = placeIn(pane, event);
    if (!held) {
      told(viewer, "hover", pane, x, y, event);
      return;
    }
    const before = [...gesture.pointers.values()].map((p) => [p.x, p.y]);
    const [dx, dy] = [x - held.x, y - held.y];
    held.moved = Math.max(held.moved, Math.hypot(x - held.startX, y - held.startY));
    Object.assign(held, { x, y });
    if (gesture.pointers.size > 1) pinch(viewer, gesture, pane, before);
    else if (gesture.taken) told(viewer, "move", pane, x, y, event);
    else if (held.moved >= CLICK_PX) drag(viewer, gesture, pane, { x, y, dx, dy });
  });

  const released = (event) => {
    const held = gesture.pointers.get(event.pointerId);
    if (!held) return;
    gesture.pointers.delete(event.pointerId);
    const [x, y] = placeIn(held.pane, event);
    if (gesture.taken) told(viewer, event.type === "pointercancel" ? "cancel" : "up", held.pane, x, y, event);
    else if (held.moved < CLICK_PX && event.type === "pointerup" && !gesture.pinched) click(viewer, held.pane, x, y);
    if (!gesture.pointers.size) Object.assign(gesture, { taken: false, pinched: false });
  };
  grid.addEventListener("pointerup", released);
  grid.addEventListener("pointercancel", released);
  grid.addEventListener("dblclick", (event) => paneOf(event) && viewer.reset());

  document.addEventListener("keydown", (event) => pressed(viewer, event));
}

function placeIn(pane, event) {
  const box = pane.canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/** Offer a pointer to whoever paints; true when it was taken. */
function told(viewer, type, pane, x, y, event) {
  const hook = viewer.hooks.onPointer;
  if (!hook) return false;
  const exact = viewer.voxelAt(pane, x, y);
  const voxel = exact.map(Math.round);
  return Boolean(hook({
    type, visit: pane.visit, channel: pane.channel, exact, voxel, x, y, isAcquired: viewer.state.mode === "acquired",
    button: event.button, buttons: event.buttons, pointerType: event.pointerType, pressure: event.pressure, native: event,
  }));
}

function toolOf(viewer, event) {
  if (event.pointerType === "mouse") {
    if (event.button === 1 || event.shiftKey) return "pan";
    if (event.button === 2) return "zoom";
  } else if (viewer.state.tool === "window" && !viewer.state.toolChosen) return "scroll";
  return viewer.state.tool;
}

function scrollSlices(viewer, gesture, event) {
  const step = event.deltaMode === 0 ? WHEEL_STEP : 1;
  gesture.wheel += event.deltaY;
  const n = Math.trunc(gesture.wheel / step);
  if (!n) return;
  gesture.wheel = 0;
  viewer.step(Math.sign(n));
}

function drag(viewer, gesture, pane, { x, y, dx, dy }) {
  const { width, height } = pane.size;
  if (gesture.tool === "pan") viewer.pan(dx, dy);
  else if (gesture.tool === "zoom") viewer.zoom(Math.exp(-dy / 150), pane, width / 2, height / 2);
  else if (gesture.tool === "measure") measure(viewer, gesture, pane, x, y);
  else if (gesture.tool === "scroll") {
    gesture.scrolled = (gesture.scrolled || 0) + dy;
    const per = Math.max(8, height / viewer.slices.n);
    const n = Math.trunc(gesture.scrolled / per);
    if (n) {
      gesture.scrolled -= n * per;
      viewer.step(n);
    }
  } else {
    const { channel } = pane;
    const { low, high } = viewer.state.windows[channel];
    const span = high - low;
    const wider = span * Math.exp(dx / (width / 2));
    const middle = (low + high) / 2 - (dy / height) * span;
    viewer.setWindow(middle - wider / 2, middle + wider / 2, channel);
  }
}

function measure(viewer, gesture, pane, x, y) {
  if (gesture.ruler) viewer.rulers.splice(viewer.rulers.indexOf(gesture.ruler), 1);
  gesture.ruler = viewer.addRuler(pane.visit, gesture.from, viewer.voxelAt(pane, x, y));
}

function pinch(viewer, gesture, pane, before) {
  const now = [...gesture.pointers.values()].map((p) => [p.x, p.y]);
  const middle = (points) => [(points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2];
  const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const [from, to] = [middle(before), middle(now)];
  gesture.pinched = true;
  viewer.pan(to[0] - from[0], to[1] - from[1]);
  if (apart(before) > 0) viewer.zoom(apart(now) / apart(before), pane, to[0], to[1]);
}

function click(viewer, pane, x, y) {
  const voxel = viewer.voxelAt(pane, x, y);
  const lesion = viewer.lesionAt(pane.visit, voxel);
  viewer.state.hot = lesion;
  viewer.pick(pane.visit, voxel);
  viewer.hooks.onLesion?.({ visit: pane.visit, label: lesion ? lesion.label : null });
}

/** What each key does; others may add to it or replace what is there. */
export const KEYS = {
  ArrowUp: (v) => v.step(-1),
  ArrowDown: (v) => v.step(1),
  ArrowLeft: (v) => v.step(-1),
  ArrowRight: (v) => v.step(1),
  PageUp: (v) => v.step(-1),
  PageDown: (v) => v.step(1),
  Home: (v) => v.goTo(0),
  End: (v) => v.goTo(v.slices.n - 1),
  "+": (v) => v.zoom(1.25),
  "=": (v) => v.zoom(1.25),
  "-": (v) => v.zoom(0.8),
  0: (v) => v.reset(),
  1: (v) => v.preset("marrow"),
  2: (v) => v.preset("wide"),
  3: (v) => v.preset("scanner"),
  "[": (v) => scaleWindow(v, 0.87, 0),
  "]": (v) => scaleWindow(v, 1.15, 0),
  ",": (v) => scaleWindow(v, 1, -0.07),
  ".": (v) => scaleWindow(v, 1, 0.07),
  a: (v) => v.setMode(v.state.mode === "acquired" ? "registered" : "acquired"),
  t: (v) => v.setShows(v.state.shows === "t1" ? "fluid" : "t1"),
  T: (v) => v.setShows(v.state.shows === "both" ? "fluid" : "both"),
  b: (v) => v.setBlink(!v.state.blink),
  o: (v) => v.toggle("outlines"),
  q: (v) => v.toggle("quadrants"),
  h: (v) => v.toggle("shares"),
  e: (v) => v.toggle("probability"),
  c: (v) => v.toggle("changes"),
  i: (v) => v.toggle("smooth"),
  l: (v) => nextLesion(v, 1),
  L: (v) => nextLesion(v, -1),
  m: (v) => measureByKey(v),
  x: (v) => crossInMiddle(v),
  Escape: (v) => v.clearCross(),
};
const PAGING = new Set(["PageUp", "PageDown", "Home", "End", "Escape"]);

function pressed(viewer, event) {
  const focus = document.activeElement;
  const inside = viewer.root.contains(focus);
  const nowhere = !focus || focus === document.body;
  const writes = focus && /^(INPUT|TEXTAREA|SELECT)$/.test(focus.tagName) && focus.type !== "checkbox";
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(inside || nowhere) || (PAGING.has(event.key) && !inside)) return;
  if (writes && (focus.type !== "range" || /^(Arrow|Page|Home|End)/.test(event.key))) return;
  const own = viewer.hooks.keys?.[event.key];
  const act = own || (event.shiftKey && event.key.startsWith("Arrow") ? moveCross(event.key) : KEYS[event.key]);
  if (!act) return;
  event.preventDefault();
  act(viewer, event);
}

function scaleWindow(viewer, factor, shift) {
  const channel = viewer.channel;
  const { low, high } = viewer.state.windows[channel];
  const [middle, span] = [(low + high) / 2 + shift * (high - low), (high - low) * factor];
  viewer.setWindow(middle - span / 2, middle + span / 2, channel);
}

function moveCross(key) {
  const [row, column] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  return (viewer) => {
    const visit = viewer.state.active;
    if (!viewer.crossOn(visit)) {
      crossInMiddle(viewer);
      return;
    }
    const [s, r, c] = visit.indexOf(viewer.state.cross).map(Math.round);
    viewer.pick(visit, [s, r + row, c + column]);
    const pane = viewer.panes.find((one) => one.visit === visit);
    const [x, y] = pane.pixelOf(viewer.crossOn(visit) || [0, 0, 0]);
    const { width, height } = pane.size;
    if (x < 0 || x > width) viewer.pan(x < 0 ? KEY_PAN_PX : -KEY_PAN_PX, 0);
    if (y < 0 || y > height) viewer.pan(0, y < 0 ? KEY_PAN_PX : -KEY_PAN_PX);
  };
}

function crossInMiddle(viewer) {
  const visit = viewer.state.active;
  const frame = viewer.frameOf(visit);
  const point = frame.isAcquired ? [frame.k, frame.centre[1], frame.centre[2]] : visit.indexOf(viewer._onSlice(frame));
  viewer.pick(visit, point.map(Math.round));
}

function nextLesion(viewer, by) {
  const all = viewer.visits.flatMap((visit) => (visit.lesions || []).map((lesion) => ({ visit, label: lesion.label })));
  if (!all.length) return;
  const { hot } = viewer.state;
  const at = hot ? all.findIndex((one) => one.visit === hot.visit && one.label === hot.label) : by > 0 ? -1 : 0;
  const next = all[(at + by + all.length) % all.length];
  viewer.showLesion(next.visit, next.label);
  viewer.hooks.onLesion?.(next);
}

/** First press: one end at the cross-hair; second press: the other. */
function measureByKey(viewer) {
  const { cross, active } = viewer.state;
  if (!cross) {
    crossInMiddle(viewer);
    return;
  }
  const here = active.indexOf(cross);
  if (viewer.measureFrom) {
    viewer.addRuler(active, viewer.measureFrom, here);
    viewer.measureFrom = null;
  } else viewer.measureFrom = here;
}
