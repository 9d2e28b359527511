// The soft renderer against torch and its autograd (soft_renderer.json, written and checked by
// tests/widgets/test_drag_a_line.py), and by hand.

import assert from "node:assert/strict";
import {
  compose,
  intensityGradient,
  nearestPoint,
  presence,
  renderSoft,
} from "../../vecnb/widgets/js/lib/soft_renderer.js";
import { near } from "./near.js";
import vectors from "./soft_renderer.json" with { type: "json" };

for (const { name, lines, profile, mode, height, width, image, pixels } of vectors) {
  Deno.test(`${name}: image and gradients are torch's`, () => {
    near(renderSoft(lines, height, width, profile, mode), image, 1e-9);
    for (const { pixel, gradient } of pixels) {
      const [x, y] = [(pixel[1] + 0.5) / width, (pixel[0] + 0.5) / height];
      const found = intensityGradient(lines, x, y, profile, mode);
      near([found.intensity], [image[pixel[0] * width + pixel[1]]], 1e-9);
      near(found.gradient.flat(), gradient.flat(), 1e-8);
    }
  });
}

Deno.test("a pixel beside, before and beyond a line, by hand", () => {
  const line = [0, 0, 1, 0];
  near(Object.values(nearestPoint(line, 0.3, 0.4)), [0.3, 0.3, 0.3, 0, 0.16]); // exercise 1 of chapter 2
  near(Object.values(nearestPoint(line, -0.3, 0.4)), [-0.3, 0, 0, 0, 0.25]);
  near(Object.values(nearestPoint(line, 1.3, 0.4)), [1.3, 1, 1, 0, 0.25]);
  near(Object.values(nearestPoint([0.3, 0, 0.3, 0], 0.3, 0.4)), [0, 0, 0.3, 0, 0.16]);
});

Deno.test("presence and composition, by hand", () => {
  near([presence(0, { alpha: 8 }), presence(Math.log(2) / 8, { alpha: 8 })], [1, 0.5]);
  const profile = { width: [0.1, 0.2], sharpness: 40 };
  near([presence(0.05 ** 2, profile, 0), presence(0.1 ** 2, profile, 1)], [0.5, 0.5]);
  near([presence(0, profile, 0)], [1 / (1 + Math.exp(-2))]);
  near([compose([0.5, 0.8], "max"), compose([0.5, 0.8], "soft_or")], [0.8, 0.9]);
});

Deno.test("the gradient of chapter 2's first exercise, by hand", () => {
  // ∂d_p/∂s₁ = (0, −0.56), ∂d_p/∂s₂ = (0, −0.24), and ω = exp(−d_p) = exp(−0.16) at α = 1.
  const { intensity, gradient } = intensityGradient([[0, 0, 1, 0]], 0.3, 0.4, { alpha: 1 });
  near([intensity], [Math.exp(-0.16)]);
  near(gradient[0], [0, 0.56 * intensity, 0, 0.24 * intensity]);
});

Deno.test("on the line the gradient is 0, and finite", () => {
  const { gradient } = intensityGradient([[0.5, 0.5, 0.5, 0.5]], 0.5, 0.5, { width: 0.1, sharpness: 100 });
  assert.deepEqual(gradient[0].map(Math.abs), [0, 0, 0, 0]);
});
