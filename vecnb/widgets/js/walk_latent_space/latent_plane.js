// A plane through the latent space: a map of small drawings, and a handle at the code.
// Convention: values from −3.5 to 3.5, the first across, the second up, on the view's unit square, y down.

import { clamp } from "../lib/math.js";
import { fixed } from "../lib/numbers.js";
import { pointerPosition, squareView } from "../ui/canvas.js";
import { element, svgElement } from "../ui/dom.js";
import { strokeGroup } from "../ui/drawings.js";
import { handle } from "../ui/handles.js";
import { block } from "../ui/layout.js";
import { guarded } from "../ui/mount.js";
import { decode, onPlane } from "./latent.js";

const REACH = 3.5; // contains the codes of the digits, and 999 of 1,000 of the prior's values
const CELLS = 7; // along each side: a drawing at every integer
const FRAME_BUDGET = 5; // milliseconds of a frame's 16 for the map
const CELL_SCALE = 0.92;

const toView = (value) => (value / REACH + 1) / 2;
const fromView = (share) => REACH * (2 * share - 1);

/**
 * {node, invalidate(), draw(model, z, axes), mark(z, axes)}; move(x, y) is called with the values asked for.
 *
 * The map takes several frames: invalidate marks all cells as outdated, draw updates some of them for a few
 * milliseconds and returns whether any are left.
 */
export function latentPlane(move) {
  const { node, canvas, svg } = squareView(
    "a plane through the space of codes, with a drawing at every whole number",
  );
  canvas.remove();
  const cells = Array.from({ length: CELLS * CELLS }, () => strokeGroup());
  const cross = svgElement("path", { class: "vecnb-cross", "aria-hidden": "true" });
  const moveTo = guarded((x, y) => move(fromView(x), -fromView(y)));
  const marker = handle({ svg, label: "the code, on the plane", x: 0.5, y: 0.5, move: moveTo });
  svg.append(mapOf(cells), cross, marker.node);
  svg.addEventListener("click", (event) => {
    if (!marker.node.contains(event.target)) {
      moveTo(...pointerPosition(svg, event).map((value) => clamp(value)));
    }
  });
  let next = 0, outdated = cells.length;
  return {
    node: block("vecnb-latent-plane", node, ...axisNumbers()),
    invalidate() {
      outdated = cells.length;
    },
    draw(model, z, axes) {
      const until = performance.now() + FRAME_BUDGET;
      while (outdated > 0) {
        const x = fromView((next % CELLS + 0.5) / CELLS);
        const y = -fromView((Math.floor(next / CELLS) + 0.5) / CELLS);
        cells[next].show(decode(model, onPlane(z, axes, x, y)));
        next = (next + 1) % cells.length;
        outdated -= 1;
        if (performance.now() > until) break;
      }
      return outdated > 0;
    },
    mark(z, [i, j]) {
      const x = clamp(toView(z[i])), y = clamp(toView(-z[j]));
      marker.moveTo(x, y);
      const text = `number ${i}: ${fixed(z[i], 2)}, number ${j}: ${fixed(z[j], 2)}`;
      marker.node.setAttribute("aria-valuetext", text);
      cross.setAttribute("d", `M${x} 0V1M0 ${y}H1`);
    },
  };
}

/** The cells in their places. */
function mapOf(cells) {
  const margin = (1 - CELL_SCALE) / 2;
  cells.forEach(({ node }, i) => {
    const x = (i % CELLS + margin) / CELLS, y = (Math.floor(i / CELLS) + margin) / CELLS;
    node.setAttribute("transform", `translate(${x} ${y}) scale(${CELL_SCALE / CELLS})`);
  });
  return svgElement(
    "g",
    { class: "vecnb-map", "aria-hidden": "true" },
    ...cells.map(({ node }) => node),
  );
}

/** The integers below the map and at its side. */
function axisNumbers() {
  const numbers = Array.from({ length: CELLS }, (_, k) => fixed(k - (CELLS - 1) / 2, 0));
  const list = (name, texts) =>
    element("div", { class: name, "aria-hidden": "true" }, ...texts.map((text) => element("span", {}, text)));
  return [list("vecnb-across", numbers), list("vecnb-up", [...numbers].reverse())];
}
