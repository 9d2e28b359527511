// A run's film, unpacked from what training_replayed.py packed. No DOM.

import { inflate } from "./inflate.js";

const UNIT = 1000; // as in training_replayed.py
const PIXELS = 28 * 28;

/**
 * What a replay shows: {pictures, steps, names, digits, curves}.
 *
 * pictures[p][d] is a drawing, x1, y1, x2, y2, width a line; digits[d] is ink [784], or there are none.
 */
export async function unpackFilm(model) {
  const [count, drawings, lines] = model.get("shape");
  const whole = new Int16Array(await inflate(model.get("film"))), size = 5 * lines;
  if (whole.length !== count * drawings * size) {
    throw new Error(`the film has ${whole.length} numbers, not ${count} × ${drawings} × ${size}`);
  }
  const drawn = (at) =>
    Float64Array.from(whole.subarray(size * at, size * (at + 1)), (value) => value / UNIT);
  const pictures = Array.from({ length: count }, (_, p) => {
    return Array.from({ length: drawings }, (_, d) => drawn(p * drawings + d));
  });
  return {
    pictures,
    steps: model.get("steps"),
    names: model.get("names"),
    digits: await unpackDigits(model.get("digits"), drawings),
    curves: model.get("curves"),
  };
}

async function unpackDigits(bytes, count) {
  if (!bytes.byteLength) return [];
  const ink = new Uint8Array(await inflate(bytes));
  return Array.from({ length: count }, (_, d) => {
    return Float64Array.from(ink.subarray(PIXELS * d, PIXELS * (d + 1)), (value) => value / 255);
  });
}
