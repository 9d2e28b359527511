// The view of "Watch gradient descent draw": the picture in grey, the lines above it, and what pulls their ends.

import { endArrows } from "../ui/arrows.js";
import { showImage, squareView } from "../ui/canvas.js";
import { svgElement } from "../ui/dom.js";
import { strokeGroup } from "../ui/drawings.js";
import { endpointHandles } from "../ui/handles.js";
import { legend, panel, symbol } from "../ui/layout.js";
import { linesOf } from "./starts.js";

const ARROW_SCALE = 1; // unit-square lengths for a gradient of 1
const LONGEST_ARROW = 0.25;

/** {node, show(descent)}; moveLines(lines) gets the lines when the reader drags an end. */
export function descentView(moveLines) {
  const { node, canvas, svg } = squareView("the picture, and the lines that are to draw it");
  node.classList.add("vecnb-descent-view");
  const strokes = strokeGroup();
  svg.append(strokes.node);
  const ends = endpointHandles(svg, moveLines);
  const arrows = ["arrow-casing", "arrow"].map((name) => svgElement("path", { class: `vecnb-${name}` }));
  svg.append(...arrows);
  return {
    node: panel(key(), node),
    show({ drawing, gradient, target }) {
      showImage(canvas, target, 28, 28);
      strokes.show(drawing);
      const lines = linesOf(drawing), pulls = linesOf(gradient);
      ends.show(lines);
      const path = lines.map((line, i) => endArrows(line, pulls[i], -ARROW_SCALE, LONGEST_ARROW)).join("");
      arrows.forEach((arrow) => arrow.setAttribute("d", path));
    },
  };
}

function key() {
  const path = (name, d) => svgElement("path", { class: `vecnb-${name}`, d });
  return legend([
    [symbol(path("line-symbol", "M3 8H21")), "a line; if it is stuck, drag an end"],
    [symbol(path("arrow", "M2 8H20M15 4L20 8L15 12")), "how the error pulls: its gradient, reversed"],
  ]);
}
