// A slice on a canvas: grey values, outlines over them, and where a voxel lies on the screen.
//
// A `view` says how the slice lies: the middle of voxel (row, column) is at CSS pixel
// (x + column * sx, y + row * sy).

/** Row and column, in fractions, under a CSS pixel. */
export const placeOn = (view, x, y) => [(y - view.y) / view.sy, (x - view.x) / view.sx];

/** CSS pixel of the middle of a voxel. */
export const pixelOn = (view, row, column) => [view.x + column * view.sx, view.y + row * view.sy];

/** Make a canvas as fine as the screen and black; gives its pen. */
export function blackened(canvas, width, height, ratio) {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, w, h);
  return context;
}

/** An image of grey levels 0 to 255, row by row. */
export function greyImage(grey, rows, columns) {
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < grey.length; i += 1) pixels[i] = 0xff000000 | (grey[i] * 0x010101);
  return image;
}

/** Put an image where its slice lies; it may be finer than `rows` by `columns`. */
export function paintSlice(context, raster, image, view, { rows, columns, ratio, smooth }) {
  Object.assign(raster, { width: image.width, height: image.height });
  raster.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = smooth;
  context.imageSmoothingQuality = "high";
  context.setTransform(
    ratio * view.sx, 0, 0, ratio * view.sy, ratio * (view.x - view.sx / 2), ratio * (view.y - view.sy / 2),
  );
  context.drawImage(raster, 0, 0, columns, rows);
}

/** Draw a path in (column, row) over the slice, with a dark edge where it is not dashed. */
export function strokeOver(context, path, view, ratio, colour, line, dash) {
  const [sx, sy] = [view.sx * ratio, view.sy * ratio];
  const placed = new Path2D();
  placed.addPath(path, new DOMMatrix([sx, 0, 0, sy, view.x * ratio, view.y * ratio]));
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.setLineDash([]);
  context.lineJoin = "round";
  context.strokeStyle = "rgba(0,0,0,.5)";
  context.lineWidth = (line + 1.4) * ratio;
  if (!dash.length) context.stroke(placed);
  context.setLineDash(dash.map((d) => d * ratio));
  context.strokeStyle = colour;
  context.lineWidth = line * ratio;
  context.stroke(placed);
  context.setLineDash([]);
}

/** Letters that can be read on any grey. */
export function written(context, text, x, y, colour = "#fff") {
  context.font = "13px system-ui, sans-serif";
  context.lineWidth = 3;
  context.strokeStyle = "rgba(0,0,0,.75)";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
