// A square sheet of paper: an image of pixels, lines upon it, and handles that move their end points.
// Convention: unit square, x right, y down; ink 1 is black.

import { element, svgElement } from "./controls.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEY_STEP = 0.01;

/** {node, canvas, svg}: a canvas of pixels below, an SVG of the unit square above; `label` says what is seen. */
export function sheet(label) {
  const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-label": label });
  const svg = svgElement("svg", { viewBox: "0 0 1 1", "aria-label": label });
  return { node: element("div", { class: "vecnb-sheet" }, canvas, svg), canvas, svg };
}

/** 256 colours for the values from 0 to 1, as pixels: between `colours`, [red, green, blue], at equal distances. */
export function palette(colours) {
  const bytes = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => {
    const place = (i >> 2) / 255 * (colours.length - 1),
      before = Math.min(Math.floor(place), colours.length - 2);
    const mixed = (one, other) => one + (place - before) * (other - one);
    return i % 4 === 3 ? 255 : mixed(colours[before][i % 4], colours[before + 1][i % 4]);
  });
  return new Uint32Array(bytes.buffer);
}

const INK = palette([[255, 255, 255], [0, 0, 0]]);

/** Show an image, values in [0, 1] row by row, on a canvas; each is one of its pixels: ink, or of these colours. */
export function paint(canvas, image, height, width, colours = INK) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height), words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = colours[Math.round(255 * image[i])];
  context.putImageData(pixels, 0, 0);
}

/** SVG lines for `lines` [[x1, y1, x2, y2], …] with widths (one, or one a line), in unit-square lengths. */
export function strokes(lines, width) {
  return lines.map(([x1, y1, x2, y2], i) =>
    svgElement("line", { x1, y1, x2, y2, "stroke-width": width[i] ?? width, class: "vecnb-stroke" })
  );
}

/** Where a pointer's event is, in the unit square of `node`. */
export function place(node, event) {
  const box = node.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/**
 * A handle at (x, y) on a sheet's svg, moved by mouse, pen, finger or arrow keys, `step` at a time (Shift: ten).
 *
 * move(x, y) is told where it is wanted; `at(x, y)` puts it there. `spot` is how it looks. Returns {node, at}.
 */
export function handle({ svg, label, x, y, move, step = KEY_STEP, spot = disc() }) {
  const reach = svgElement("circle", { r: 0.07, class: "vecnb-reach" }); // a finger needs more than a mouse
  const role = { role: "slider", "aria-valuemin": 0, "aria-valuemax": 1 };
  const node = svgElement("g", { class: "vecnb-handle", tabindex: 0, ...role }, reach, spot);
  let here = [x, y];
  const at = (toX, toY) => {
    here = [toX, toY];
    node.setAttribute("transform", `translate(${toX} ${toY})`);
    node.setAttribute("aria-label", label);
    node.setAttribute("aria-valuenow", toX.toFixed(2));
    node.setAttribute("aria-valuetext", `x ${toX.toFixed(2)}, y ${toY.toFixed(2)}`);
  };
  const clamp = (value) => Math.min(1, Math.max(0, value));
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    node.focus();
    event.preventDefault();
  });
  // Or the page would scroll under the finger: the style touch-action does nothing for shapes.
  node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) move(...place(svg, event).map(clamp));
  });
  node.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const far = step * (event.shiftKey ? 10 : 1);
    move(clamp(here[0] + far * way[0]), clamp(here[1] + far * way[1]));
  });
  at(x, y);
  return { node, at };
}

function disc() {
  return svgElement("circle", { r: 0.022, class: "vecnb-spot" });
}

/** The path of an arrow from (x, y) along (dx, dy), in the unit square; none where it would not be seen. */
export function arrowPath(x, y, dx, dy) {
  const length = Math.hypot(dx, dy), head = Math.min(0.035, 0.6 * length) / length;
  if (!(length > 0.006)) return "";
  const tip = [x + dx, y + dy];
  const barb = (side) =>
    `${tip[0] - head * (dx + side * 0.6 * dy)} ${tip[1] - head * (dy - side * 0.6 * dx)}`;
  return `M${x} ${y}L${tip.join(" ")}M${barb(1)}L${tip.join(" ")}L${barb(-1)}`;
}
