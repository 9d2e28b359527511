// Gradient descent on a drawing's error against torch (descent.json, written and checked by
// tests/widgets/test_watch_descent.py), and by hand.

import assert from "node:assert/strict";
import { Descent, measure, multiscaleError } from "../../vecnb/widgets/js/lib/descent.js";
import { randomStart } from "../../vecnb/widgets/js/watch_descent/starts.js";
import { near } from "./near.js";
import vectors from "./descent.json" with { type: "json" };

const TARGET = Float64Array.from({ length: 64 }, (_, k) => Math.sin(k + 1) ** 2);

for (const { name, scales, sharpness, rate, steps, drawing, error, gradient, end } of vectors) {
  Deno.test(`${name}, ${scales} scales: error, gradient and steps are torch's`, () => {
    const descent = new Descent({ drawing, sharpness, rate }, TARGET, scales);
    near([descent.error], [error], 1e-9);
    near([...descent.gradient], gradient, 1e-8);
    while (descent.steps < steps) descent.step();
    near([...descent.drawing], end, 1e-6);
  });
}

Deno.test("the gradient is that of differences", () => {
  const { drawing, sharpness } = randomStart(3, 0.1, 5), target = new Float64Array(28 * 28).fill(0.3);
  const found = measure(drawing, sharpness, target, 3).gradient, h = 1e-6;
  const differences = drawing.map((value, k) => {
    const at = (moved) => measure(drawing.with(k, moved), sharpness, target, 3).error;
    return (at(value + h) - at(value - h)) / (2 * h);
  });
  near([...found], differences, 1e-5);
});

Deno.test("errors on several scales, by hand", () => {
  const ones = new Float64Array(16).fill(1);
  assert.equal(multiscaleError(ones, 4, 1).error, 1);
  assert.equal(multiscaleError(ones, 4, 3).error, 7); // 1 + 2 + 4
  near([...multiscaleError(ones, 4, 1).slopes], new Array(16).fill(2 / 16));
  const one = Float64Array.from({ length: 16 }, (_, k) => Number(k === 0));
  // 1/16 of the pixels; the mean of four, ¼, on one pixel of four, with the weight 2: 2 · 1/16 · 1/4.
  near([multiscaleError(one, 4, 2).error], [1 / 16 + 2 / 64]);
});

Deno.test("a line finds the target that was drawn with it, and no width becomes negative", () => {
  const goal = [0.3, 0.2, 0.6, 0.8, 0.12], near1 = goal.map((value, k) => value + (k === 4 ? 0 : 0.06));
  const target = measure(goal, 30, new Float64Array(28 * 28)).image;
  const descent = new Descent({ drawing: near1, sharpness: 30, rate: 0.02 }, target, 1);
  const before = descent.squaredError;
  for (let k = 0; k < 200; k++) descent.step();
  assert.ok(descent.squaredError < 1e-3 * before, `${before} to ${descent.squaredError}`);
  const blank = new Descent(randomStart(2, 0.05, 0), new Float64Array(28 * 28), 1);
  for (let k = 0; k < 100; k++) blank.step();
  assert.ok(blank.drawing[4] >= 0.5 / 28 && blank.drawing[9] >= 0.5 / 28);
});

Deno.test("random starts depend on the seed alone, and lie in the middle", () => {
  const start = randomStart(4, 0.1, 3);
  assert.deepEqual(start, randomStart(4, 0.1, 3));
  assert.notDeepEqual(start.drawing, randomStart(4, 0.1, 4).drawing);
  start.drawing.forEach((value, k) => assert.ok(k % 5 === 4 ? value === 0.1 : value >= 0.2 && value <= 0.8));
});
