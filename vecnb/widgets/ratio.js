// The estimator r of chapter 4's toy: 2-64-64-1, leaky ReLU, its gradients by hand, Adam; no DOM.
// Convention: matrices are flat, row by row, one row a point; r is large where the model is likely.

const LEAK = 0.2;
const DECAY = 0.99; // Adam's β₂; β₁ is 0

/**
 * The network r, its weights in one array in torch's order: w1 [H, 2], b1, w2 [H, H], b2, w3 [1, H], b3.
 *
 * `hidden`, H, is a multiple of 4. Between two bends r is linear, so how a layer passes on slopes, 1 or 0.2,
 * is a constant for every derivative below: that of r, and that of the square of r's slope.
 */
export class Ratio {
  constructor(hidden = 64) {
    this.hidden = hidden;
    this.weights = new Float64Array(hidden * hidden + 5 * hidden + 1);
    this.parts = cut(this.weights, hidden);
    this.rooms = new Map();
  }

  /** Weights as torch begins: uniform in ±1/√inputs, layer by layer. */
  start(random) {
    const bound = { w1: 2, b1: 2, w2: this.hidden, b2: this.hidden, w3: this.hidden, b3: this.hidden };
    for (const [name, part] of Object.entries(this.parts)) {
      for (let i = 0; i < part.length; i++) part[i] = (2 * random() - 1) / Math.sqrt(bound[name]);
    }
    return this;
  }

  /** r at points [n, 2]; what the derivatives need of it stays behind until the next call with n points. */
  at(points) {
    const { hidden, parts: { w1, b1, w2, b2, w3, b3 } } = this;
    const room = this.room(points.length / 2);
    room.points = points;
    for (let i = 0, place = 0; i < room.n; i++) {
      const x = points[2 * i], y = points[2 * i + 1];
      for (let k = 0; k < hidden; k++) room.h1[place++] = leaky(w1[2 * k] * x + w1[2 * k + 1] * y + b1[k]);
    }
    product(room.h1, w2, room.h2, room.rows, hidden, hidden);
    for (let i = 0, place = 0; i < room.n; i++) {
      let sum = b3[0];
      for (let k = 0; k < hidden; k++, place++) {
        room.h2[place] = leaky(room.h2[place] + b2[k]);
        sum += w3[k] * room.h2[place];
      }
      room.r[i] = sum;
    }
    return room.r;
  }

  /** The slope of r in its input, [n, 2], at the n points of the last `at`. */
  slopes(n) {
    const { hidden, parts: { w1, w2, w3 } } = this;
    const room = this.room(n);
    for (let i = 0, place = 0; i < n; i++) {
      for (let k = 0; k < hidden; k++, place++) room.u2[place] = bend(room.h2[place]) * w3[k];
    }
    product(room.u2, transpose(w2, hidden, hidden, room.turned), room.u1, room.rows, hidden, hidden);
    for (let i = 0, place = 0; i < n; i++) {
      let x = 0, y = 0;
      for (let k = 0; k < hidden; k++, place++) {
        const u = (room.u1[place] *= bend(room.h1[place]));
        x += u * w1[2 * k];
        y += u * w1[2 * k + 1];
      }
      room.slope[2 * i] = x;
      room.slope[2 * i + 1] = y;
    }
    return room.slope;
  }

  /**
   * The gradient, in the weights, of a loss of r and of its slope at the n points of the last `slopes`.
   *
   * inR [n] is the loss's derivative in each r, inSlope [n, 2] that in each slope (or null).
   */
  gradient(n, inR, inSlope) {
    const { hidden, parts: { w1, w2 } } = this;
    const { points, h1, h2, u1, u2, q1, q2, left, right, flow, grad } = this.room(n);
    const g = flow;
    grad.fill(0);
    for (let i = 0, place = 0; i < n; i++) {
      const c = inR[i];
      const tx = inSlope ? inSlope[2 * i] : 0, ty = inSlope ? inSlope[2 * i + 1] : 0;
      const sx = c * points[2 * i] + tx, sy = c * points[2 * i + 1] + ty;
      for (let k = 0; k < hidden; k++, place++) {
        g.w1[2 * k] += u1[place] * sx;
        g.w1[2 * k + 1] += u1[place] * sy;
        g.b1[k] += c * u1[place];
        g.b2[k] += c * u2[place];
        g.w3[k] += c * h2[place];
        q1[place] = bend(h1[place]) * (w1[2 * k] * tx + w1[2 * k + 1] * ty);
        left[k * n + i] = u2[place];
        right[k * n + i] = c * h1[place] + q1[place];
      }
      g.b3[0] += c;
    }
    product(left, right, g.w2, hidden, hidden, n);
    if (!inSlope) return grad;
    product(q1, w2, q2, Math.ceil(n / 4) * 4, hidden, hidden);
    for (let i = 0, place = 0; i < n; i++) {
      for (let k = 0; k < hidden; k++, place++) g.w3[k] += bend(h2[place]) * q2[place];
    }
    return grad;
  }

  /** Where n points are worked on: allocated once for each n. */
  room(n) {
    if (!this.rooms.has(n)) {
      const rows = Math.ceil(n / 4) * 4;
      const layer = () => new Float64Array(rows * this.hidden);
      const grad = new Float64Array(this.weights.length);
      this.rooms.set(n, {
        n,
        rows,
        r: new Float64Array(n),
        slope: new Float64Array(2 * n),
        h1: layer(),
        h2: layer(),
        u1: layer(),
        u2: layer(),
        q1: layer(),
        q2: layer(),
        left: layer(),
        right: layer(),
        turned: new Float64Array(this.hidden * this.hidden),
        grad,
        flow: cut(grad, this.hidden),
      });
    }
    return this.rooms.get(n);
  }
}

/** The parts of an array of all weights, as views. */
function cut(weights, hidden) {
  const sizes = { w1: 2 * hidden, b1: hidden, w2: hidden * hidden, b2: hidden, w3: hidden, b3: 1 };
  let from = 0;
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, weights.subarray(from, from += size)]),
  );
}

function leaky(a) {
  return a > 0 ? a : LEAK * a;
}

function bend(h) {
  return h > 0 ? 1 : LEAK;
}

/** C [n, m] = A [n, k] Bᵀ with B [m, k], n a multiple of 4, m of 2: eight sums at once, or memory is slower. */
function product(a, b, c, n, m, k) {
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

/** Adam with betas (0, 0.99), torch's other defaults: no momentum, the scale of each weight's gradient. */
export class Adam {
  constructor(size) {
    this.squares = new Float64Array(size);
    this.steps = 0;
  }

  step(weights, gradient, rate) {
    this.steps += 1;
    const correction = Math.sqrt(1 - DECAY ** this.steps);
    for (let i = 0; i < weights.length; i++) {
      this.squares[i] = DECAY * this.squares[i] + (1 - DECAY) * gradient[i] ** 2;
      weights[i] -= rate * gradient[i] / (Math.sqrt(this.squares[i]) / correction + 1e-8);
    }
  }
}
