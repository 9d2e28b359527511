// Elementary functions. No DOM.

/** x, or the nearer of the two bounds. */
export function clamp(x, low = 0, high = 1) {
  return Math.min(high, Math.max(low, x));
}

/** a + share · (b − a), entry by entry. */
export function interpolate(a, b, share) {
  return Array.from(a, (value, i) => value + share * (b[i] - value));
}

/** The cubic smoothstep on [0, 1]: slope 0 at both ends. */
export function smoothstep(x) {
  return x * x * (3 - 2 * x);
}

export function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

export function relu(x) {
  return Math.max(0, x);
}

export function gelu(x) {
  return 0.5 * x * (1 + errorFunction(x / Math.SQRT2));
}

/** erf(x) within 1.5e-7: Abramowitz and Stegun, 7.1.26. */
export function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
