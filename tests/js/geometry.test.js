// The soft renderer's twin: against torch and its autograd (geometry.cases.json, which
// tests/test_widgets_drag_a_line.py holds to Python), and by hand.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { compose, inkGradient, nearest, presence, renderSoft } from "../../vecnb/widgets/geometry.js";
import { near } from "./near.js";

const cases = JSON.parse(readFileSync(new URL("geometry.cases.json", import.meta.url)));

for (const { name, lines, pen, mode, height, width, image, pixels } of cases) {
  test(`${name}: the drawing is torch's, and every gradient autograd's`, () => {
    near(renderSoft(lines, height, width, pen, mode), image, 1e-9);
    for (const { pixel, gradient } of pixels) {
      const [x, y] = [(pixel[1] + 0.5) / width, (pixel[0] + 0.5) / height];
      const found = inkGradient(lines, x, y, pen, mode);
      near([found.ink], [image[pixel[0] * width + pixel[1]]], 1e-9);
      near(found.gradient.flat(), gradient.flat(), 1e-8);
    }
  });
}

test("a pixel beside, before and beyond a line, by hand", () => {
  const line = [0, 0, 1, 0];
  near(Object.values(nearest(line, 0.3, 0.4)), [0.3, 0.3, 0.3, 0, 0.16]); // exercise 1 of chapter 2
  near(Object.values(nearest(line, -0.3, 0.4)), [-0.3, 0, 0, 0, 0.25]);
  near(Object.values(nearest(line, 1.3, 0.4)), [1.3, 1, 1, 0, 0.25]);
  near(Object.values(nearest([0.3, 0, 0.3, 0], 0.3, 0.4)), [0, 0, 0.3, 0, 0.16]);
});

test("presence and composition, by hand", () => {
  near([presence(0, { alpha: 8 }), presence(Math.log(2) / 8, { alpha: 8 })], [1, 0.5]);
  const pen = { width: [0.1, 0.2], sharpness: 40 };
  near([presence(0.05 ** 2, pen, 0), presence(0.1 ** 2, pen, 1)], [0.5, 0.5]);
  near([presence(0, pen, 0)], [1 / (1 + Math.exp(-2))]);
  near([compose([0.5, 0.8], "max"), compose([0.5, 0.8], "soft_or")], [0.8, 0.9]);
});

test("the gradient of chapter 2's first exercise, by hand", () => {
  // ∂d_p/∂s₁ = (0, −0.56), ∂d_p/∂s₂ = (0, −0.24), and ω = exp(−d_p) = exp(−0.16) at α = 1.
  const { ink, gradient } = inkGradient([[0, 0, 1, 0]], 0.3, 0.4, { alpha: 1 });
  near([ink], [Math.exp(-0.16)]);
  near(gradient[0], [0, 0.56 * ink, 0, 0.24 * ink]);
});

test("on the line the gradient is 0, and finite", () => {
  const { gradient } = inkGradient([[0.5, 0.5, 0.5, 0.5]], 0.5, 0.5, { width: 0.1, sharpness: 100 });
  assert.deepEqual(gradient[0].map(Math.abs), [0, 0, 0, 0]);
});
