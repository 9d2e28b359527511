// A ratio on a line against SciPy (ratio_on_a_line.json, written and checked by
// tests/widgets/test_ratio_on_a_line.py), and by hand.

import assert from "node:assert/strict";
import { discriminator, logDensity, logRatio } from "../../vecnb/widgets/js/ratio_on_a_line/densities.js";
import { near } from "./near.js";
import vectors from "./ratio_on_a_line.json" with { type: "json" };

for (const { name, state, places, logs, best } of vectors) {
  Deno.test(`${name}: densities and the best discriminator are SciPy's`, () => {
    ["p", "q"].forEach((side, i) => {
      const finite = (value) => Number.isFinite(value) ? value : null; // −∞ is null in JSON
      const found = places.map((x) => finite(logDensity(x, state[side], state.shape, state.noise)));
      assert.deepEqual(found.map((value) => value === null), logs[i].map((value) => value === null));
      near(found.filter((value) => value !== null), logs[i].filter((value) => value !== null), 1e-5);
    });
    const { divergence, ...others } = discriminator(state);
    for (const [key, value] of Object.entries(others)) near([value], [best[key]], 5e-3);
    if (best.divergence === null) assert.equal(divergence, Infinity);
    else near([divergence], [best.divergence], 1e-4);
  });
}

Deno.test("two bells of one width: r is chapter 4's ramp", () => {
  // a/σ² (x − a/2) with a = 1.5 and σ = 0.5; noise of 1.2 makes σ² = 0.25 + 1.44.
  const state = { shape: "gaussian", p: { centre: 1.5, width: 0.5 }, q: { centre: 0, width: 0.5 }, noise: 0 };
  const ramp = (x, variance) => 1.5 / variance * (x - 0.75);
  for (const x of [-3, 0, 0.75, 2]) {
    near([logRatio(x, state)], [ramp(x, 0.25)], 1e-9);
    near([logRatio(x, { ...state, noise: 1.2 })], [ramp(x, 1.69)], 1e-9);
  }
});

Deno.test("boxes without noise, by hand", () => {
  const boxes = (p, q) => ({
    shape: "uniform",
    p: { centre: p, width: 1 },
    q: { centre: q, width: 1 },
    noise: 0,
  });
  const half = boxes(0.5, -0.5); // half of each lies in the other
  assert.equal(logRatio(1, half), Infinity);
  assert.equal(logRatio(0, half), 0);
  assert.equal(logRatio(-1, half), -Infinity);
  assert.ok(Number.isNaN(logRatio(3, half)));
  near([discriminator(half).accuracy, discriminator(half).js], [0.75, Math.LN2 / 2], 2e-3);
  const same = discriminator(boxes(0, 0));
  near([same.accuracy, same.js, same.divergence, same.minimax], [0.5, 0, 0, 0.5], 1e-9);
  const parted = discriminator(boxes(2, -2));
  near([parted.accuracy, parted.js, parted.minimax], [1, Math.LN2, 0], 1e-9);
});
