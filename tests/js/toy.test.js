// The toy against torch (toy.json, written and checked by tests/widgets/test_break_the_gan.py), and by hand.

import assert from "node:assert/strict";
import { Discriminator } from "../../vecnb/widgets/js/break_the_gan/discriminator.js";
import {
  curveDistance,
  discriminatorLoss,
  modelLoss,
  onPolygon,
  Toy,
} from "../../vecnb/widgets/js/break_the_gan/toy.js";
import { Adam } from "../../vecnb/widgets/js/lib/adam.js";
import { normal, uniform } from "../../vecnb/widgets/js/lib/random.js";
import { near } from "./near.js";
import vectors from "./toy.json" with { type: "json" };

const SETTINGS = {
  noise: 0,
  r1: 0,
  learningRate: 1,
  discriminatorLearningRate: 5e-3,
  discriminatorSteps: 10,
  loss: "minimax",
  batchSize: 128,
};

/** r with the weights of a test vector: the k-th is scale · sin(k + 1), so that none has to be stored. */
function withWeights({ hidden, scale }) {
  const discriminator = new Discriminator(hidden);
  discriminator.weights.forEach((_, k) => discriminator.weights[k] = scale * Math.sin(k + 1));
  return discriminator;
}

/** A short gradient as it is, a long one as two sums to which every entry contributes. */
function digest(gradient) {
  if (gradient.length < 200) return [...gradient];
  return [
    gradient.reduce((sum, value, k) => sum + value * Math.sin(k + 1), 0),
    gradient.reduce((sum, value) => sum + value ** 2, 0),
  ];
}

for (const [i, one] of vectors.networks.entries()) {
  Deno.test(`network ${i}, ${one.hidden} hidden: losses, accuracy and gradients are torch's`, () => {
    const discriminator = withWeights(one), points = Float64Array.from(one.points);
    near(discriminator.forward(points), one.r);
    const corners = Float64Array.from(one.corners), u = Float64Array.from(one.u);
    for (const { r1, loss, gradient } of one.discriminator) {
      const found = discriminatorLoss(discriminator, points, r1);
      near([found.loss], [loss]);
      near(digest(found.gradient), gradient);
    }
    for (const { kind, loss, gradient, accuracy } of one.model) {
      const found = modelLoss(discriminator, corners, u, points, kind);
      near([found.loss, found.accuracy], [loss, accuracy]);
      near(found.gradient, gradient);
    }
  });
}

Deno.test("three steps of Adam are torch's", () => {
  const { r1, learning_rate, weights } = vectors.adam, one = vectors.networks[0];
  const discriminator = withWeights(one), adam = new Adam(discriminator.weights.length, 0, 0.99);
  for (let step = 0; step < 3; step++) {
    const { gradient } = discriminatorLoss(discriminator, Float64Array.from(one.points), r1);
    adam.step(discriminator.weights, gradient, learning_rate);
  }
  near(discriminator.weights, weights);
});

// With torch fed by the same random numbers. Few steps: later the training amplifies rounding errors.
for (const { settings, seed, corners, accuracy, gradient_norm } of vectors.trainings) {
  Deno.test(`a training with ${JSON.stringify(settings)} begins as in Python`, () => {
    const toy = new Toy({ ...SETTINGS, ...settings }, seed);
    for (const [step, wanted] of corners.entries()) {
      toy.step();
      assert.equal(toy.steps, step);
      near(toy.corners, wanted, 1e-6);
      near([toy.accuracy, toy.gradientNorm], [accuracy[step], gradient_norm[step]], 1e-6);
    }
  });
}

Deno.test("points and distances of polygons are Python's", () => {
  for (const { corners, u, points, distance } of vectors.polygons) {
    near(onPolygon(Float64Array.from(corners), Float64Array.from(u)), points);
    near([curveDistance(Float64Array.from(corners))], [distance]);
  }
});

Deno.test("a square's outline, by hand", () => {
  const square = Float64Array.from([1, 1, -1, 1, -1, -1, 1, -1]);
  near(onPolygon(square, Float64Array.from([0, 0.125, 0.25, 0.875])), [1, 1, 0, 1, -1, 1, 1, 0]);
});

Deno.test("random numbers are those of mulberry32, and have the right moments", () => {
  const random = uniform(0);
  near([random(), random(), random()], vectors.mulberry32, 0);
  const draw = normal(uniform(1)), values = Array.from({ length: 20000 }, draw);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(square - 1) < 0.04, `${mean} ${square}`);
});

Deno.test("the same seed gives the same corners, another one others", () => {
  const [first, second, other] = [0, 0, 1].map((seed) => {
    const toy = new Toy({ ...SETTINGS, noise: 0.3 }, seed);
    while (toy.steps < 2) toy.step();
    return [...toy.corners];
  });
  assert.deepEqual(first, second);
  assert.notDeepEqual(first, other);
});

// Corners that stay where they are, as in tests/training/test_toy.py.
Deno.test("without overlap the gradient vanishes, with noise or R1 it does not", () => {
  const lastGradient = (change) => {
    const toy = new Toy({ ...SETTINGS, learningRate: 0, batchSize: 32, ...change }, 0);
    while (toy.steps < 60) toy.step();
    return toy.gradientNorm;
  };
  const bare = lastGradient({}), noise = lastGradient({ noise: 0.3 }), r1 = lastGradient({ r1: 0.5 });
  assert.ok(bare < 1e-3 && noise > 0.03 && r1 > 0.03, `${bare}, ${noise}, ${r1}`);
});
