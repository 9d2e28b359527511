// Codes of a variational autoencoder and the lines they stand for; no DOM.
// A model is {layers, lines, max_width, mu, nats}: its coordinate network unpacked, N, the widest a stroke can be,
// the codes of ten digits, and the nats of each number.

import { runNetwork } from "./network.js";
import { sigmoid } from "./sigmoid.js";
import { normal, uniform } from "./random.js";

/** The drawing of a code: x1, y1, x2, y2, width a line, the twin of `LineVAE.decode`. */
export function decode({ layers, lines, max_width: widest }, z) {
  const numbers = runNetwork(layers, Float32Array.from(z)).map(sigmoid);
  return Float32Array.from({ length: 5 * lines }, (_, at) => {
    const line = Math.floor(at / 5), part = at % 5;
    return part < 4 ? numbers[4 * line + part] : widest * numbers[4 * lines + line];
  });
}

/** The code a share of the straight way from a to b. */
export function between(a, b, share) {
  return Array.from(a, (value, k) => value + share * (b[k] - value));
}

/** z with its numbers i and j replaced by x and y. */
export function onPlane(z, [i, j], x, y) {
  return Array.from(z, (value, k) => (k === i ? x : k === j ? y : value));
}

/** `count` codes of K numbers from the prior N(0, 1), a function of the seed alone. */
export function fromPrior(count, K, seed) {
  const draw = normal(uniform(seed));
  return Array.from({ length: count }, () => Array.from({ length: K }, draw));
}

/** The numbers of a code, those that carry most nats first. */
export function busiest(nats) {
  return nats.map((_, k) => k).sort((a, b) => nats[b] - nats[a] || a - b);
}
