// The heat map of "Drag a line": lines and their end points, one pixel, its distances and gradient.

import { clamp } from "../lib/math.js";
import { renderSoft } from "../lib/soft_renderer.js";
import { endArrows } from "../ui/arrows.js";
import { pointerPosition, showImage, squareView } from "../ui/canvas.js";
import { svgElement } from "../ui/dom.js";
import { endpointHandles, handle } from "../ui/handles.js";
import { legend, panel, symbol } from "../ui/layout.js";

export const SIZE = 28; // pixels a side, as in MNIST
const LONGEST_ARROW = 0.3; // for the largest possible gradient

/** The centre [x, y] of a pixel [row, column]. */
export const pixelCentre = ([i, j]) => [(j + 0.5) / SIZE, (i + 0.5) / SIZE];

/** The pixel [row, column] at a point. */
const pixelAt = (x, y) => [y, x].map((value) => clamp(Math.floor(SIZE * value), 0, SIZE - 1));

/**
 * {node, hoveredPixel, show(state, measured)}; hoveredPixel is [row, column] under the mouse, or null.
 *
 * Called: moveLines(lines) and choosePixel(pixel) when the reader moves one, hovered() when hoveredPixel changes.
 */
export function heatMap({ moveLines, choosePixel, hovered }) {
  const { node, canvas, svg } = squareView("heat map of the lines, 28 by 28 pixels");
  node.classList.add("vecnb-heat-map");
  const marks = overlay(svg, choosePixel);
  const ends = endpointHandles(svg, moveLines);
  svg.append(marks.arrows);

  const view = {
    node: panel(key(), node),
    hoveredPixel: null,
    show(state, measured) {
      showImage(canvas, renderSoft(state.lines, SIZE, SIZE, state.profile, state.mode), SIZE, SIZE);
      marks.show(state, measured);
      ends.show(state.lines);
    },
  };
  const hover = (pixel) => {
    if (String(pixel) === String(view.hoveredPixel)) return;
    view.hoveredPixel = pixel;
    hovered();
  };
  node.addEventListener("pointermove", (event) => {
    const free = event.pointerType === "mouse" && event.buttons === 0;
    hover(free ? pixelAt(...pointerPosition(svg, event)) : null);
  });
  node.addEventListener("pointerdown", () => hover(null));
  node.addEventListener("pointerleave", () => hover(null));
  node.addEventListener("click", (event) => {
    if (!event.target.closest(".vecnb-handle")) choosePixel(pixelAt(...pointerPosition(svg, event)));
  });
  return view;
}

/** All vector graphics but the end points: {arrows, show}; the arrows belong above the end points. */
function overlay(svg, choosePixel) {
  const path = (name) => svgElement("path", { class: `vecnb-${name}` });
  const lines = [path("casing"), path("line")], distances = [path("distance-casing"), path("distance")];
  const arrowPaths = [path("arrow-casing"), path("arrow")];
  const nearestPoints = path("nearest"), numbers = svgElement("g", { "aria-hidden": "true" });
  const shown = pixelFrame("vecnb-shown-pixel");
  const chosen = handle({
    svg,
    label: "chosen pixel",
    x: 0,
    y: 0,
    step: 1 / SIZE,
    marker: pixelFrame("vecnb-pixel"),
    move: (x, y) => choosePixel(pixelAt(x, y)),
  });
  svg.append(...lines, numbers, ...distances, nearestPoints, shown, chosen.node);
  const setPath = (paths, d) => paths.forEach((one) => one.setAttribute("d", d));
  return {
    arrows: svgElement("g", {}, ...arrowPaths),
    show(state, { x, y, nearest, gradient, steepest, strongest }) {
      setPath(lines, state.lines.map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join(""));
      const contributing = state.mode === "max" ? [nearest[strongest]] : nearest;
      setPath(distances, contributing.map((point) => `M${x} ${y}L${point.x} ${point.y}`).join(""));
      setPath([nearestPoints], contributing.map((point) => `M${point.x} ${point.y}h0`).join(""));
      const scale = LONGEST_ARROW / steepest;
      setPath(arrowPaths, state.lines.map((line, i) => endArrows(line, gradient[i], scale)).join(""));
      numbers.replaceChildren(...state.lines.map(lineNumber));
      shown.setAttribute("transform", `translate(${x} ${y})`);
      chosen.moveTo(...pixelCentre(state.pixel));
    },
  };
}

/** A pixel's border, light outside and dark inside: visible on black and on white. */
function pixelFrame(name) {
  const half = 0.5 / SIZE, box = { x: -half, y: -half, width: 2 * half, height: 2 * half };
  const rect = (name) => svgElement("rect", { ...box, class: name });
  return svgElement("g", {}, rect("vecnb-frame"), rect(name));
}

/** A line's number, beside its start. */
function lineNumber([x1, y1, x2, y2], i) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1, offset = 0.055;
  const x = x1 - offset * (x2 - x1) / length, y = y1 - offset * (y2 - y1) / length;
  return svgElement("text", { x, y, class: "vecnb-number" }, String(i + 1));
}

function key() {
  const path = (name, d) => svgElement("path", { class: `vecnb-${name}`, d });
  const frame = svgElement("rect", { x: 7, y: 3, width: 10, height: 10, class: "vecnb-pixel" });
  return legend([
    [symbol(frame), "a pixel: point at one, or drag it"],
    [symbol(path("distance", "M2 8H20"), path("nearest", "M20 8h0")), "its distance d from s(t*)"],
    [symbol(path("arrow", "M2 8H20M15 4L20 8L15 12")), "where an end must go to darken it"],
  ]);
}
