// A drawing pad: strokes drawn by mouse, pen, finger or keys.
// Convention: a stroke is a list of points [x, y] in the unit square, x right, y down.

import { showImage, squareView } from "./canvas.js";
import { element, svgElement } from "./dom.js";
import { drawOn } from "./pen.js";

const STROKE_WIDTH = 0.075;
const EMPTY = new Float32Array(28 * 28);

/**
 * {node, strokes, showImage(image), undo()}.
 *
 * showImage replaces all strokes by an image [784], or by nothing. drawn() is called when a stroke has grown,
 * lifted() when it ends.
 */
export function drawingPad({ drawn, lifted }) {
  const { node, canvas, svg } = squareView("the drawing");
  const group = svgElement("g", { class: "vecnb-pad-strokes", "stroke-width": STROKE_WIDTH });
  const hint = element("span", { class: "vecnb-hint", "aria-hidden": "true" }, "draw here");
  node.append(hint);
  const strokes = [];
  let current = null; // the stroke being drawn, {points, path}

  const pen = {
    get down() {
      return current !== null;
    },
    begin(point) {
      if (strokes.length === 0) showImage(canvas, EMPTY, 28, 28);
      hint.remove();
      current = { points: [], path: svgElement("path") };
      strokes.push(current.points);
      group.append(current.path);
      pen.extend([point]);
    },
    extend(points) {
      current.points.push(...points);
      const path = current.points.map((point) => point.map((value) => value.toFixed(4)).join(" ")).join("L");
      current.path.setAttribute("d", `M${path}h0`);
      drawn();
    },
    end() {
      current = null;
      lifted();
    },
  };
  svg.append(group, drawOn(node, STROKE_WIDTH, pen));
  return {
    node,
    strokes,
    showImage(image) {
      strokes.length = 0;
      group.replaceChildren();
      showImage(canvas, image ?? EMPTY, 28, 28);
    },
    undo() {
      strokes.pop();
      group.lastChild?.remove();
    },
  };
}
