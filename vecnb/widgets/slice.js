// A plane through the space of codes: a map of small drawings, and a point upon it that is the code.
// Convention: numbers from −3.5 to 3.5, the first across, the second up, on a sheet's unit square, y down.

import { digits, element, guarded, svgElement } from "./controls.js";
import { pen } from "./drawing.js";
import { decode, onPlane } from "./latent.js";
import { handle, place, sheet } from "./sheet.js";

const REACH = 3.5; // the codes of the digits, and 999 of 1,000 of the prior's numbers, lie within
const CELLS = 7; // along each side: a drawing at every whole number
const BUDGET = 5; // milliseconds of a frame's 16 for the map
const SMALL = 0.92; // of its cell

const onSheet = (value) => (value / REACH + 1) / 2;
const offSheet = (share) => REACH * (2 * share - 1);
const clamp = (share) => Math.min(1, Math.max(0, share));

/**
 * {node, renew(), draw(model, z, axes), mark(z, axes)}; move(x, y) is told which numbers the reader wants.
 *
 * The map takes several frames: renew() says that all of it is old, draw() goes on with it for a few milliseconds
 * and returns whether there is more to draw.
 */
export function slice(move) {
  const { node, canvas, svg } = sheet(
    "a plane through the space of codes, with a drawing at every whole number",
  );
  canvas.remove();
  const cells = Array.from({ length: CELLS * CELLS }, () => pen());
  const map = svgElement("g", { class: "vecnb-map", "aria-hidden": "true" });
  cells.forEach(({ node: cell }, at) => {
    const x = (at % CELLS + (1 - SMALL) / 2) / CELLS, y = (Math.floor(at / CELLS) + (1 - SMALL) / 2) / CELLS;
    cell.setAttribute("transform", `translate(${x} ${y}) scale(${SMALL / CELLS})`);
    map.append(cell);
  });
  let next = 0, left = cells.length;
  const cross = svgElement("path", { class: "vecnb-cross", "aria-hidden": "true" });
  const wanted = guarded((x, y) => move(offSheet(x), -offSheet(y)));
  const spot = handle({ svg, label: "the code, on the plane", x: 0.5, y: 0.5, move: wanted });
  svg.append(map, cross, spot.node);
  svg.addEventListener("click", (event) => {
    if (!spot.node.contains(event.target)) wanted(...place(svg, event).map(clamp));
  });
  return {
    node: element("div", { class: "vecnb-slice" }, node, ticks()),
    renew() {
      left = cells.length;
    },
    draw(model, z, axes) {
      const until = performance.now() + BUDGET;
      while (left > 0) {
        const x = offSheet((next % CELLS + 0.5) / CELLS);
        const y = -offSheet((Math.floor(next / CELLS) + 0.5) / CELLS);
        cells[next].show(decode(model, onPlane(z, axes, x, y)));
        next = (next + 1) % cells.length;
        left -= 1;
        if (performance.now() > until) break;
      }
      return left > 0;
    },
    mark(z, [i, j]) {
      const x = clamp(onSheet(z[i])), y = clamp(onSheet(-z[j]));
      spot.at(x, y);
      const said = `number ${i}: ${digits(z[i], 2)}, number ${j}: ${digits(z[j], 2)}`;
      spot.node.setAttribute("aria-valuetext", said);
      cross.setAttribute("d", `M${x} 0V1M0 ${y}H1`);
    },
  };
}

/** The whole numbers below the map and at its side. */
function ticks() {
  const numbers = Array.from({ length: CELLS }, (_, k) => digits(k - (CELLS - 1) / 2, 0));
  const list = (name, texts) =>
    element("div", { class: name, "aria-hidden": "true" }, ...texts.map((text) => element("span", {}, text)));
  const both = document.createDocumentFragment();
  both.append(list("vecnb-across", numbers), list("vecnb-up", [...numbers].reverse()));
  return both;
}
