// The zero level of a function on a grid: marching squares with linear interpolation. No DOM.

/**
 * The zero line of values [size, size], row by row, as segments [x1, y1, x2, y2] in the unit square.
 *
 * A value stands at the centre of its cell. A square of four neighbours whose signs differ is crossed between two
 * of its sides (a saddle: twice), where the interpolated value is 0.
 */
export function zeroLine(values, size) {
  const segments = [];
  const at = (i, j) => values[i * size + j];
  for (let i = 0; i + 1 < size; i++) {
    for (let j = 0; j + 1 < size; j++) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
      const points = corners.flatMap((a, side) => crossing(a, corners[(side + 1) % 4], at));
      for (let k = 0; k + 1 < points.length; k += 2) {
        segments.push([...points[k], ...points[k + 1]].map((value) => (value + 0.5) / size));
      }
    }
  }
  return segments;
}

/** Where the value between two neighbours is 0: a list of one point [x, y], or of none. */
function crossing([i, j], [k, l], at) {
  const a = at(i, j), b = at(k, l);
  if ((a > 0) === (b > 0)) return [];
  const share = a / (a - b);
  return [[j + share * (l - j), i + share * (k - i)]];
}
