// Unpack what `mri_bme.report.viewer.packing` packed. The two must agree to the byte.

const BASE = 4096; // weights are whole numbers of this part
const MARGIN = 2; // neighbours reach two pixels back, up and aside

const TEXT = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=>?@^_`{|}~";

/** Bytes of a text of which five letters are four bytes; up to three zeros may follow them. */
export function bytesOfText(text) {
  const digitOf = new Uint8Array(128);
  for (let digit = 0; digit < TEXT.length; digit += 1) digitOf[TEXT.charCodeAt(digit)] = digit;
  const n = Math.floor(text.length / 5);
  const bytes = new Uint8Array(4 * n);
  const view = new DataView(bytes.buffer);
  for (let i = 0, from = 0; i < n; i += 1, from += 5) {
    let word = 0;
    for (let place = 0; place < 5; place += 1) word = word * 85 + digitOf[text.charCodeAt(from + place)];
    view.setUint32(4 * i, word);
  }
  return bytes;
}

/** Undo zlib. */
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Grey values of a whole volume, one byte each. */
export async function unpackGrey(packed, bytes) {
  const streams = await Promise.all(packed.streams.map(([from, to]) => inflate(bytes.subarray(from, to))));
  const [slices, rows, columns] = packed.shape;
  const out = new Uint8Array(slices * rows * columns);
  const stride = columns + 2 * MARGIN;
  const work = new Uint8Array((rows + MARGIN) * stride);
  const next = new Int32Array(streams.length);
  const contexts = contextTable(packed.edges);
  const weights = packed.weights.map((row) => Int32Array.from(row));
  for (let k = 0, to = 0; k < slices; k += 1) {
    for (let r = 0; r < rows; r += 1) {
      let at = (r + MARGIN) * stride + MARGIN;
      for (let c = 0; c < columns; c += 1, at += 1, to += 1) {
        const w = work[at - 1];
        const n = work[at - stride];
        const nw = work[at - stride - 1];
        const ne = work[at - stride + 1];
        const ww = work[at - 2];
        const nn = work[at - 2 * stride];
        const context = contexts[Math.abs(w - nw) + Math.abs(nw - n) + Math.abs(n - ne) + Math.abs(w - ww)];
        const f = weights[context];
        const near = f[0] * w + f[1] * n + f[2] * nw + f[3] * ne + f[4] * ww + f[5] * nn;
        const far = f[6] * work[at - stride + 2] + f[7] * work[at - 2 * stride - 1] +
          f[8] * work[at - 2 * stride + 1] + f[9] * work[at - stride - 2];
        const sum = near + far + f[10];
        const guess = (sum + BASE / 2) >> 12;
        const value = ((guess < 0 ? 0 : guess > 255 ? 255 : guess) + streams[context][next[context]]) & 255;
        next[context] += 1;
        work[at] = value;
        out[to] = value;
      }
    }
  }
  return out;
}

/** Which stream a pixel's value is in, for every possible unrest around it. */
function contextTable(edges) {
  const table = new Uint8Array(4 * 255 + 1);
  for (let unrest = 0; unrest < table.length; unrest += 1) {
    while (table[unrest] < edges.length && unrest > edges[table[unrest]]) table[unrest] += 1;
  }
  return table;
}

/**
 * Values of a map on a whole grid: zero outside the box (or the marrow) that was packed.
 *
 * `within` holds the voxels that have a value, where only those were packed, and `grey` the
 * grey values that a map follows, where only how it departs from them was.
 */
export async function unpackMap(packed, shape, bytes, within = null, grey = null) {
  const raw = await inflate(bytes.subarray(...packed.stream));
  const values = packed.wide ? joined(raw) : raw;
  const out = new values.constructor(shape[0] * shape[1] * shape[2]);
  if (packed.within) {
    const held = new Uint16Array(out.length);
    for (let at = 0, from = 0, value = 0, before = 0; at < held.length; at += 1) {
      if (!within[at]) continue;
      const change = values[from++];
      value += change & 1 ? -(change + 1) / 2 : change / 2;
      if (packed.follows) {
        value += Math.floor(packed.follows * (grey[at] - before) + 0.5);
        before = grey[at];
      }
      held[at] = value;
    }
    return held;
  }
  const [s0, r0, c0, s1, r1, c1] = packed.box;
  for (let s = s0, from = 0; s < s1; s += 1) {
    for (let r = r0; r < r1; r += 1, from += c1 - c0) {
      out.set(values.subarray(from, from + c1 - c0), (s * shape[1] + r) * shape[2] + c0);
    }
  }
  return out;
}

function joined(raw) {
  const n = raw.length / 2;
  const out = new Uint16Array(n);
  for (let i = 0; i < n; i += 1) out[i] = raw[i] | (raw[n + i] << 8);
  return out;
}
