// The error of a drawing and its gradient: the soft renderer backwards. No DOM.
// Convention: a drawing is flat, x1, y1, x2, y2, width of each line, in the unit square, x right, y down; it is
// drawn with sigmoid edges and composed with "max". An image is square, flat, row by row, foreground 1.

import { Adam } from "./adam.js";
import { sigmoid } from "./math.js";
import { levelImage, nearestPoint } from "./soft_renderer.js";

const ENTRIES = 5; // of a line
const NARROWEST = 0.5 / 28; // no line becomes narrower

/**
 * The error of a difference of two images on several scales, and its derivative in every pixel: {error, slopes}.
 *
 * The port of `multiscale_mse`; the side is a multiple of 2 ** (scales − 1).
 */
export function multiscaleError(difference, side, scales = 1) {
  const slopes = new Float64Array(difference.length);
  let error = 0, means = difference;
  for (let scale = 0; scale < scales; scale++) {
    if (scale > 0) means = halve(means, side >> (scale - 1));
    const weight = 2 ** scale / means.length, width = side >> scale;
    for (const value of means) error += weight * value * value;
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        slopes[i * side + j] += 2 * weight / 4 ** scale * means[(i >> scale) * width + (j >> scale)];
      }
    }
  }
  return { error, slopes };
}

/** Means of 2 × 2 pixels. */
function halve(image, side) {
  const half = side >> 1;
  return Float64Array.from({ length: half * half }, (_, at) => {
    const from = 2 * Math.floor(at / half) * side + 2 * (at % half);
    return (image[from] + image[from + 1] + image[from + side] + image[from + side + 1]) / 4;
  });
}

/** What a drawing makes of an image: {image, error, squaredError, gradient}, a gradient as long as the drawing. */
export function measure(drawing, sharpness, target, scales = 1) {
  const side = Math.sqrt(target.length), count = drawing.length / ENTRIES;
  const lines = Array.from({ length: count }, (_, i) => drawing.slice(ENTRIES * i, ENTRIES * i + 4));
  const levels = new Float64Array(target.length).fill(-Infinity), strongest = new Uint8Array(target.length);
  lines.forEach((line, i) => {
    levelImage(line, side, side, drawing[ENTRIES * i + 4] / 2).forEach((level, at) => {
      if (level > levels[at]) [levels[at], strongest[at]] = [level, i];
    });
  });
  const image = levels.map((level) => sigmoid(sharpness * level));
  const difference = image.map((value, at) => value - target[at]);
  const { error, slopes } = multiscaleError(difference, side, scales);
  const gradient = new Float64Array(drawing.length);
  slopes.forEach((slope, at) => {
    const byLevel = slope * sharpness * image[at] * (1 - image[at]), i = strongest[at];
    const pixel = [(at % side + 0.5) / side, (Math.floor(at / side) + 0.5) / side];
    addPull(gradient.subarray(ENTRIES * i, ENTRIES * (i + 1)), lines[i], pixel, byLevel);
  });
  return { image, error, squaredError: multiscaleError(difference, side).error, gradient };
}

/** Add to a line's gradient what one pixel's level, w/2 − d, contributes: the law of the lever. */
function addPull(gradient, line, [px, py], byLevel) {
  gradient[4] += byLevel / 2;
  const { tStar, x, y, distance2 } = nearestPoint(line, px, py);
  if (distance2 === 0) return; // as in Python: on the line the distance has no slope
  const pull = -byLevel / Math.sqrt(distance2), pullX = pull * (x - px), pullY = pull * (y - py);
  gradient[0] += (1 - tStar) * pullX;
  gradient[1] += (1 - tStar) * pullY;
  gradient[2] += tStar * pullX;
  gradient[3] += tStar * pullY;
}

/** A drawing on its way down its error, by Adam: {drawing, image, error, squaredError, gradient, steps}. */
export class Descent {
  constructor({ drawing, sharpness, rate }, target, scales) {
    Object.assign(this, { drawing: Float64Array.from(drawing), sharpness, rate, target, scales, steps: 0 });
    this.adam = new Adam(drawing.length);
    this.evaluate();
  }

  step() {
    this.adam.step(this.drawing, this.gradient, this.rate);
    for (let i = 4; i < this.drawing.length; i += ENTRIES) {
      this.drawing[i] = Math.max(this.drawing[i], NARROWEST);
    }
    this.steps += 1;
    this.evaluate();
  }

  /** Anew after the drawing was changed from outside. */
  evaluate() {
    Object.assign(this, measure(this.drawing, this.sharpness, this.target, this.scales));
  }
}
