// Where a descent begins: random lines, an encoder's, or the reader's. No DOM.
// A start is {kind, drawing, sharpness, rate}; a drawing is flat, x1, y1, x2, y2, width of each line.

import { runNetwork } from "../lib/network.js";
import { uniform } from "../lib/random.js";
import { decodeParameters } from "../lib/vectorise.js";

const SHARPNESS = 100; // vecnb.render's
const RATE = 0.02; // of Adam, as in chapter 1
const ENCODER_RATE = 0.005; // as in chapter 2's `refine`: what is nearly right needs no long steps

/** Lines whose ends lie anywhere in the middle of the picture. */
export function randomStart(count, width, seed) {
  const random = uniform(seed);
  const drawing = Array.from({ length: 5 * count }, (_, k) => k % 5 === 4 ? width : 0.2 + 0.6 * random());
  return { kind: "random", drawing, sharpness: SHARPNESS, rate: RATE };
}

/** The lines, widths and sharpness that a network, with its layers' weights, infers from an image. */
export function encoderStart(network, image) {
  const { lines, width, sharpness } = decodeParameters(runNetwork(network.layers, image), network);
  return { kind: "encoder", drawing: flat(lines, width), sharpness, rate: ENCODER_RATE };
}

/** Lines that were given, [x1, y1, x2, y2] each, with their widths. */
export function ownStart(lines, width) {
  return { kind: "own", drawing: flat(lines, width), sharpness: SHARPNESS, rate: RATE };
}

function flat(lines, width) {
  return lines.flatMap((line, i) => [...line, width[i] ?? width]);
}

/** The lines of a flat drawing, [x1, y1, x2, y2] each. */
export function linesOf(drawing) {
  return Array.from({ length: drawing.length / 5 }, (_, i) => [...drawing.slice(5 * i, 5 * i + 4)]);
}

/** The widths of the lines of a flat drawing. */
export function widthsOf(drawing) {
  return [...drawing].filter((_, k) => k % 5 === 4);
}
