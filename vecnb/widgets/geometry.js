// The soft renderer in JavaScript, the twin of vecnb/render.py. No DOM.
// Convention: unit square, x right, y down; a line is [x1, y1, x2, y2]; a pen is {alpha} (the thesis's
// presence) or {width, sharpness} (ours), whose width may be one a line.

import { sigmoid } from "./sigmoid.js";

/** Where a line is nearest to the point (px, py): {tHat, tStar, x, y, distance2}. */
export function nearest([x1, y1, x2, y2], px, py) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length2 = Math.max(dx * dx + dy * dy, Number.MIN_VALUE); // a zero-length line is its first point
  const tHat = (px - x1) * (dx / length2) + (py - y1) * (dy / length2);
  const tStar = Math.min(1, Math.max(0, tHat));
  const [x, y] = [x1 + tStar * dx, y1 + tStar * dy];
  return { tHat, tStar, x, y, distance2: (x - px) ** 2 + (y - py) ** 2 };
}

/** Nearness ↦ ink, which grows with it: exp(−α d²), or σ(k (w/2 − d)). */
function inkOf({ alpha, sharpness }) {
  if (alpha !== undefined) return (near) => Math.exp(alpha * near);
  return (near) => sigmoid(sharpness * near);
}

/** How near a squared distance is, as a pen feels it: w/2 − d; without a half width −d². */
function nearness(distance2, half) {
  return half === undefined ? -distance2 : half - Math.sqrt(distance2);
}

/** Half the width of line number i; the thesis's presence knows of none. */
function halfWidth({ alpha, width }, i) {
  return alpha === undefined ? (width[i] ?? width) / 2 : undefined;
}

/** The ink of line number i at a squared distance. */
export function presence(distance2, pen, i = 0) {
  return inkOf(pen)(nearness(distance2, halfWidth(pen, i)));
}

/** One ink from those of all lines: "max", the strongest; "soft_or", 1 − ∏(1 − ω). */
export function compose(inks, mode) {
  if (mode === "max") return inks.reduce((a, b) => Math.max(a, b), 0);
  return inks.reduce((a, b) => a + b * (1 - a), 0);
}

/**
 * The drawing of lines, ink in [0, 1] row by row: the twin of `render_soft`.
 *
 * The strongest ink is that of the greatest nearness, so that "max" takes one exponential a pixel.
 */
export function renderSoft(lines, height, width, pen, mode = "max") {
  const ink = inkOf(pen), strongest = mode === "max";
  const image = new Float64Array(height * width).fill(strongest ? -Infinity : 0);
  lines.forEach((line, i) => {
    const near = nearnessOf(line, height, width, halfWidth(pen, i));
    for (let at = 0; at < near.length; at++) {
      if (!strongest) image[at] += ink(near[at]) * (1 - image[at]);
      else if (near[at] > image[at]) image[at] = near[at];
    }
  });
  return strongest ? image.map(ink) : image;
}

/** How near each pixel is to a line: `nearest` without its foot, for the many pixels of a drawing. */
function nearnessOf([x1, y1, x2, y2], height, width, half) {
  const image = new Float64Array(height * width);
  const dx = x2 - x1, dy = y2 - y1;
  const length2 = Math.max(dx * dx + dy * dy, Number.MIN_VALUE);
  const turnX = dx / length2, turnY = dy / length2;
  for (let row = 0, at = 0; row < height; row++) {
    const gapY = y1 - (row + 0.5) / height;
    for (let column = 0; column < width; column++, at++) {
      const gapX = x1 - (column + 0.5) / width;
      const t = Math.min(1, Math.max(0, -gapX * turnX - gapY * turnY));
      image[at] = nearness((gapX + t * dx) ** 2 + (gapY + t * dy) ** 2, half);
    }
  }
  return image;
}

/**
 * How the ink at one point changes with the end points: {ink, gradient}, gradient one [4] a line.
 *
 * As in the book: t* carries no gradient, since the distance is stationary in it or t* is constant.
 */
export function inkGradient(lines, px, py, pen, mode = "max") {
  const feet = lines.map((line) => nearest(line, px, py));
  const inks = feet.map(({ distance2 }, i) => presence(distance2, pen, i));
  const strongest = inks.indexOf(Math.max(...inks));
  const gradient = feet.map(({ tStar, x, y, distance2 }, i) => {
    const others = inks.reduce((product, ink, j) => (j === i ? product : product * (1 - ink)), 1);
    const share = mode === "max" ? Number(i === strongest) : others;
    const pull = 2 * share * inkSlope(inks[i], distance2, pen);
    const [gx, gy] = [pull * (x - px), pull * (y - py)];
    return [(1 - tStar) * gx, (1 - tStar) * gy, tStar * gx, tStar * gy];
  });
  return { ink: compose(inks, mode), gradient };
}

/** The derivative of a presence in the squared distance. */
function inkSlope(ink, distance2, pen) {
  if (pen.alpha !== undefined) return -pen.alpha * ink;
  if (distance2 === 0) return 0; // as in render.py: the distance itself has no slope on the line
  return (-pen.sharpness * ink * (1 - ink)) / (2 * Math.sqrt(distance2));
}
