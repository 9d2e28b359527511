// A drawing as MNIST's makers would have stored it: 28 × 28 pixels, scaled and centred. No DOM.
//
// MNIST: the digit is scaled, keeping its shape, until its longer side fills 20 pixels; edges turn grey; then
// its centre of mass is moved to the centre of the 28 × 28 pixels. In the 10,000 test digits the longer side
// is exactly 20 pixels (9,997 of them; 19 the others) and the centre of mass is always less than half a pixel
// from the centre of pixel (14, 14): they were moved by whole pixels, and so are ours.
// A stroke is a list of points [x, y] in the unit square, x right, y down.

import { clamp } from "./math.js";

const SIDE = 28, BOX = 20, MARGIN = 4; // pixels
export const STROKE_PIXELS = 2.5; // 28 times STROKE_WIDTH of vecnb.render
const ROUNDING = 1e-3; // pixels: a symmetric drawing is not moved by a rounding error
const SMALLEST = 1 / 8; // of the pad: what is smaller, a dot, is not enlarged any further

/** The trait "examples", a byte a pixel, as pictures to choose from: {label, pixels, height, width} each. */
export function readDigits(model) {
  const bytes = model.get("examples"), count = SIDE * SIDE;
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: all.length / count }, (_, digit) => ({
    label: `Test digit ${digit}`,
    pixels: Float32Array.from(all.subarray(count * digit, count * (digit + 1)), (value) => value / 255),
    height: SIDE,
    width: SIDE,
  }));
}

/** The image of strokes, Float32Array [784] in [0, 1], row by row; null without a point. */
export function strokesToMnist(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [left, right, top, bottom] = boundingBox(points);
  const scale = (BOX - STROKE_PIXELS) / Math.max(right - left, bottom - top, SMALLEST);
  const corner = MARGIN + STROKE_PIXELS / 2;
  const fitted = strokes.map((stroke) =>
    stroke.map(([x, y]) => [corner + scale * (x - left), corner + scale * (y - top)])
  );
  const [x, y] = centreOfMass(drawStrokes(fitted)).map((at) => Math.ceil(SIDE / 2 - ROUNDING - at));
  return drawStrokes(fitted.map((stroke) => stroke.map((point) => [point[0] + x, point[1] + y])));
}

function boundingBox(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

/** The centre of mass of an image [784], [x, y] in pixels; pixel (0, 0) has its centre at (½, ½). */
export function centreOfMass(image) {
  let mass = 0, x = 0, y = 0;
  image.forEach((value, i) => {
    mass += value;
    x += value * (i % SIDE + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}

/** Strokes in pixels as an image: the intensity falls from 1 to 0 within a pixel across the edge. */
function drawStrokes(strokes) {
  const distance2 = new Float64Array(SIDE * SIDE).fill(Infinity); // to the nearest stroke
  for (const stroke of strokes) {
    stroke.forEach((point, i) => lowerDistances(distance2, stroke[Math.max(0, i - 1)], point));
  }
  return Float32Array.from(distance2, (d2) => clamp(0.5 + STROKE_PIXELS / 2 - Math.sqrt(d2)));
}

/** Lower the squared distances of the pixels that the segment from a to b reaches. */
function lowerDistances(distance2, [ax, ay], [bx, by]) {
  const reach = STROKE_PIXELS / 2 + 0.5, dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
  const first = (u, v) => Math.max(0, Math.floor(Math.min(u, v) - reach));
  const last = (u, v) => Math.min(SIDE - 1, Math.ceil(Math.max(u, v) + reach));
  for (let row = first(ay, by); row <= last(ay, by); row++) {
    for (let column = first(ax, bx); column <= last(ax, bx); column++) {
      const x = column + 0.5 - ax, y = row + 0.5 - ay;
      const t = length2 ? clamp((x * dx + y * dy) / length2) : 0;
      const d2 = (x - t * dx) ** 2 + (y - t * dy) ** 2, at = row * SIDE + column;
      if (d2 < distance2[at]) distance2[at] = d2;
    }
  }
}
