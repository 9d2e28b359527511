// An image's lines as its model's `vectorise` says them: the twin of vecnb/models/code.py. No DOM.
// Convention: an image is flat, 28 × 28, row by row, ink = 1; a line is [x1, y1, x2, y2] in the unit square.

import { renderSoft } from "./geometry.js";
import { runNetwork } from "./network.js";
import { renderHard } from "./raster.js";

const PIXELS = 28;
const MAX_WIDTH = 5 / PIXELS, SHARPNESS_RANGE = [2 * PIXELS, 8 * PIXELS];
const MOVES = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]]; // (right, down)

/**
 * The lines and widths of an image, {lines, width}: the best of the model's views of it.
 *
 * model {layers with their weights, n_lines, views, judge}: "raster" or "soft", who draws what is compared.
 */
export function vectorise({ layers, n_lines, views, judge }, image) {
  const moves = MOVES.slice(0, views);
  const seen = new Float32Array(views * image.length);
  moves.forEach((move, i) => seen.set(moved(image, move), i * image.length));
  const numbers = runNetwork(layers, seen, views), size = numbers.length / views;
  const codes = moves.map((move, i) => readCode(numbers.subarray(i * size, (i + 1) * size), n_lines, move));
  if (views === 1) return codes[0];
  const errors = codes.map((code) => {
    const drawn = judge === "raster"
      ? renderHard(code.lines, PIXELS, code.width)
      : renderSoft(code.lines, PIXELS, PIXELS, code);
    return drawn.reduce((sum, ink, i) => sum + (ink - image[i]) ** 2, 0);
  });
  return codes[errors.indexOf(Math.min(...errors))];
}

/** The image moved by whole pixels; what leaves it is lost, what enters is paper. */
function moved(image, [right, down]) {
  if (!right && !down) return image;
  const result = new Float32Array(image.length);
  for (let row = 0; row < PIXELS; row++) {
    for (let column = 0; column < PIXELS; column++) {
      const [y, x] = [row + down, column + right];
      if (y >= 0 && y < PIXELS && x >= 0 && x < PIXELS) result[y * PIXELS + x] = image[row * PIXELS + column];
    }
  }
  return result;
}

/** What the numbers in (0, 1) of a network mean, its lines moved back to where the image was. */
function readCode(numbers, n, [right, down]) {
  const back = [right, down, right, down].map((pixels) => pixels / PIXELS);
  const lines = Array.from({ length: n }, (_, i) => back.map((by, k) => numbers[4 * i + k] - by));
  const width = Array.from({ length: n }, (_, i) => MAX_WIDTH * numbers[4 * n + i]);
  const [low, high] = SHARPNESS_RANGE;
  return { lines, width, sharpness: low + (high - low) * numbers[5 * n] };
}
