// The tracer, rust_ext/trace as WebAssembly: pixels in, the strokes after each step out. No DOM.

import { inflate } from "../lib/unpack.js";
import { WASM } from "./wasm.js";

/** The stages of a drawing's making, in the order of the numbers that the tracer gives them. */
export const STAGES = ["proposed", "fitted", "refined", "simplified"];

/** The bytes of the WebAssembly module. */
export function tracerBytes() {
  return inflate(Uint8Array.from(atob(WASM), (letter) => letter.charCodeAt(0)));
}

/**
 * The tracer of an instance: trace({pixels, height, width}, detail) gives the numbers that `readFrames` reads.
 *
 * pixels are a byte each, ink = 255. Its text is run in a worker too, so that it refers to nothing outside.
 */
export function makeTracer({ memory, picture, trace, answer }) {
  return ({ pixels, height, width }, detail) => {
    const at = picture(height, width);
    new Float32Array(memory.buffer, at, pixels.length).set(Float32Array.from(pixels, (value) => value / 255));
    const count = trace(detail);
    if (count === 0) throw new Error("the tracer refuses this picture");
    return new Float64Array(memory.buffer, answer(), count).slice();
  };
}

/**
 * The frames in the tracer's numbers: {stage, look, error, strokes}; the squared error is a share of that of empty
 * paper.
 *
 * A stroke is {width, straight, chain}: full width, whether it is a line or a dot, and the control points x, y of
 * its cubic curves, each end point once; all in pixels, x right, y down.
 */
export function readFrames(numbers) {
  const frames = [];
  let at = 0;
  const read = (count) => numbers.subarray(at, at += count);
  while (at < numbers.length) {
    const [stage, look, error, count] = read(4);
    const strokes = Array.from({ length: count }, () => {
      const [width, straight, points] = read(3);
      return { width, straight: straight === 1, chain: read(2 * points) };
    });
    frames.push({ stage: STAGES[stage], look, error, strokes });
  }
  return frames;
}

/** How many curves a stroke has. */
export function countCurves({ chain }) {
  return (chain.length / 2 - 1) / 3;
}

/** Whether a stroke ends where it begins, and is no dot. */
export function isClosed({ chain }) {
  return chain.length > 8 && chain[0] === chain.at(-2) && chain[1] === chain.at(-1);
}

/** Whether all points of a stroke are one. */
export function isDot({ chain }) {
  return chain.every((value, i) => value === chain[i % 2]);
}

/** How many numbers say a stroke: the coordinates of its own points, and its width. */
export function countNumbers(stroke) {
  if (isDot(stroke)) return 3;
  if (stroke.straight) return 5;
  return 1 + stroke.chain.length - (isClosed(stroke) ? 2 : 0);
}
