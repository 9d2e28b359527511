// Strokes as SVG, as `Drawing.to_svg` writes them. No DOM.

import { isClosed, isDot } from "./tracer.js";

/** A number with three decimals, or fewer. */
const brief = (value) => String(Number(value.toFixed(3)));

/** The path of a stroke for SVG's `d`. */
export function pathData(stroke) {
  const { chain, straight } = stroke;
  const points = Array.from(
    { length: chain.length / 2 },
    (_, i) => `${brief(chain[2 * i])} ${brief(chain[2 * i + 1])}`,
  );
  if (straight) return `M${points[0]}L${points.at(-1)}`;
  return `M${points[0]}C${points.slice(1).join(" ")}${isClosed(stroke) ? "Z" : ""}`;
}

/** An SVG document of strokes on a canvas of height × width pixels. */
export function toSvg(strokes, height, width) {
  const shapes = strokes.map((stroke) => {
    if (isDot(stroke)) {
      const [x, y, radius] = [stroke.chain[0], stroke.chain[1], stroke.width / 2].map(brief);
      return `<circle cx="${x}" cy="${y}" r="${radius}" fill="black" stroke="none"/>`;
    }
    return `<path d="${pathData(stroke)}" stroke-width="${brief(stroke.width)}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" fill="white"/>` +
    `<g fill="none" stroke="black" stroke-linecap="round" stroke-linejoin="round">${
      shapes.join("")
    }</g></svg>`;
}
