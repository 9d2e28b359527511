// The plane of chapter 4's toy, seen: the grey field of r, its zero line, both curves, samples, the corners' pull.
// Convention: the plane's square from −2 to 2.2, y up, is the sheet's unit square, y down.

import { element, legend, sign, svgElement } from "./controls.js";
import { zeroLine } from "./contour.js";
import { normal, uniform } from "./random.js";
import { paint, sheet } from "./sheet.js";
import { sigmoid } from "./sigmoid.js";
import { onCircle, onPolygon } from "./toy.js";

const LOW = -2, SIDE = 4.2;
const GRID = 36; // values of r along each side: a multiple of 4
const DARKEST = 0.4; // of the field, so that ink is seen upon it
const SHOWN = 64; // samples of each side
const PULL = 4; // an arrow is so many times as long as the gradient
const LONGEST = 0.9;
const SEED_OF_SHOWN = 7;

const across = (x) => (x - LOW) / SIDE;
const down = (y) => 1 - (y - LOW) / SIDE;
const at = (x, y) => `${across(x).toFixed(4)} ${down(y).toFixed(4)}`;

/** Points of the plane at the centres of a grid's cells, row by row from the top. */
const gridPoints = Float64Array.from({ length: 2 * GRID * GRID }, (_, i) => {
  const cell = i >> 1, share = ((i % 2 ? Math.floor(cell / GRID) : cell % GRID) + 0.5) / GRID;
  return i % 2 ? LOW + SIDE * (1 - share) : LOW + SIDE * share;
});

/** {node, draw(toy, noise), drawField(toy)}: the field costs as much as a step of r, so it is drawn less often. */
export function plane(label) {
  const { node, canvas, svg } = sheet(label);
  node.classList.add("vecnb-plane");
  const parts = Object.fromEntries(
    ["zero", "data", "samples-q", "model", "samples-p", "corners", "pull"].map((name) => {
      return [name, svgElement("path", { class: `vecnb-${name}` })];
    }),
  );
  svg.append(...Object.values(parts));
  const set = (name, d) => parts[name].setAttribute("d", d);
  set(
    "data",
    `M${at(1, 0)}A${1 / SIDE} ${1 / SIDE} 0 1 0 ${at(-1, 0)}A${1 / SIDE} ${1 / SIDE} 0 1 0 ${at(1, 0)}Z`,
  );
  const shown = fixedSamples();
  return {
    node,
    draw(toy, noise) {
      const corners = [...pairs(toy.corners)];
      set("model", `M${corners.map(([x, y]) => at(x, y)).join("L")}Z`);
      set("corners", corners.map(([x, y]) => `M${at(x, y)}h0`).join(""));
      set("samples-q", each(onCircle(shown.u), shown.q, noise, (x, y) => `M${at(x, y)}h0`));
      set("samples-p", each(onPolygon(toy.corners, shown.u), shown.p, noise, cross));
      set(
        "pull",
        corners.map((corner, i) => arrow(corner, toy.gradient.subarray(2 * i, 2 * i + 2))).join(""),
      );
    },
    drawField(toy) {
      const r = toy.ratio.at(gridPoints);
      paint(canvas, r.map((value) => DARKEST * sigmoid(value)), GRID, GRID);
      set("zero", zeroLine(r, GRID).map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join(""));
    },
  };
}

/** The samples to show: always at the same positions with the same noise, so that they move and never flicker. */
function fixedSamples() {
  const random = uniform(SEED_OF_SHOWN), draw = normal(random);
  const noise = () => Float64Array.from({ length: 2 * SHOWN }, draw);
  return { u: Float64Array.from({ length: SHOWN }, random), p: noise(), q: noise() };
}

function* pairs(points) {
  for (let i = 0; i < points.length; i += 2) yield [points[i], points[i + 1]];
}

function each(points, noises, noise, draw) {
  let text = "";
  for (let i = 0; i < points.length; i += 2) {
    text += draw(points[i] + noise * noises[i], points[i + 1] + noise * noises[i + 1]);
  }
  return text;
}

function cross(x, y) {
  const s = 0.045;
  return `M${at(x - s, y - s)}L${at(x + s, y + s)}M${at(x - s, y + s)}L${at(x + s, y - s)}`;
}

/** An arrow from a corner against its gradient; none where it would not be seen. */
function arrow([x, y], [slopeX, slopeY]) {
  const size = Math.hypot(slopeX, slopeY), length = Math.min(LONGEST, PULL * size);
  if (length < 0.03) return "";
  const dx = -slopeX / size, dy = -slopeY / size, head = Math.min(0.13, 0.6 * length);
  const tip = [x + length * dx, y + length * dy];
  const barb = (side) => at(tip[0] - head * (dx + side * 0.6 * dy), tip[1] - head * (dy - side * 0.6 * dx));
  return `M${at(x, y)}L${at(...tip)}M${barb(1)}L${at(...tip)}L${barb(-1)}`;
}

/** What is what on the plane. */
export function key() {
  const path = (name, d) => svgElement("path", { class: `vecnb-${name}`, d });
  const grey = element("span", { class: "vecnb-ramp", "aria-hidden": "true" });
  return legend([
    [sign(path("data", "M2 8H22"), path("samples-q", "M7 3h0M16 13h0")), "circle and its samples: the data"],
    [
      sign(path("model", "M2 8H22"), path("samples-p", "M5 1l4 4m0-4l-4 4M14 11l4 4m0-4l-4 4")),
      "polygon and its samples: the model",
    ],
    [grey, "what r believes, light: data, dark: model"],
    [sign(path("zero", "M2 8H22")), "r = 0: cannot tell"],
    [sign(path("pull", "M2 8H20M15 4L20 8L15 12")), "where the loss pulls a corner"],
  ]);
}
