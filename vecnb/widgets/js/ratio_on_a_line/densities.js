// Two densities on a line, blurred by the same noise, and the best discriminator between them. No DOM.
// Convention: a density is {centre, width}, width the standard deviation of a Gaussian, half the length of a
// uniform one; p is the model, q the data, r = ln p/q.

import { sigmoid } from "../lib/math.js";

const LOW = -16, STEP = 0.01, COUNT = 3200; // of the integrals: cells, and their midpoints

/** ln of the density at x with Gaussian noise added; −∞ where there is none. */
export function logDensity(x, { centre, width }, shape, noise) {
  const distance = Math.abs(x - centre);
  if (shape === "gaussian") return logNormal(distance, Math.hypot(width, noise));
  if (noise === 0) return distance <= width ? -Math.log(2 * width) : -Infinity;
  const near = logTail((distance - width) / noise), far = logTail((distance + width) / noise);
  return near + Math.log1p(-Math.exp(far - near)) - Math.log(2 * width);
}

function logNormal(distance, deviation) {
  return -0.5 * (distance / deviation) ** 2 - Math.log(deviation * Math.sqrt(2 * Math.PI));
}

/** ln of the probability that a standard normal number is above u: Numerical Recipes' erfcc, 1.2e-7 relative. */
function logTail(u) {
  const z = Math.abs(u) / Math.SQRT2, t = 1 / (1 + 0.5 * z);
  const series = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 +
                    t *
                      (0.27886807 +
                        t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const tail = Math.log(t) - z * z + series - Math.LN2;
  return u >= 0 ? tail : Math.log1p(-Math.exp(tail));
}

/** r*(x) = ln p/q; NaN where neither has a density. */
export function logRatio(x, { p, q, shape, noise }) {
  return logDensity(x, p, shape, noise) - logDensity(x, q, shape, noise);
}

/**
 * What r* achieves: {accuracy, js, divergence, minimax, nonSaturating}.
 *
 * js is the Jensen-Shannon divergence, divergence D(p‖q) = E_p[r*], in nats; the others are E_p of the slopes
 * that two losses of the generator have in r, 1 − σ(r*) and σ(r*).
 */
export function discriminator(state) {
  const { p, q, shape, noise } = state;
  const sums = { p: 0, q: 0, accuracy: 0, js: 0, divergence: 0, minimax: 0, nonSaturating: 0 };
  for (let k = 0; k < COUNT; k++) {
    const x = LOW + (k + 0.5) * STEP;
    const logP = logDensity(x, p, shape, noise), logQ = logDensity(x, q, shape, noise);
    const atP = STEP * Math.exp(logP), atQ = STEP * Math.exp(logQ), middle = (atP + atQ) / 2;
    sums.p += atP;
    sums.q += atQ;
    sums.accuracy += Math.max(atP, atQ) / 2;
    if (atP > 0) {
      const r = logP - logQ;
      sums.js += atP * Math.log(atP / middle) / 2;
      sums.divergence += atP * r;
      sums.minimax += atP * sigmoid(-r);
      sums.nonSaturating += atP * sigmoid(r);
    }
    if (atQ > 0) sums.js += atQ * Math.log(atQ / middle) / 2;
  }
  const mean = (sums.p + sums.q) / 2; // nearly 1: an edge may cut a cell
  return {
    accuracy: sums.accuracy / mean,
    js: sums.js / mean,
    divergence: sums.divergence / sums.p,
    minimax: sums.minimax / sums.p,
    nonSaturating: sums.nonSaturating / sums.p,
  };
}
