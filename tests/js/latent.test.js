// Latent codes by hand; tests/widgets/test_walk_latent_space.py compares them with torch.

import assert from "node:assert/strict";
import { interpolate, smoothstep } from "../../vecnb/widgets/js/lib/math.js";
import {
  decode,
  onPlane,
  rankDimensions,
  samplePrior,
} from "../../vecnb/widgets/js/walk_latent_space/latent.js";
import { near } from "./near.js";

Deno.test("a drawing of one line: sigmoids in their order, the width a share of the largest", () => {
  // z = (a, b) goes through one linear layer to x1, y1, x2, y2, width, sharpness
  const weight = Float32Array.from([1, 0, 0, 1, -1, 0, 0, -1, 0, 0, 5, 5]);
  const layers = [{ kind: "linear", inputs: 2, outputs: 6, weight, bias: new Float32Array(6) }];
  const drawing = decode({ layers, lines: 1, max_width: 0.2 }, [Math.log(3), 0]); // σ(log 3) = 3/4
  near(drawing, [0.75, 0.5, 0.25, 0.5, 0.1]);
});

Deno.test("an interpolation has the right ends and middle", () => {
  const [a, b] = [[0, 2], [1, -2]];
  assert.deepEqual([0, 0.5, 1].map((share) => interpolate(a, b, share)), [a, [0.5, 0], b]);
  assert.deepEqual([0, 0.25, 0.5, 1].map(smoothstep), [0, 0.15625, 0.5, 1]);
});

Deno.test("a plane changes its own two dimensions only", () => {
  assert.deepEqual(onPlane([1, 2, 3, 4], [3, 1], 7, 8), [1, 8, 3, 7]);
});

Deno.test("the prior's samples depend on the seed, and have mean 0 and variance 1", () => {
  const codes = samplePrior(500, 20, 3), numbers = codes.flat();
  assert.deepEqual(samplePrior(2, 20, 3), codes.slice(0, 2));
  assert.notDeepEqual(samplePrior(2, 20, 4), codes.slice(0, 2));
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
});

Deno.test("the dimensions of the largest divergence come first, equal ones in their order", () => {
  assert.deepEqual(rankDimensions([0, 2, 1, 2]), [1, 3, 2, 0]);
});
