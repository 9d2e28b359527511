// Colours as ink, by hand.

import assert from "node:assert/strict";
import { shrink, toInk } from "../../vecnb/widgets/js/lib/ink.js";
import { near } from "./near.js";

/** An RGBA image of grey values in [0, 255]. */
const grey = (values) => Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255]));

Deno.test("colours are as bright as Pillow's grey", () => {
  const colours = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255];
  near([...shrink(Uint8ClampedArray.from(colours), 1, 4, 1)], [0.299, 0.587, 0.114, 1], 1e-12);
});

Deno.test("blocks become their means", () => {
  const image = grey([0, 0, 255, 255, 0, 51, 255, 255]); // 2 × 4
  near([...shrink(image, 1, 2, 2)], [0.05, 1], 1e-12);
});

Deno.test("ink is dark on light paper and light on dark paper", () => {
  const cross = [1, 1, 1, 1, 0.2, 1, 1, 1, 1];
  assert.deepEqual([...toInk(Float64Array.from(cross), 3, 3)], [0, 0, 0, 0, 204, 0, 0, 0, 0]);
  const chalk = cross.map((value) => 1 - value);
  assert.deepEqual([...toInk(Float64Array.from(chalk), 3, 3)], [0, 0, 0, 0, 204, 0, 0, 0, 0]);
});

Deno.test("paper is what the border mostly is, though strokes reach it", () => {
  const values = new Float64Array(100).fill(0.7);
  for (let row = 0; row < 10; row++) values[10 * row + 4] = 0.1;
  const ink = toInk(values, 10, 10);
  assert.equal(ink[4], 230);
  assert.equal(ink[0], 77); // as dark as the paper: the tracer takes the paper away
});
