// Latent codes of a variational autoencoder, and the drawings they decode to. No DOM.
// A model is {layers, lines, max_width, mu, kl}: its coordinate network unpacked, N, the largest stroke width, the
// codes of ten digits, and the KL divergence of each latent dimension in nats.

import { sigmoid } from "../lib/math.js";
import { runNetwork } from "../lib/network.js";
import { normal, uniform } from "../lib/random.js";

/** The drawing of a code: x1, y1, x2, y2, width for each line; the port of `LineVAE.decode`. */
export function decode({ layers, lines, max_width: maxWidth }, z) {
  const outputs = runNetwork(layers, Float32Array.from(z)).map(sigmoid);
  return Float32Array.from({ length: 5 * lines }, (_, at) => {
    const line = Math.floor(at / 5), k = at % 5;
    return k < 4 ? outputs[4 * line + k] : maxWidth * outputs[4 * lines + line];
  });
}

/** z with its dimensions i and j replaced by x and y. */
export function onPlane(z, [i, j], x, y) {
  return Array.from(z, (value, k) => (k === i ? x : k === j ? y : value));
}

/** `count` samples [K] of the prior N(0, 1), a function of the seed alone. */
export function samplePrior(count, K, seed) {
  const draw = normal(uniform(seed));
  return Array.from({ length: count }, () => Array.from({ length: K }, draw));
}

/** The latent dimensions in the order of their divergence, largest first. */
export function rankDimensions(kl) {
  return kl.map((_, k) => k).sort((a, b) => kl[b] - kl[a] || a - b);
}
