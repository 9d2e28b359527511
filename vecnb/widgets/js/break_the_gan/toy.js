// Chapter 4's toy, the port of vecnb/training/toy.py: a polygon (model), a circle (data), a discriminator r. No DOM.
// Convention: points are flat, x0 y0 x1 y1 …; r is large where the model is likely.

import { Adam } from "../lib/adam.js";
import { sigmoid, softplus } from "../lib/math.js";
import { normal, uniform } from "../lib/random.js";
import { Discriminator } from "./discriminator.js";

const CURVE_POINTS = 400; // of each curve, in curveDistance
const BETAS = [0, 0.99]; // of the discriminator's Adam

/** The initial corners [N, 2]: a small polygon, well outside the circle. */
export function initialCorners(n) {
  const corners = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    corners[2 * i] = 1.5 + 0.3 * Math.cos(2 * Math.PI * i / n);
    corners[2 * i + 1] = 1 + 0.3 * Math.sin(2 * Math.PI * i / n);
  }
  return corners;
}

/** The side of the polygon at position u in [0, 1): indices of its start and end, and the share along it. */
function sideAt(corners, u) {
  const n = corners.length / 2;
  const side = Math.min(Math.floor(u * n), n - 1);
  return { start: 2 * side, end: 2 * ((side + 1) % n), share: u * n - side };
}

/** Points of the polygon's outline at positions u; each side has an equal share. */
export function onPolygon(corners, u) {
  const points = new Float64Array(2 * u.length);
  u.forEach((position, i) => {
    const { start, end, share } = sideAt(corners, position);
    points[2 * i] = corners[start] + share * (corners[end] - corners[start]);
    points[2 * i + 1] = corners[start + 1] + share * (corners[end + 1] - corners[start + 1]);
  });
  return points;
}

/** The data: points of the unit circle at positions u. */
export function onCircle(u) {
  const points = new Float64Array(2 * u.length);
  u.forEach((position, i) => {
    points[2 * i] = Math.cos(2 * Math.PI * position);
    points[2 * i + 1] = Math.sin(2 * Math.PI * position);
  });
  return points;
}

/** The mean distance from points of each curve to the nearest point of the other (chamfer distance). */
export function curveDistance(corners) {
  const u = Float64Array.from({ length: CURVE_POINTS }, (_, i) => (i + 0.5) / CURVE_POINTS);
  const p = onPolygon(corners, u), q = onCircle(u);
  const toPolygon = new Float64Array(CURVE_POINTS).fill(Infinity);
  let sum = 0;
  for (let i = 0; i < CURVE_POINTS; i++) {
    let toCircle = Infinity;
    for (let j = 0; j < CURVE_POINTS; j++) {
      const squared = (p[2 * i] - q[2 * j]) ** 2 + (p[2 * i + 1] - q[2 * j + 1]) ** 2;
      if (squared < toCircle) toCircle = squared;
      if (squared < toPolygon[j]) toPolygon[j] = squared;
    }
    sum += Math.sqrt(toCircle);
  }
  for (const squared of toPolygon) sum += Math.sqrt(squared);
  return sum / (2 * CURVE_POINTS);
}

/**
 * The discriminator's loss and its gradient in the weights, {loss, gradient}: the ratio loss, and γ times the mean
 * squared input gradient (R1).
 *
 * points [2B, 2]: B of the model, then B of the data.
 */
export function discriminatorLoss(discriminator, points, r1) {
  const n = points.length / 2, half = n / 2;
  const r = discriminator.forward(points);
  const slopes = discriminator.inputGradients(n);
  const byR = new Float64Array(n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const sign = i < half ? -1 : 1; // softplus(−r) of the model's points, softplus(r) of the data's
    loss += softplus(sign * r[i]) / half;
    byR[i] = sign * sigmoid(sign * r[i]) / half;
  }
  if (!r1) return { loss, gradient: discriminator.backward(n, byR, null) };
  for (const slope of slopes) loss += r1 * slope ** 2 / n;
  return { loss, gradient: discriminator.backward(n, byR, slopes.map((slope) => 2 * r1 * slope / n)) };
}

