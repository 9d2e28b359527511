// A square view: an image of pixels on a canvas, and vector graphics above it.
// Convention: unit square, x right, y down; intensity 1 is black.

import { element, svgElement } from "./dom.js";

/** {node, canvas, svg}: a canvas below an SVG of the unit square; `label` says what is shown. */
export function squareView(label) {
  const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-label": label });
  const svg = svgElement("svg", { viewBox: "0 0 1 1", "aria-label": label });
  return { node: element("div", { class: "vecnb-view" }, canvas, svg), canvas, svg };
}

/** 256 colours for values from 0 to 1: linear between `colours`, [red, green, blue] at equal distances. */
export function colourMap(colours) {
  const bytes = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => {
    const position = (i >> 2) / 255 * (colours.length - 1);
    const before = Math.min(Math.floor(position), colours.length - 2);
    const [a, b] = [colours[before][i % 4], colours[before + 1][i % 4]];
    return i % 4 === 3 ? 255 : a + (position - before) * (b - a);
  });
  return new Uint32Array(bytes.buffer);
}

const GREY = colourMap([[255, 255, 255], [0, 0, 0]]);

/** Show an image, values in [0, 1] row by row, on a canvas, one pixel each. */
export function showImage(canvas, image, height, width, colours = GREY) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height), words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = colours[Math.round(255 * image[i])];
  context.putImageData(pixels, 0, 0);
}

/** Where a pointer's event is, in the unit square of `node`. */
export function pointerPosition(node, event) {
  const box = node.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}
