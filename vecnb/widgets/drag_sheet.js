// The sheet of "Drag a line": the heat map, the lines and their ends, one pixel, its distances and its pull.

import { legend, panel, sign, svgElement } from "./controls.js";
import { ends } from "./ends.js";
import { renderSoft } from "./geometry.js";
import { arrowPath, handle, paint, place, sheet } from "./sheet.js";

export const SIZE = 28; // pixels a side, as in MNIST
const LONGEST = 0.3; // an arrow, where no pixel could pull harder

/** Where a pixel, [row, column], has its centre, [x, y]. */
export const centre = ([i, j]) => [(j + 0.5) / SIZE, (i + 0.5) / SIZE];

/**
 * {node, hovered, show(state, found)}: `hovered` is the pixel under a free mouse, or null.
 *
 * moveLines(lines) and choose(pixel) are told what the reader's hands want, ask() that another pixel is hovered.
 */
export function drawing(moveLines, choose, ask) {
  const { node, canvas, svg } = sheet("heat map of the lines, 28 by 28 pixels");
  node.classList.add("vecnb-drawing");
  const names = ["casing", "line", "gap-casing", "gap", "foot", "pull-casing", "pull"];
  const parts = Object.fromEntries(
    names.map((name) => [name, svgElement("path", { class: `vecnb-${name}` })]),
  );
  const looked = pixelFrame("vecnb-looked"), labels = svgElement("g", { "aria-hidden": "true" });
  const pixelAt = (x, y) => [y, x].map((value) => Math.min(SIZE - 1, Math.max(0, Math.floor(SIZE * value))));
  const pixel = handle({
    svg,
    label: "chosen pixel",
    x: 0,
    y: 0,
    step: 1 / SIZE,
    spot: pixelFrame("vecnb-pixel"),
    move: (x, y) => choose(pixelAt(x, y)),
  });
  const { casing, line, gap, foot, pull } = parts;
  svg.append(casing, line, labels, parts["gap-casing"], gap, foot, looked, pixel.node);
  const hands = ends(svg, moveLines);
  svg.append(parts["pull-casing"], pull);

  const self = {
    node: panel(key(), node),
    hovered: null,
    show(state, found) {
      paint(canvas, renderSoft(state.lines, SIZE, SIZE, state.pen, state.mode), SIZE, SIZE);
      const path = state.lines.map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join("");
      [casing, line].forEach((part) => part.setAttribute("d", path));
      const gaps = found.feet.map(({ x, y }) => `M${found.x} ${found.y}L${x} ${y}`);
      const seen = state.mode === "max" ? [found.first] : gaps.map((_, i) => i);
      [parts["gap-casing"], gap].forEach((part) => part.setAttribute("d", seen.map((i) => gaps[i]).join("")));
      foot.setAttribute("d", seen.map((i) => `M${found.feet[i].x} ${found.feet[i].y}h0`).join(""));
      const arrows = state.lines.map((line, i) => pulls(line, found.gradient[i], LONGEST / found.steepest));
      [parts["pull-casing"], pull].forEach((part) => part.setAttribute("d", arrows.join("")));
      labels.replaceChildren(...state.lines.map(label));
      looked.setAttribute("transform", `translate(${found.x} ${found.y})`);
      pixel.at(...centre(state.pixel));
      hands.show(state.lines);
    },
  };
  const hover = (to) => {
    if (String(to) === String(self.hovered)) return;
    self.hovered = to;
    ask();
  };
  node.addEventListener("pointermove", (event) => {
    const free = event.pointerType === "mouse" && event.buttons === 0;
    hover(free ? pixelAt(...place(svg, event)) : null);
  });
  node.addEventListener("pointerdown", () => hover(null));
  node.addEventListener("pointerleave", () => hover(null));
  node.addEventListener("click", (event) => {
    if (!event.target.closest(".vecnb-handle")) choose(pixelAt(...place(svg, event)));
  });
  return self;
}

/** A pixel's border, light outside and dark inside, so that it is seen on any ground. */
function pixelFrame(name) {
  const half = 0.5 / SIZE, place = { x: -half, y: -half, width: 2 * half, height: 2 * half };
  const rect = (part) => svgElement("rect", { ...place, class: part });
  return svgElement("g", {}, rect("vecnb-frame"), rect(name));
}

/** Both ends' arrows along the gradient of the ink. */
function pulls([x1, y1, x2, y2], [gx1, gy1, gx2, gy2], scale) {
  return arrowPath(x1, y1, scale * gx1, scale * gy1) + arrowPath(x2, y2, scale * gx2, scale * gy2);
}

/** A line's number, beside its start. */
function label([x1, y1, x2, y2], i) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1, off = 0.055;
  const x = x1 - off * (x2 - x1) / length, y = y1 - off * (y2 - y1) / length;
  return svgElement("text", { x, y, class: "vecnb-number" }, String(i + 1));
}

/** What is what on the sheet. */
function key() {
  const path = (name, d) => svgElement("path", { class: `vecnb-${name}`, d });
  const frame = svgElement("rect", { x: 7, y: 3, width: 10, height: 10, class: "vecnb-pixel" });
  return legend([
    [sign(frame), "a pixel: point at one, or drag it"],
    [sign(path("gap", "M2 8H20"), path("foot", "M20 8h0")), "its distance d from s(t*)"],
    [sign(path("pull", "M2 8H20M15 4L20 8L15 12")), "where an end must go to darken it"],
  ]);
}