/**
 * The model's loss, its gradient in the corners [N, 2], and the accuracy of r: {loss, gradient, accuracy}.
 *
 * points [2B, 2] as above; the first half are the polygon's at positions u [B], with noise. kind is "minimax" or
 * "non_saturating".
 */
export function modelLoss(discriminator, corners, u, points, kind) {
  const n = points.length / 2, half = n / 2;
  const r = discriminator.forward(points);
  const slopes = discriminator.inputGradients(n);
  const sign = kind === "minimax" ? -1 : 1; // −softplus(−r) or softplus(r): both fall with r
  const gradient = new Float64Array(corners.length);
  let loss = 0, correct = 0;
  for (let i = 0; i < half; i++) {
    loss += sign * softplus(sign * r[i]) / half;
    correct += (r[i] > 0) + (r[half + i] < 0);
    const byR = sigmoid(sign * r[i]) / half;
    const { start, end, share } = sideAt(corners, u[i]);
    for (const axis of [0, 1]) {
      const byPoint = byR * slopes[2 * i + axis];
      gradient[start + axis] += (1 - share) * byPoint;
      gradient[end + axis] += share * byPoint;
    }
  }
  return { loss, gradient, accuracy: correct / n };
}

/**
 * The training, in pieces that fit into a frame: tick() is one step of the discriminator.
 *
 * settings {noise, r1, learningRate, discriminatorLearningRate, discriminatorSteps, loss, batchSize} are read anew
 * at every tick.
 */
export class Toy {
  constructor(settings, seed, n = 6) {
    this.settings = settings;
    this.random = uniform(seed);
    this.normal = normal(this.random);
    this.corners = initialCorners(n);
    this.discriminator = new Discriminator().initialise(this.random);
    this.adam = new Adam(this.discriminator.weights.length, ...BETAS);
    this.steps = 0; // of the corners
    this.discriminatorSteps = 0; // since the last step of the corners
    this.sample();
    this.evaluate();
    this.cornersDue = false; // whether the next tick begins with a step of the corners
  }

  /** One step of the discriminator; true when it was the last before a step of the corners. */
  tick() {
    if (this.cornersDue) this.moveCorners();
    this.sample();
    const { gradient } = discriminatorLoss(this.discriminator, this.points, this.settings.r1);
    this.adam.step(this.discriminator.weights, gradient, this.settings.discriminatorLearningRate);
    this.discriminatorSteps += 1;
    if (this.discriminatorSteps < this.settings.discriminatorSteps) return false;
    this.sample();
    this.evaluate();
    this.cornersDue = true;
    return true;
  }

  /** The step of the corners, if one is due, and the discriminator's steps after it. */
  step() {
    while (!this.tick());
  }

  /** Gradient descent of the corners. */
  moveCorners() {
    this.gradient.forEach((slope, i) => this.corners[i] -= this.settings.learningRate * slope);
    this.steps += 1;
    this.discriminatorSteps = 0;
    this.cornersDue = false;
  }

  /** A batch of points of both, with the same noise added to both. */
  sample() {
    const { batchSize, noise } = this.settings;
    this.u = Float64Array.from({ length: batchSize }, this.random);
    this.points = new Float64Array(4 * batchSize);
    this.points.set(onPolygon(this.corners, this.u));
    this.points.set(onCircle(Float64Array.from({ length: batchSize }, this.random)), 2 * batchSize);
    if (!noise) return;
    for (let i = 0; i < this.points.length; i++) this.points[i] += noise * this.normal();
  }

  /** The gradient of the corners, and what the page shows: accuracy, gradient norm, distance of the curves. */
  evaluate() {
    const { loss } = this.settings;
    const result = modelLoss(this.discriminator, this.corners, this.u, this.points, loss);
    this.gradient = result.gradient;
    this.accuracy = result.accuracy;
    this.gradientNorm = Math.hypot(...this.gradient);
    this.distance = curveDistance(this.corners);
  }
}
