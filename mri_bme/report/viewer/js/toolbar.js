// Buttons and sliders: everything that a key does, for who has none.

import { element } from "./pane.js";

const TOOLS = { window: "Window", scroll: "Scroll", pan: "Move", zoom: "Zoom", measure: "Measure" };
const SLIDER_STEP = 0.01;

export class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    this.slider = element("input", { type: "range", min: "1", step: "1", id: "slice", "aria-label": "Slice" });
    this.where = element("output", { class: "v-where", id: "where", for: "slice" });
    this.slider.addEventListener("input", () => viewer.goTo(Number(this.slider.value) - 1));
    this.level = this._windowSlider("Brightness");
    this.width = this._windowSlider("Contrast");
    this.told = element("output", { class: "v-window" });
    this.presets = {
      marrow: this._button("Marrow", "0 to 3 times normal marrow (1)", () => viewer.preset("marrow")),
      wide: this._button("Wide", "all that was measured (2)", () => viewer.preset("wide")),
      scanner: this._button("Scanner", "as the scanner proposed (3)", () => viewer.preset("scanner")),
    };
    this.tools = Object.fromEntries(Object.entries(TOOLS).map(([tool, name]) => [
      tool,
      this._button(name, `dragging: ${name.toLowerCase()}`, () => {
        Object.assign(viewer.state, { tool, toolChosen: true });
        viewer.refresh();
      }),
    ]));
    this.toggles = this._toggles();
    this.element = element(
      "div",
      { class: "v-bar", role: "toolbar", "aria-label": "Viewer" },
      element("div", { class: "v-group v-slices" }, element("label", { for: "slice" }, "Slice"), this.slider, this.where),
      element("div", { class: "v-group", role: "group", "aria-label": "What dragging does" }, ...Object.values(this.tools)),
      element("div", { class: "v-group", role: "group", "aria-label": "Window" },
        ...Object.values(this.presets), this.level, this.width, this.told),
      element("div", { class: "v-group", role: "group", "aria-label": "What is shown" }, ...this.toggles.map((t) => t.button)),
    );
  }

  _button(name, title, act) {
    const button = element("button", { type: "button", title, "aria-pressed": "false" }, name);
    button.addEventListener("click", act);
    return button;
  }

  _windowSlider(name) {
    const slider = element("input", { type: "range", min: "0", max: "1", step: String(SLIDER_STEP), class: "v-small", "aria-label": name });
    slider.addEventListener("input", () => this._setWindow());
    return slider;
  }

  /** Sliders: level from dark to bright, width from narrow to the whole range. */
  _setWindow() {
    const { viewer } = this;
    const top = this._top();
    const width = top * Math.max(1.02 - Number(this.width.value), 0.02);
    const level = top * (1 - Number(this.level.value));
    viewer.setWindow(level - width / 2, level + width / 2);
  }

  _top() {
    const scans = this.viewer.visits.map((visit) => visit[this.viewer.channel]).filter(Boolean);
    return Math.max(...scans.map((scan) => scan.top));
  }

  _toggles() {
    const { viewer } = this;
    const option = (name, words, key) => ({
      button: this._button(words, `${words} (${key})`, () => viewer.toggle(name)),
      isOn: () => viewer.state.options[name],
    });
    const all = [
      option("outlines", "Outlines", "o"),
      option("quadrants", "Quadrants", "q"),
      option("shares", "Half-filled", "h"),
    ];
    if (viewer.visits.some((visit) => visit.maps.probability)) all.push(option("probability", "Probability", "e"));
    all.push(option("smooth", "Smooth", "i"));
    if (viewer.hasT1) {
      all.push({
        button: this._button("T1W", "T1W instead (t)", () => viewer.setShows(viewer.state.shows === "t1" ? "fluid" : "t1")),
        isOn: () => viewer.state.shows === "t1",
      }, {
        button: this._button("T1W beside", "T1W beside it (T)", () => viewer.setShows(viewer.state.shows === "both" ? "fluid" : "both")),
        isOn: () => viewer.state.shows === "both",
      });
    }
    if (viewer.scene.display) {
      all.push({
        button: this._button("As acquired", "slices as they were acquired, not moved towards each other (a)", () =>
          viewer.setMode(viewer.state.mode === "acquired" ? "registered" : "acquired")),
        isOn: () => viewer.state.mode === "acquired",
      });
    }
    if (viewer.visits.length > 1) {
      all.push({ button: this._button("Blink", "one visit after the other in one place (b)", () => viewer.setBlink(!viewer.state.blink)), isOn: () => viewer.state.blink });
    }
    all.push({ button: this._button("Reset", "the whole of the joints again (0)", () => viewer.reset()), isOn: null });
    for (const one of all) if (!one.isOn) one.button.removeAttribute("aria-pressed");
    return all;
  }

  update() {
    const { viewer } = this;
    const { k, n } = viewer.slices;
    this.slider.max = String(n);
    this.slider.value = String(k + 1);
    this.where.textContent = `${k + 1} / ${n}`;
    for (const { button, isOn } of this.toggles) if (isOn) button.setAttribute("aria-pressed", String(Boolean(isOn())));
    for (const [tool, button] of Object.entries(this.tools)) button.setAttribute("aria-pressed", String(viewer.state.tool === tool));
    const { low, high } = viewer.state.windows[viewer.channel];
    const top = this._top();
    this.level.value = String(1 - (low + high) / 2 / top);
    this.width.value = String(1.02 - (high - low) / top);
    const scan = viewer.visits.map((visit) => visit[viewer.channel]).find(Boolean);
    this.told.textContent = `${low.toFixed(1)} to ${high.toFixed(1)} ${scan.inMarrow ? "× marrow" : "of the brightest"}`;
    this.presets.scanner.hidden = !viewer.hasScannerWindow();
    for (const name of ["marrow", "wide"]) this.presets[name].removeAttribute("aria-pressed");
    this.presets.scanner.removeAttribute("aria-pressed");
  }
}
