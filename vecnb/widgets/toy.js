// Chapter 4's toy in the plane, the twin of vecnb/toy.py: a circle, a polygon, an estimator r, their game; no DOM.
// Convention: points are flat, x0 y0 x1 y1 …; r is large where the model is likely.

import { normal, uniform } from "./random.js";
import { Adam, Ratio } from "./ratio.js";
import { sigmoid } from "./sigmoid.js";

const BATCH = 128; // points of each side, as in ToyConfig
const CURVE_POINTS = 400; // of each curve, as in curve_distance

/** The polygon's corners [N, 2] at the first step: a small one, well outside the circle. */
export function firstCorners(n) {
  const corners = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    corners[2 * i] = 1.5 + 0.3 * Math.cos(2 * Math.PI * i / n);
    corners[2 * i + 1] = 1 + 0.3 * Math.sin(2 * Math.PI * i / n);
  }
  return corners;
}

/** Which side of the polygon position u in [0, 1) is on, where that side begins and ends, and how far along. */
function onSide(corners, u) {
  const n = corners.length / 2;
  const side = Math.min(Math.floor(u * n), n - 1);
  return { start: 2 * side, end: 2 * ((side + 1) % n), share: u * n - side };
}

/** Points of the polygon's outline at positions u; each side has an equal share. */
export function onPolygon(corners, u) {
  const points = new Float64Array(2 * u.length);
  u.forEach((position, i) => {
    const { start, end, share } = onSide(corners, position);
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

/** How far the two curves are apart: the mean distance to the nearest point of the other, both ways. */
export function curveDistance(corners) {
  const u = Float64Array.from({ length: CURVE_POINTS }, (_, i) => (i + 0.5) / CURVE_POINTS);
  const p = onPolygon(corners, u), q = onCircle(u);
  const toP = new Float64Array(CURVE_POINTS).fill(Infinity);
  let sum = 0;
  for (let i = 0; i < CURVE_POINTS; i++) {
    let nearest = Infinity;
    for (let j = 0; j < CURVE_POINTS; j++) {
      const squared = (p[2 * i] - q[2 * j]) ** 2 + (p[2 * i + 1] - q[2 * j + 1]) ** 2;
      if (squared < nearest) nearest = squared;
      if (squared < toP[j]) toP[j] = squared;
    }
    sum += Math.sqrt(nearest);
  }
  for (const squared of toP) sum += Math.sqrt(squared);
  return sum / (2 * CURVE_POINTS);
}

function softplus(a) {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}

/**
 * What r minimises, and its gradient in r's weights: the ratio loss, and γ times the mean squared slope.
 *
 * points [2B, 2]: B of the model, then B of the data. Returns {loss, gradient}.
 */
export function estimatorLoss(ratio, points, r1) {
  const n = points.length / 2, half = n / 2;
  const r = ratio.at(points);
  const slopes = ratio.slopes(n);
  const inR = new Float64Array(n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const sign = i < half ? -1 : 1; // softplus(−r) of the model's points, softplus(r) of the data's
    loss += softplus(sign * r[i]) / half;
    inR[i] = sign * sigmoid(sign * r[i]) / half;
  }
  if (!r1) return { loss, gradient: ratio.gradient(n, inR, null) };
  for (const part of slopes) loss += r1 * part ** 2 / n;
  return { loss, gradient: ratio.gradient(n, inR, slopes.map((part) => 2 * r1 * part / n)) };
}

/**
 * What the model minimises, and its gradient in the corners.
 *
 * points [2B, 2] as above, its first half the polygon's at positions u [B], with noise. kind is "minimax" or
 * "non_saturating". Returns {loss, gradient [N, 2], accuracy of r on both halves}.
 */
export function modelLoss(ratio, corners, u, points, kind) {
  const n = points.length / 2, half = n / 2;
  const r = ratio.at(points);
  const slopes = ratio.slopes(n);
  const sign = kind === "minimax" ? -1 : 1; // −softplus(−r) or softplus(r): both fall with r
  const gradient = new Float64Array(corners.length);
  let loss = 0, right = 0;
  for (let i = 0; i < half; i++) {
    loss += sign * softplus(sign * r[i]) / half;
    right += (r[i] > 0) + (r[half + i] < 0);
    const inR = sigmoid(sign * r[i]) / half;
    const { start, end, share } = onSide(corners, u[i]);
    for (const axis of [0, 1]) {
      const inPoint = inR * slopes[2 * i + axis];
      gradient[start + axis] += (1 - share) * inPoint;
      gradient[end + axis] += share * inPoint;
    }
  }
  return { loss, gradient, accuracy: right / n };
}

/**
 * The game, in pieces small enough for a frame of the page: tick() is one step of r.
 *
 * settings {noise, r1, rate, criticRate, criticSteps, loss} are read anew at every tick.
 */
export class Toy {
  constructor(settings, seed, n = 6) {
    this.settings = settings;
    this.random = uniform(seed);
    this.normal = normal(this.random);
    this.corners = firstCorners(n);
    this.ratio = new Ratio().start(this.random);
    this.adam = new Adam(this.ratio.weights.length);
    this.steps = 0; // of the corners
    this.turn = 0; // steps of r since then
    this.sample();
    this.judge();
    this.judged = false; // whether r has had its turn
  }

  /** Do one small thing; true when r has had its turn, and what it says of both sides is known. */
  tick() {
    if (this.judged) this.move();
    this.sample();
    const { gradient } = estimatorLoss(this.ratio, this.points, this.settings.r1);
    this.adam.step(this.ratio.weights, gradient, this.settings.criticRate);
    this.turn += 1;
    if (this.turn < this.settings.criticSteps) return false;
    this.sample();
    this.judge();
    this.judged = true;
    return true;
  }

  /** The corners' step, if one is due, and r's turn after it. */
  step() {
    while (!this.tick());
  }

  /** The corners' step: plain gradient descent. */
  move() {
    this.gradient.forEach((slope, i) => this.corners[i] -= this.settings.rate * slope);
    this.steps += 1;
    this.turn = 0;
    this.judged = false;
  }

  /** Points of both sides, with the same noise on both. */
  sample() {
    this.u = Float64Array.from({ length: BATCH }, this.random);
    this.points = new Float64Array(4 * BATCH);
    this.points.set(onPolygon(this.corners, this.u));
    this.points.set(onCircle(Float64Array.from({ length: BATCH }, this.random)), 2 * BATCH);
    if (!this.settings.noise) return;
    for (let i = 0; i < this.points.length; i++) this.points[i] += this.settings.noise * this.normal();
  }

  /** What r says of the points, as numbers to show and as the corners' gradient. */
  judge() {
    const { gradient, accuracy } = modelLoss(
      this.ratio,
      this.corners,
      this.u,
      this.points,
      this.settings.loss,
    );
    this.gradient = gradient;
    this.accuracy = accuracy;
    this.pull = Math.hypot(...gradient);
    this.distance = curveDistance(this.corners);
  }
}
