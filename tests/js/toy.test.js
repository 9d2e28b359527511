// The toy's twin: against torch (toy.cases.json, which tests/test_widgets_break_the_gan.py holds to Python),
// by hand, and as a game, which must fail and be mended as Python's is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { near } from "./near.js";
import { normal, uniform } from "../../vecnb/widgets/random.js";
import { Adam, Ratio } from "../../vecnb/widgets/ratio.js";
import { curveDistance, estimatorLoss, modelLoss, onPolygon, Toy } from "../../vecnb/widgets/toy.js";

const cases = JSON.parse(readFileSync(new URL("toy.cases.json", import.meta.url)));
const SETTINGS = { noise: 0, r1: 0, rate: 1, criticRate: 5e-3, criticSteps: 10, loss: "minimax" };

/** r with the weights of a case: the k-th is scale · sin(k + 1), so that none has to be stored. */
function withWeights({ hidden, scale }) {
  const ratio = new Ratio(hidden);
  ratio.weights.forEach((_, k) => ratio.weights[k] = scale * Math.sin(k + 1));
  return ratio;
}

/** What is kept of a gradient: all of it when it is short, else two sums that no entry escapes. */
function kept(gradient) {
  if (gradient.length < 200) return [...gradient];
  return [
    gradient.reduce((sum, value, k) => sum + value * Math.sin(k + 1), 0),
    gradient.reduce((sum, value) => sum + value ** 2, 0),
  ];
}

for (const [i, one] of cases.networks.entries()) {
  test(`network ${i}, ${one.hidden} hidden: losses, accuracy and gradients are torch's`, () => {
    const ratio = withWeights(one), points = Float64Array.from(one.points);
    near(ratio.at(points), one.r);
    const corners = Float64Array.from(one.corners), u = Float64Array.from(one.u);
    for (const { r1, loss, gradient } of one.estimator) {
      const found = estimatorLoss(ratio, points, r1);
      near([found.loss], [loss]);
      near(kept(found.gradient), gradient);
    }
    for (const { kind, loss, gradient, accuracy } of one.model) {
      const found = modelLoss(ratio, corners, u, points, kind);
      near([found.loss, found.accuracy], [loss, accuracy]);
      near(found.gradient, gradient);
    }
  });
}

test("three steps of Adam are torch's", () => {
  const { r1, rate, weights } = cases.adam, one = cases.networks[0];
  const ratio = withWeights(one), adam = new Adam(ratio.weights.length);
  for (let step = 0; step < 3; step++) {
    const { gradient } = estimatorLoss(ratio, Float64Array.from(one.points), r1);
    adam.step(ratio.weights, gradient, rate);
  }
  near(ratio.weights, weights);
});

test("points and distances of polygons are Python's", () => {
  for (const { corners, u, points, distance } of cases.polygons) {
    near(onPolygon(Float64Array.from(corners), Float64Array.from(u)), points);
    near([curveDistance(Float64Array.from(corners))], [distance]);
  }
});

test("a square's outline, by hand", () => {
  const square = Float64Array.from([1, 1, -1, 1, -1, -1, 1, -1]);
  near(onPolygon(square, Float64Array.from([0, 0.125, 0.25, 0.875])), [1, 1, 0, 1, -1, 1, 1, 0]);
});

test("random numbers: those that mulberry32 is known for, and the moments they should have", () => {
  const random = uniform(0);
  near([random(), random(), random()], cases.mulberry32, 0);
  const draw = normal(uniform(1)), values = Array.from({ length: 20000 }, draw);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(square - 1) < 0.04, `${mean} ${square}`);
});

test("the same seed gives the same corners, another one others", () => {
  const [first, second, other] = [0, 0, 1].map((seed) => {
    const toy = new Toy({ ...SETTINGS, noise: 0.3 }, seed);
    while (toy.steps < 2) toy.step();
    return [...toy.corners];
  });
  assert.deepEqual(first, second);
  assert.notDeepEqual(first, other);
});

// Python's numbers: vecnb.toy.train over four seeds, held still for 100 steps, or moving for 150.
// A gradient is that of one noisy batch, hence the wide bounds.
test("without overlap the gradient dies, with noise or R1 it lives", () => {
  const held = (change) => {
    const toy = new Toy({ ...SETTINGS, rate: 0, ...change }, 0);
    while (toy.steps < 100) toy.step();
    return toy;
  };
  const bare = held({});
  assert.equal(bare.accuracy, 1);
  assert.ok(bare.pull > 4e-6 && bare.pull < 1e-4, `Python: 1.9e-5 to 3.0e-5, here ${bare.pull}`);
  const noise = held({ noise: 0.3 }).pull, r1 = held({ r1: 0.5 }).pull;
  assert.ok(noise > 0.05 && noise < 0.6, `Python: 0.19 to 0.34, here ${noise}`);
  assert.ok(r1 > 0.06 && r1 < 0.15, `Python: 0.087 to 0.097, here ${r1}`);
});

for (
  const [name, change, low, high, python] of [
    ["bare", {}, 0.2, 0.9, "0.43 to 0.47"],
    ["noise", { noise: 0.3 }, 0.03, 0.05, "0.038 to 0.040"],
    ["R1", { r1: 0.5 }, 0.04, 0.09, "0.052 to 0.069"],
  ]
) {
  test(`${name}: after 150 steps the curves are as far apart as in Python`, () => {
    for (const seed of [0, 1]) {
      const toy = new Toy({ ...SETTINGS, ...change }, seed);
      while (toy.steps < 150) toy.step();
      assert.ok(toy.distance > low && toy.distance < high, `Python: ${python}, here ${toy.distance}`);
    }
  });
}
