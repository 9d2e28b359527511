// The hard rasteriser: the port of `render_hard` for square images. No DOM.
// The formulas are explained in the Rust crate's coverage.rs. Convention: unit square, x right, y down;
// lengths below are in pixels.

const F32_EPSILON = 2 ** -23; // Rust's coordinates are float32: its tolerance of an edge is theirs
const HALF_DIAGONAL = Math.SQRT1_2; // of a pixel
const THICK = 1 - 1e-6; // from this radius on no pixel overlaps both edges

/**
 * The image of lines as strokes with round caps, intensities in [0, 1] row by row, size × size.
 *
 * `strokeWidth` is in unit-square lengths, one or one for each line; 0 draws nothing. Where strokes overlap, the
 * larger intensity stays. Aliased, a pixel is 1 where its centre is inside a stroke, edge included.
 */
export function renderHard(lines, size, strokeWidth, antialias = true) {
  const image = new Float64Array(size * size);
  lines.forEach((line, i) => {
    const radius = (strokeWidth[i] ?? strokeWidth) * size / 2;
    if (radius > 0) drawStroke(image, size, axisOf(line, size), radius, antialias);
  });
  return image;
}

/** A line's direction, midpoint and half length. */
function axisOf(line, size) {
  const [x1, y1, x2, y2] = line.map((value) => Math.fround(value) * size);
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [cos, sin] = length > 0 ? [(x2 - x1) / length, (y2 - y1) / length] : [1, 0];
  return { cos, sin, x: (x1 + x2) / 2, y: (y1 + y2) / 2, half: length / 2 };
}

/** Each pixel within reach becomes the larger of its intensity and this stroke's. */
function drawStroke(image, size, { cos, sin, x, y, half }, radius, antialias) {
  const reach = radius + (antialias ? HALF_DIAGONAL : size * F32_EPSILON);
  const intensity = antialias
    ? coverage(half, radius, edgeFilter(Math.abs(sin), Math.abs(cos)))
    : inside(half, reach);
  const [top, bottom] = pixelRange(y, half * Math.abs(sin) + reach, size);
  for (let row = top; row <= bottom; row++) {
    const below = row + 0.5 - y;
    // The columns of an infinite stroke in this row, or those of the stroke's bounding box if they are fewer.
    const infinite = reach / Math.abs(sin), box = half * Math.abs(cos) + reach;
    const [middle, extent] = infinite < box ? [x + below * cos / sin, infinite] : [x, box];
    const [left, right] = pixelRange(middle, extent, size);
    for (let column = left; column <= right; column++) {
      const beside = column + 0.5 - x, at = row * size + column;
      const value = intensity(Math.abs(cos * beside + sin * below), Math.abs(cos * below - sin * beside));
      if (value > image[at]) image[at] = value;
    }
  }
}

/** The first and the last of the pixels whose centres are within `reach` of a coordinate. */
function pixelRange(coordinate, reach, size) {
  return [
    Math.max(0, Math.ceil(coordinate - reach - 0.5)),
    Math.min(size - 1, Math.floor(coordinate + reach - 0.5)),
  ];
}

/** (p, q) ↦ 1 within reach of the axis, else 0; p ≥ 0 along it from its midpoint, q ≥ 0 across. */
function inside(half, reach) {
  return (p, q) => Number(Math.max(p - half, 0) ** 2 + q * q <= reach * reach);
}

/** (p, q) ↦ the area of a pixel that the stroke covers, up to 1e-6 less than 0 where that is 0. */
function coverage(half, radius, across) {
  const end = half + (Math.PI / 4) * radius + 6 * Math.max(radius - 0.55, 0) ** 2;
  return (p, q) => {
    const d = Math.sqrt(Math.max(p - half, 0) ** 2 + q * q);
    if (radius >= THICK) return halfPlane(across, radius - d);
    return Math.min(strip(across, radius, d), strip(across, radius, q) * strip(across, end, p));
  };
}

/** A pixel projected on an edge's normal, its sides having the lengths `one` and `other`: F of coverage.rs. */
function edgeFilter(one, other) {
  const a = Math.max(one, other), b = Math.max(Math.min(one, other), 1e-3 * a);
  return { inner: (a - b) / 2, outer: (a + b) / 2, slope: (1 + 1e-6) / a, bend: 0.5 / (a * b) };
}

/** The area of a pixel inside a half-plane whose edge lies s beyond the pixel's centre. */
function halfPlane({ inner, outer, slope, bend }, s) {
  const v = Math.max(-inner, Math.min(inner, s));
  const u = Math.max(-outer, Math.min(outer, s)) - v;
  return Math.min(1, 0.5 + v * slope + u * (slope - bend * Math.abs(u)));
}

/** The area of a pixel inside a strip of half width `radius` whose axis is `distance` ≥ 0 away. */
function strip(across, radius, distance) {
  return halfPlane(across, radius - distance) + halfPlane(across, radius + distance) - 1;
}
