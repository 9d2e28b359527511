// A picture's colours as ink. No DOM.

import { clamp } from "./math.js";

const RIM = 25; // the border is one part in so many of the shorter side
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/** Brightness in [0, 1] of colours, four bytes a pixel, as means of blocks of factor × factor pixels. */
export function shrink(colours, height, width, factor) {
  const brightness = new Float64Array(height * width), weight = 1 / (255 * factor * factor);
  for (let row = 0; row < factor * height; row++) {
    for (let column = 0; column < factor * width; column++) {
      const at = 4 * (row * factor * width + column);
      const grey = RED * colours[at] + GREEN * colours[at + 1] + BLUE * colours[at + 2];
      brightness[Math.floor(row / factor) * width + Math.floor(column / factor)] += weight * grey;
    }
  }
  return brightness;
}

/** Ink, a byte a pixel: what stands out more from the border, be it darker or lighter. */
export function toInk(brightness, height, width) {
  const paper = median(border(brightness, height, width));
  let darkest = 1, lightest = 0;
  for (const value of brightness) {
    darkest = Math.min(darkest, value);
    lightest = Math.max(lightest, value);
  }
  const isLight = lightest - paper > paper - darkest;
  const ink = (value) => clamp(Math.round(255 * (isLight ? value : 1 - value)), 0, 255);
  return Uint8Array.from(brightness, ink);
}

function border(values, height, width) {
  const rim = Math.max(1, Math.floor(Math.min(height, width) / RIM));
  return values.filter((_, at) => {
    const row = Math.floor(at / width), column = at % width;
    return Math.min(row, height - 1 - row, column, width - 1 - column) < rim;
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
