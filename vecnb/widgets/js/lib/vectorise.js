// A model's `vectorise` with test-time augmentation: the port of vecnb/models/augmentation.py and codec.py.
// No DOM. Convention: an image is flat, 28 × 28, row by row, foreground 1; a line is [x1, y1, x2, y2] in the
// unit square.

import { renderHard } from "./hard_renderer.js";
import { runNetwork } from "./network.js";
import { renderSoft } from "./soft_renderer.js";

const PIXELS = 28;

/**
 * The lines and widths of an image, {lines, width}: the best of the model's augmentations.
 *
 * model {layers with their weights, n_lines, n_augmentations, renderer, shifts, max_width, sharpness_range}:
 * renderer, "hard" or "soft", draws what is compared with the image; shifts are pixels, [right, down] each.
 */
export function vectorise(model, image) {
  const { n_augmentations: count } = model;
  const shifts = model.shifts.slice(0, count);
  const inputs = new Float32Array(count * image.length);
  shifts.forEach((by, i) => inputs.set(shiftImage(image, by), i * image.length));
  const outputs = runNetwork(model.layers, inputs, count), size = outputs.length / count;
  const codes = shifts.map((by, i) =>
    shiftLines(decodeParameters(outputs.subarray(i * size, (i + 1) * size), model), by)
  );
  if (count === 1) return codes[0];
  const errors = codes.map((code) => squaredError(draw(code, model.renderer), image));
  return codes[errors.indexOf(Math.min(...errors))];
}

function draw(code, renderer) {
  return renderer === "hard"
    ? renderHard(code.lines, PIXELS, code.width)
    : renderSoft(code.lines, PIXELS, PIXELS, code);
}

function squaredError(drawn, image) {
  return drawn.reduce((sum, value, i) => sum + (value - image[i]) ** 2, 0);
}

/** The image shifted by whole pixels; what leaves it is lost, what enters is background. */
function shiftImage(image, [right, down]) {
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

/** The lines of a shifted image, shifted back. */
function shiftLines(code, [right, down]) {
  const by = [right, down, right, down].map((pixels) => pixels / PIXELS);
  return { ...code, lines: code.lines.map((line) => line.map((value, k) => value - by[k])) };
}

/** Lines, widths and sharpness from a network's outputs in (0, 1): {lines, width, sharpness}. */
export function decodeParameters(outputs, { n_lines: n, max_width: maxWidth, sharpness_range: [low, high] }) {
  return {
    lines: Array.from({ length: n }, (_, i) => Array.from(outputs.subarray(4 * i, 4 * i + 4))),
    width: Array.from({ length: n }, (_, i) => maxWidth * outputs[4 * n + i]),
    sharpness: low + (high - low) * outputs[5 * n],
  };
}
