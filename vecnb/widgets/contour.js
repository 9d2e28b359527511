// Where a function on a grid is 0: a line through the squares of the grid; no DOM.

/**
 * The zero line of values [size, size], row by row, as segments [x1, y1, x2, y2] in the unit square.
 *
 * Each value stands at the centre of its cell. A square of four neighbours that are not all of one sign is
 * crossed between two of its sides (or, in a saddle, twice), where the value between the corners would be 0.
 */
export function zeroLine(values, size) {
  const segments = [];
  const at = (i, j) => values[i * size + j];
  for (let i = 0; i + 1 < size; i++) {
    for (let j = 0; j + 1 < size; j++) {
      const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
      const places = corners.flatMap((a, side) => crossing(a, corners[(side + 1) % 4], at));
      for (let k = 0; k + 1 < places.length; k += 2) {
        segments.push([...places[k], ...places[k + 1]].map((place) => (place + 0.5) / size));
      }
    }
  }
  return segments;
}

/** Where the value between two neighbours is 0: one place [x, y] in a list, or none. */
function crossing([i, j], [k, l], at) {
  const a = at(i, j), b = at(k, l);
  if ((a > 0) === (b > 0)) return [];
  const share = a / (a - b);
  return [[j + share * (l - j), i + share * (k - i)]];
}
