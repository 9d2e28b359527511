// The soft renderer: the port of vecnb/render/soft.py. No DOM.
// Convention: unit square, x right, y down; a line is [x1, y1, x2, y2]; intensity 1 is foreground.
// A profile says how the intensity falls off beside a line: {alpha}, the thesis's Gaussian exp(−α d²), or
// {width, sharpness}, the sigmoid edge σ(k (w/2 − d)), whose width may be a list with one for each line.

import { clamp, sigmoid } from "./math.js";

/** The point of a line nearest to (px, py): {tHat, tStar, x, y, distance2}, as in thesis 2.3. */
export function nearestPoint([x1, y1, x2, y2], px, py) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length2 = Math.max(dx * dx + dy * dy, Number.MIN_VALUE); // a line of length 0 is its first point
  const tHat = (px - x1) * (dx / length2) + (py - y1) * (dy / length2);
  const tStar = clamp(tHat);
  const [x, y] = [x1 + tStar * dx, y1 + tStar * dy];
  return { tHat, tStar, x, y, distance2: (x - px) ** 2 + (y - py) ** 2 };
}

// A presence is a growing function of a "level": −d² (Gaussian), or w/2 − d (sigmoid edge). "max" composes
// levels instead of presences, which takes one exponential a pixel.

function presenceOfLevel({ alpha, sharpness }) {
  if (alpha !== undefined) return (level) => Math.exp(alpha * level);
  return (level) => sigmoid(sharpness * level);
}

/** `half` is half the width of the line, undefined for the Gaussian. */
function levelOf(distance2, half) {
  return half === undefined ? -distance2 : half - Math.sqrt(distance2);
}

function halfWidth({ alpha, width }, i) {
  return alpha === undefined ? (width[i] ?? width) / 2 : undefined;
}

/** ω, the presence of line number i at a squared distance. */
export function presence(distance2, profile, i = 0) {
  return presenceOfLevel(profile)(levelOf(distance2, halfWidth(profile, i)));
}

/** Ω, the intensity of several presences: "max", or "soft_or", 1 − ∏(1 − ω). */
export function compose(presences, mode) {
  if (mode === "max") return presences.reduce((a, b) => Math.max(a, b), 0);
  return presences.reduce((a, b) => a + b * (1 - a), 0);
}

/** The image of lines, intensities in [0, 1] row by row: the port of `render_soft`. */
export function renderSoft(lines, height, width, profile, mode = "max") {
  const presenceAt = presenceOfLevel(profile), isMax = mode === "max";
  const image = new Float64Array(height * width).fill(isMax ? -Infinity : 0);
  lines.forEach((line, i) => {
    const levels = levelImage(line, height, width, halfWidth(profile, i));
    for (let at = 0; at < levels.length; at++) {
      if (!isMax) image[at] += presenceAt(levels[at]) * (1 - image[at]);
      else if (levels[at] > image[at]) image[at] = levels[at];
    }
  });
  return isMax ? image.map(presenceAt) : image;
}

/** The level of every pixel for one line, w/2 − d or −d²: `nearestPoint` without the point, for speed. */
export function levelImage([x1, y1, x2, y2], height, width, half) {
  const image = new Float64Array(height * width);
  const dx = x2 - x1, dy = y2 - y1;
  const length2 = Math.max(dx * dx + dy * dy, Number.MIN_VALUE);
  const stepX = dx / length2, stepY = dy / length2;
  for (let row = 0, at = 0; row < height; row++) {
    const gapY = y1 - (row + 0.5) / height;
    for (let column = 0; column < width; column++, at++) {
      const gapX = x1 - (column + 0.5) / width;
      const t = clamp(-gapX * stepX - gapY * stepY);
      image[at] = levelOf((gapX + t * dx) ** 2 + (gapY + t * dy) ** 2, half);
    }
  }
  return image;
}

/**
 * The intensity at one point and its gradient in the end points: {intensity, gradient}, gradient [4] a line.
 *
 * t* carries no gradient: the distance is stationary in it, or t* is constant (envelope theorem).
 */
export function intensityGradient(lines, px, py, profile, mode = "max") {
  const nearest = lines.map((line) => nearestPoint(line, px, py));
  const presences = nearest.map(({ distance2 }, i) => presence(distance2, profile, i));
  const strongest = presences.indexOf(Math.max(...presences));
  const gradient = nearest.map(({ tStar, x, y, distance2 }, i) => {
    const others = presences.reduce((product, omega, j) => (j === i ? product : product * (1 - omega)), 1);
    const weight = mode === "max" ? Number(i === strongest) : others;
    const slope = 2 * weight * presenceSlope(presences[i], distance2, profile);
    const [gx, gy] = [slope * (x - px), slope * (y - py)];
    return [(1 - tStar) * gx, (1 - tStar) * gy, tStar * gx, tStar * gy];
  });
  return { intensity: compose(presences, mode), gradient };
}

/** The derivative of a presence in the squared distance. */
function presenceSlope(omega, distance2, profile) {
  if (profile.alpha !== undefined) return -profile.alpha * omega;
  if (distance2 === 0) return 0; // as in Python: on the line the distance has no slope
  return (-profile.sharpness * omega * (1 - omega)) / (2 * Math.sqrt(distance2));
}
