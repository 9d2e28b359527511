// The discriminator r of chapter 4's toy: 2-64-64-1, leaky ReLU; its gradients by hand. No DOM.
// Convention: matrices are flat, row by row, one row a point; r estimates log p/q, large where the model is likely.

const LEAK = 0.2;

/**
 * The network r. Its weights are one array in torch's order: w1 [H, 2], b1, w2 [H, H], b2, w3 [1, H], b3.
 *
 * `hidden`, H, is a multiple of 4. r is piecewise linear: the slopes of its activations, 1 or 0.2, are constants
 * for every derivative below, those of r and those of its squared input gradient.
 */
export class Discriminator {
  constructor(hidden = 64) {
    this.hidden = hidden;
    this.weights = new Float64Array(hidden * hidden + 5 * hidden + 1);
    this.parameters = viewsOf(this.weights, hidden);
    this.bufferSets = new Map();
  }

  /** torch's initialisation: uniform in ±1/√inputs, layer by layer. */
  initialise(random) {
    const inputs = { w1: 2, b1: 2, w2: this.hidden, b2: this.hidden, w3: this.hidden, b3: this.hidden };
    for (const [name, values] of Object.entries(this.parameters)) {
      for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) / Math.sqrt(inputs[name]);
    }
    return this;
  }

  /** r at points [n, 2]; the activations are kept for the derivatives until the next call with n points. */
  forward(points) {
    const { hidden, parameters: { w1, b1, w2, b2, w3, b3 } } = this;
    const buffers = this.buffers(points.length / 2);
    buffers.points = points;
    for (let i = 0, at = 0; i < buffers.n; i++) {
      const x = points[2 * i], y = points[2 * i + 1];
      for (let k = 0; k < hidden; k++) {
        buffers.h1[at++] = leakyRelu(w1[2 * k] * x + w1[2 * k + 1] * y + b1[k]);
      }
    }
    multiply(buffers.h1, w2, buffers.h2, buffers.rows, hidden, hidden);
    for (let i = 0, at = 0; i < buffers.n; i++) {
      let sum = b3[0];
      for (let k = 0; k < hidden; k++, at++) {
        buffers.h2[at] = leakyRelu(buffers.h2[at] + b2[k]);
        sum += w3[k] * buffers.h2[at];
      }
      buffers.r[i] = sum;
    }
    return buffers.r;
  }

  /** The gradient of r in its input, [n, 2], at the n points of the last `forward`. */
  inputGradients(n) {
    const { hidden, parameters: { w1, w2, w3 } } = this;
    const buffers = this.buffers(n);
    for (let i = 0, at = 0; i < n; i++) {
      for (let k = 0; k < hidden; k++, at++) buffers.u2[at] = slope(buffers.h2[at]) * w3[k];
    }
    const w2Transposed = transpose(w2, hidden, hidden, buffers.transposed);
    multiply(buffers.u2, w2Transposed, buffers.u1, buffers.rows, hidden, hidden);
    for (let i = 0, at = 0; i < n; i++) {
      let x = 0, y = 0;
      for (let k = 0; k < hidden; k++, at++) {
        const u = (buffers.u1[at] *= slope(buffers.h1[at]));
        x += u * w1[2 * k];
        y += u * w1[2 * k + 1];
      }
      buffers.inputGradient[2 * i] = x;
      buffers.inputGradient[2 * i + 1] = y;
    }
    return buffers.inputGradient;
  }

  /**
   * The gradient in the weights of a loss of r and of its input gradients at the points of the last
   * `inputGradients`.
   *
   * byR [n] is the loss's derivative in each r, bySlope [n, 2] in each input gradient, or null.
   */
  backward(n, byR, bySlope) {
    const { hidden, parameters: { w1, w2 } } = this;
    const { points, h1, h2, u1, u2, q1, q2, left, right, gradientViews: g, gradient } = this.buffers(n);
    gradient.fill(0);
    for (let i = 0, at = 0; i < n; i++) {
      const c = byR[i];
      const tx = bySlope ? bySlope[2 * i] : 0, ty = bySlope ? bySlope[2 * i + 1] : 0;
      const sx = c * points[2 * i] + tx, sy = c * points[2 * i + 1] + ty;
      for (let k = 0; k < hidden; k++, at++) {
        g.w1[2 * k] += u1[at] * sx;
        g.w1[2 * k + 1] += u1[at] * sy;
        g.b1[k] += c * u1[at];
        g.b2[k] += c * u2[at];
        g.w3[k] += c * h2[at];
        q1[at] = slope(h1[at]) * (w1[2 * k] * tx + w1[2 * k + 1] * ty);
        left[k * n + i] = u2[at];
        right[k * n + i] = c * h1[at] + q1[at];
      }
      g.b3[0] += c;
    }
    multiply(left, right, g.w2, hidden, hidden, n);
    if (!bySlope) return gradient;
    multiply(q1, w2, q2, Math.ceil(n / 4) * 4, hidden, hidden);
    for (let i = 0, at = 0; i < n; i++) {
      for (let k = 0; k < hidden; k++, at++) g.w3[k] += slope(h2[at]) * q2[at];
    }
    return gradient;
  }

  /** Work arrays for n points, allocated once for each n. */
  buffers(n) {
    if (!this.bufferSets.has(n)) {
      const rows = Math.ceil(n / 4) * 4; // as `multiply` needs
      const names = ["h1", "h2", "u1", "u2", "q1", "q2", "left", "right"];
      const layers = names.map((name) => [name, new Float64Array(rows * this.hidden)]);
      const gradient = new Float64Array(this.weights.length);
      this.bufferSets.set(n, {
        n,
        rows,
        ...Object.fromEntries(layers),
        r: new Float64Array(n),
        inputGradient: new Float64Array(2 * n),
        transposed: new Float64Array(this.hidden * this.hidden),
        gradient,
        gradientViews: viewsOf(gradient, this.hidden),
      });
    }
    return this.bufferSets.get(n);
  }
}

