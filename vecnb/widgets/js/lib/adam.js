// Adam, the optimiser. No DOM.

/** Adam with torch's defaults: step(values, gradient, rate) changes `values`. */
export class Adam {
  constructor(size, beta1 = 0.9, beta2 = 0.999) {
    Object.assign(this, { beta1, beta2, steps: 0 });
    this.means = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  step(values, gradient, rate) {
    const { beta1, beta2, means, squares } = this;
    this.steps += 1;
    const pace = rate / (1 - beta1 ** this.steps), correction = Math.sqrt(1 - beta2 ** this.steps);
    for (let i = 0; i < values.length; i++) {
      means[i] = beta1 * means[i] + (1 - beta1) * gradient[i];
      squares[i] = beta2 * squares[i] + (1 - beta2) * gradient[i] ** 2;
      values[i] -= pace * means[i] / (Math.sqrt(squares[i]) / correction + 1e-8);
    }
  }
}
