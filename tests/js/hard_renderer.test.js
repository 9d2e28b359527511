// The rasteriser against Rust (hard_renderer.json, written and checked by
// tests/widgets/test_soft_against_hard.py), and by hand.

import assert from "node:assert/strict";
import { renderHard } from "../../vecnb/widgets/js/lib/hard_renderer.js";
import vectors from "./hard_renderer.json" with { type: "json" };
import { near } from "./near.js";

/** Two sums to which every pixel contributes. */
function sums(image) {
  return [
    image.reduce((sum, value, i) => sum + value * Math.sin(i + 1), 0),
    image.reduce((sum, value) => sum + value * value, 0),
  ];
}

for (const { name, lines, width, small, large } of vectors) {
  Deno.test(`${name}: the small images are Rust's, pixel by pixel`, () => {
    const { size, antialiased, aliased } = small;
    near(renderHard(lines, size, width), antialiased, 1e-5);
    assert.equal(renderHard(lines, size, width, false).join(""), aliased);
  });

  for (const { size, antialiased, aliased } of large) {
    Deno.test(`${name}: the images of ${size} pixels are Rust's`, () => {
      near(sums(renderHard(lines, size, width)), antialiased, 1e-4 * size);
      near(sums(renderHard(lines, size, width, false)), aliased, 1e-9 * size * size);
    });
  }
}

Deno.test("half-covered pixels, by hand", () => {
  // A wide upright stroke through the middle of two columns covers the inner half of each.
  near(renderHard([[0.5, -1, 0.5, 2]], 2, 0.5), [0.5, 0.5, 0.5, 0.5], 1e-3);
  // A hairline, a tenth of a pixel wide, covers a tenth of the pixels that it crosses.
  near(renderHard([[-1, 0.5, 2, 0.5]], 1, 0.1), [0.1], 1e-3);
});

Deno.test("a capsule of pixel centres, by hand", () => {
  // From (1/4, 1/2) to (3/4, 1/2), a quarter to each side: all centres of the two middle rows, none outside.
  const image = renderHard([[0.25, 0.5, 0.75, 0.5]], 4, 0.5, false);
  assert.equal(image.join(""), "0000111111110000");
  // A centre on the edge is inside.
  assert.equal(renderHard([[0.125, 0.125, 0.125, 0.125]], 4, 0.5, false).join(""), "1100100000000000");
});

Deno.test("width 0 draws nothing; overlapping strokes do not add up", () => {
  const line = [0.1, 0.2, 0.8, 0.7];
  assert.ok(renderHard([line], 28, 0).every((value) => value === 0));
  assert.deepEqual(renderHard([line, line], 28, 0.05), renderHard([line], 28, 0.05));
  assert.ok(renderHard([[3, 3, 4, 5]], 28, 0.1).every((value) => value === 0));
});
