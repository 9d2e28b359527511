// A reader's strokes as MNIST's makers would have stored them: 28 × 28 pixels, fitted and centred. No DOM.
//
// MNIST: the digit is scaled, keeping its shape, until its longer side fills 20 pixels; edges turn grey; then
// its centre of mass is moved to the centre of the 28 × 28 pixels. In the 10,000 test digits the longer side
// is exactly 20 pixels (9,997 of them; 19 the others) and the centre of mass is always less than half a pixel
// from the centre of pixel (14, 14): they were moved by whole pixels, and so are ours.
// A stroke of the reader is a list of points [x, y] in the unit square, x right, y down.

const SIDE = 28, BOX = 20, MARGIN = 4; // pixels
const PEN = 2.5; // pixels, as STROKE_WIDTH in render.py
const HAIR = 1e-3; // pixels, so that where a symmetric drawing goes does not hang on the last digit
const SMALLEST = 1 / 8; // of the board; what is smaller, a dot, is not blown up any further

/** The ink of strokes, Float32Array [784] in [0, 1], row by row; null without a point. */
export function scan(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [left, right, top, bottom] = bounds(points);
  const scale = (BOX - PEN) / Math.max(right - left, bottom - top, SMALLEST);
  const fit = ([x, y]) => [MARGIN + PEN / 2 + scale * (x - left), MARGIN + PEN / 2 + scale * (y - top)];
  const fitted = strokes.map((stroke) => stroke.map(fit));
  const [x, y] = centreOfMass(ink(fitted)).map((place) => Math.ceil(SIDE / 2 - HAIR - place));
  return ink(fitted.map((stroke) => stroke.map((point) => [point[0] + x, point[1] + y])));
}

function bounds(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

/** Where the mass of an image [784] has its centre, [x, y] in pixels; pixel (0, 0) has its own at (½, ½). */
export function centreOfMass(image) {
  let mass = 0, x = 0, y = 0;
  image.forEach((value, i) => {
    mass += value;
    x += value * (i % SIDE + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}

/** Strokes in pixels, drawn with the pen: a pixel's ink falls from 1 to 0 within a pixel across the edge. */
function ink(strokes) {
  const squared = new Float64Array(SIDE * SIDE).fill(Infinity); // distance to the nearest stroke
  for (const stroke of strokes) {
    stroke.forEach((point, i) => nearTo(squared, stroke[Math.max(0, i - 1)], point));
  }
  return Float32Array.from(squared, (d2) => Math.min(1, Math.max(0, 0.5 + PEN / 2 - Math.sqrt(d2))));
}

/** Lower the squared distances of pixels near the segment from a to b; those farther off stay paper. */
function nearTo(squared, [ax, ay], [bx, by]) {
  const reach = PEN / 2 + 0.5, dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
  const first = (u, v) => Math.max(0, Math.floor(Math.min(u, v) - reach));
  const last = (u, v) => Math.min(SIDE - 1, Math.ceil(Math.max(u, v) + reach));
  for (let row = first(ay, by); row <= last(ay, by); row++) {
    for (let column = first(ax, bx); column <= last(ax, bx); column++) {
      const x = column + 0.5 - ax, y = row + 0.5 - ay;
      const t = length2 ? Math.min(1, Math.max(0, (x * dx + y * dy) / length2)) : 0;
      const d2 = (x - t * dx) ** 2 + (y - t * dy) ** 2, at = row * SIDE + column;
      if (d2 < squared[at]) squared[at] = d2;
    }
  }
}
