// Which grey values are black and which white: width and level, as on any workstation.
//
// One window for all scans of a contrast, in multiples of their own normal marrow, so that equal
// marrow stays equally bright at both visits.

const NARROWEST = 1 / 40; // of the width at first
const WIDEST = 40;
const MOST_LEVEL = 20; // widths at first
const SLIDER_DOUBLES = 12.5; // steps of the slider that double or halve the width

export class Windows {
  constructor() {
    this.changed = new Map();
  }

  /** Black and white in units of a scan; `scale` says how its grey values were sent. */
  of(scale) {
    return this.changed.get(scale.words) ?? { low: 0, high: scale.white };
  }

  /** Width and level in those units. */
  widthAndLevel(scale) {
    const { low, high } = this.of(scale);
    return [high - low, (low + high) / 2];
  }

  /** Black and white among grey values as they were sent. */
  sent(scale) {
    const { low, high } = this.of(scale);
    return [scale.zero + scale.unit * low, scale.zero + scale.unit * high];
  }

  change(scale, width, level) {
    const within = (value, least, most) => Math.min(Math.max(value, least), most);
    const half = within(width, scale.white * NARROWEST, scale.white * WIDEST) / 2;
    const middle = within(level, -scale.white * MOST_LEVEL, scale.white * MOST_LEVEL);
    this.changed.set(scale.words, { low: middle - half, high: middle + half });
  }

  /** As at first. */
  reset(scale) {
    this.changed.delete(scale.words);
  }

  /** Follow a pointer: to the right wider, down brighter; `across` and `down` in parts of the picture. */
  drag(scale, across, down) {
    const [width, level] = this.widthAndLevel(scale);
    this.change(scale, width * Math.exp(2 * across), level - down * width);
  }

  /** Where two sliders stand, 0 to 100; 50 is as at first. */
  sliders(scale) {
    const [width, level] = this.widthAndLevel(scale);
    return { brightness: 100 * (1 - level / scale.white), contrast: 50 - SLIDER_DOUBLES * Math.log2(width / scale.white) };
  }

  slide(scale, { brightness, contrast }) {
    const now = this.sliders(scale);
    const to = { brightness: brightness ?? now.brightness, contrast: contrast ?? now.contrast };
    this.change(scale, scale.white * 2 ** ((50 - to.contrast) / SLIDER_DOUBLES), scale.white * (1 - to.brightness / 100));
  }

  /** In the words of a workstation, without what they are multiples of. */
  words(scale) {
    const [width, level] = this.widthAndLevel(scale).map((value) => value.toFixed(2).replace("-", "−"));
    return `W ${width} L ${level}`;
  }
}
