// The sigmoid: how sure, how dark, how far along a range, of any number. No DOM.

export function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
