// The snapshots of a training run, unpacked from the traits of training_replayed.py. No DOM.

import { inflate } from "../lib/unpack.js";

const PIXELS = 28 * 28;

/**
 * {snapshots, steps, names, digits, curves}.
 *
 * snapshots[s][d] is a drawing, x1, y1, x2, y2, width for each line; digits[d] are intensities [784], or there are
 * none.
 */
export async function unpackSnapshots(model) {
  const [count, drawings, lines] = model.get("shape"), scale = model.get("scale");
  const integers = new Int16Array(await inflate(model.get("snapshots"))), size = 5 * lines;
  if (integers.length !== count * drawings * size) {
    throw new Error(`the snapshots have ${integers.length} numbers, not ${count} × ${drawings} × ${size}`);
  }
  const drawing = (at) =>
    Float64Array.from(integers.subarray(size * at, size * (at + 1)), (value) => value / scale);
  const snapshots = Array.from({ length: count }, (_, s) => {
    return Array.from({ length: drawings }, (_, d) => drawing(s * drawings + d));
  });
  return {
    snapshots,
    steps: model.get("steps"),
    names: model.get("names"),
    digits: await unpackDigits(model.get("digits"), drawings),
    curves: model.get("curves"),
  };
}

async function unpackDigits(bytes, count) {
  if (!bytes.byteLength) return [];
  const values = new Uint8Array(await inflate(bytes));
  return Array.from({ length: count }, (_, d) => {
    return Float64Array.from(values.subarray(PIXELS * d, PIXELS * (d + 1)), (value) => value / 255);
  });
}
