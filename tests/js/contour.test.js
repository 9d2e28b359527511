// The zero line of a grid, on grids whose line is known.

import assert from "node:assert/strict";
import test from "node:test";
import { zeroLine } from "../../vecnb/widgets/contour.js";
import { near } from "./near.js";

/** Values of a function of x and y at the centres of the cells of a grid on the unit square, row by row. */
function grid(size, value) {
  return Array.from({ length: size * size }, (_, place) => {
    return value((place % size + 0.5) / size, (Math.floor(place / size) + 0.5) / size);
  });
}

test("a plane is 0 on its line, exactly", () => {
  const segments = zeroLine(grid(8, (x, y) => 2 * x + y - 1.1), 8);
  assert.ok(segments.length >= 7);
  for (const [x1, y1, x2, y2] of segments) near([2 * x1 + y1, 2 * x2 + y2], [1.1, 1.1]);
});

test("a circle is closed: each place of its line belongs to two segments", () => {
  const segments = zeroLine(grid(32, (x, y) => Math.hypot(x - 0.5, y - 0.5) - 0.3), 32);
  const seen = new Map();
  for (const [x1, y1, x2, y2] of segments) {
    for (const place of [[x1, y1], [x2, y2]]) {
      near([Math.hypot(place[0] - 0.5, place[1] - 0.5)], [0.3], 0.002);
      const key = place.map((part) => part.toFixed(9)).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  }
  assert.deepEqual(new Set(seen.values()), new Set([2]));
});

test("a saddle is crossed twice, and what has one sign never", () => {
  assert.equal(zeroLine([1, -1, -1, 1], 2).length, 2);
  assert.deepEqual(zeroLine(grid(5, () => 1), 5), []);
  assert.deepEqual(zeroLine(grid(5, () => -1), 5), []);
});