/** Each parameter as a view of the array of all. */
function viewsOf(weights, hidden) {
  const sizes = { w1: 2 * hidden, b1: hidden, w2: hidden * hidden, b2: hidden, w3: hidden, b3: 1 };
  let from = 0;
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, weights.subarray(from, from += size)]),
  );
}

function leakyRelu(a) {
  return a > 0 ? a : LEAK * a;
}

/** The slope of the leaky ReLU whose output is h. */
function slope(h) {
  return h > 0 ? 1 : LEAK;
}

/** C [n, m] = A [n, k] Bᵀ with B [m, k]; n a multiple of 4, m of 2. In blocks of 4 × 2: memory is the bottleneck. */
function multiply(a, b, c, n, m, k) {
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j < m; j += 2) {
      let c00 = 0, c01 = 0, c10 = 0, c11 = 0, c20 = 0, c21 = 0, c30 = 0, c31 = 0;
      let a0 = i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k, b0 = j * k, b1 = b0 + k;
      for (const end = b0 + k; b0 < end; a0++, a1++, a2++, a3++, b0++, b1++) {
        const x = b[b0], y = b[b1];
        const p = a[a0], q = a[a1], s = a[a2], t = a[a3];
        c00 += p * x;
        c01 += p * y;
        c10 += q * x;
        c11 += q * y;
        c20 += s * x;
        c21 += s * y;
        c30 += t * x;
        c31 += t * y;
      }
      const to = i * m + j;
      c[to] = c00;
      c[to + 1] = c01;
      c[to + m] = c10;
      c[to + m + 1] = c11;
      c[to + 2 * m] = c20;
      c[to + 2 * m + 1] = c21;
      c[to + 3 * m] = c30;
      c[to + 3 * m + 1] = c31;
    }
  }
}

function transpose(matrix, rows, columns, out) {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  }
  return out;
}
