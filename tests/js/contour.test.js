// The zero line of functions whose zeros are known.

import assert from "node:assert/strict";
import { zeroLine } from "../../vecnb/widgets/js/break_the_gan/contour.js";
import { near } from "./near.js";

/** Values of a function of x and y at the centres of the cells of a grid on the unit square, row by row. */
function grid(size, value) {
  return Array.from({ length: size * size }, (_, cell) => {
    return value((cell % size + 0.5) / size, (Math.floor(cell / size) + 0.5) / size);
  });
}

Deno.test("a linear function is 0 on its line, exactly", () => {
  const segments = zeroLine(grid(8, (x, y) => 2 * x + y - 1.1), 8);
  assert.ok(segments.length >= 7);
  for (const [x1, y1, x2, y2] of segments) near([2 * x1 + y1, 2 * x2 + y2], [1.1, 1.1]);
});

Deno.test("a circle is closed: each end of a segment belongs to two", () => {
  const segments = zeroLine(grid(32, (x, y) => Math.hypot(x - 0.5, y - 0.5) - 0.3), 32);
  const counts = new Map();
  for (const [x1, y1, x2, y2] of segments) {
    for (const [x, y] of [[x1, y1], [x2, y2]]) {
      near([Math.hypot(x - 0.5, y - 0.5)], [0.3], 0.002);
      const key = `${x.toFixed(9)},${y.toFixed(9)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  assert.deepEqual(new Set(counts.values()), new Set([2]));
});

Deno.test("a saddle is crossed twice, one sign never", () => {
  assert.equal(zeroLine([1, -1, -1, 1], 2).length, 2);
  assert.deepEqual(zeroLine(grid(5, () => 1), 5), []);
  assert.deepEqual(zeroLine(grid(5, () => -1), 5), []);
});
