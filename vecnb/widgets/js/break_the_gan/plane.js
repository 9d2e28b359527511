// The plane of chapter 4's toy: the field of r in grey, its zero line, both curves, samples, the gradient.
// Convention: the square from −2 to 2.2, y up, is the view's unit square, y down.

import { sigmoid } from "../lib/math.js";
import { normal, uniform } from "../lib/random.js";
import { showImage, squareView } from "../ui/canvas.js";
import { element, svgElement } from "../ui/dom.js";
import { legend, symbol } from "../ui/layout.js";
import { zeroLine } from "./contour.js";
import { onCircle, onPolygon } from "./toy.js";

const LOW = -2, SIDE = 4.2;
const GRID = 36; // values of r along each side: a multiple of 4
const DARKEST = 0.4; // of the field, so that lines stand out
const SAMPLES = 64; // shown of each side
const SAMPLE_SEED = 7;
const ARROW_SCALE = 4; // length of an arrow per gradient
const LONGEST_ARROW = 0.9;

const toX = (x) => (x - LOW) / SIDE;
const toY = (y) => 1 - (y - LOW) / SIDE;
const at = (x, y) => `${toX(x).toFixed(4)} ${toY(y).toFixed(4)}`;
const CIRCLE = `M${at(1, 0)}A${1 / SIDE} ${1 / SIDE} 0 1 0 ${at(-1, 0)}A${1 / SIDE} ${1 / SIDE} 0 1 0 ${
  at(1, 0)
}Z`;

/** Points of the plane at the centres of the grid's cells, row by row from the top. */
const gridPoints = Float64Array.from({ length: 2 * GRID * GRID }, (_, i) => {
  const cell = i >> 1, share = ((i % 2 ? Math.floor(cell / GRID) : cell % GRID) + 0.5) / GRID;
  return i % 2 ? LOW + SIDE * (1 - share) : LOW + SIDE * share;
});

/** {node, draw(toy, noise), drawField(toy)}: the field costs a step of the discriminator, so it is separate. */
export function plane(label) {
  const { node, canvas, svg } = squareView(label);
  node.classList.add("vecnb-plane");
  const names = ["zero", "data", "samples-q", "model", "samples-p", "corners", "arrow"];
  const paths = names.map((name) => [name, svgElement("path", { class: `vecnb-${name}` })]);
  svg.append(...paths.map(([, path]) => path));
  const byName = Object.fromEntries(paths);
  const set = (name, d) => byName[name].setAttribute("d", d);
  set("data", CIRCLE);
  const samples = fixedSamples();
  return {
    node,
    draw(toy, noise) {
      const corners = [...pairs(toy.corners)];
      set("model", `M${corners.map(([x, y]) => at(x, y)).join("L")}Z`);
      set("corners", corners.map(([x, y]) => `M${at(x, y)}h0`).join(""));
      set("samples-q", marks(onCircle(samples.u), samples.q, noise, (x, y) => `M${at(x, y)}h0`));
      set("samples-p", marks(onPolygon(toy.corners, samples.u), samples.p, noise, cross));
      const arrows = corners.map((corner, i) => arrow(corner, toy.gradient.subarray(2 * i, 2 * i + 2)));
      set("arrow", arrows.join(""));
    },
    drawField(toy) {
      const r = toy.discriminator.forward(gridPoints);
      showImage(canvas, r.map((value) => DARKEST * sigmoid(value)), GRID, GRID);
      set("zero", zeroLine(r, GRID).map(([x1, y1, x2, y2]) => `M${x1} ${y1}L${x2} ${y2}`).join(""));
    },
  };
}

/** Fixed positions and noise of the samples that are shown: they move with the curves and do not flicker. */
function fixedSamples() {
  const random = uniform(SAMPLE_SEED), draw = normal(random);
  const noise = () => Float64Array.from({ length: 2 * SAMPLES }, draw);
  return { u: Float64Array.from({ length: SAMPLES }, random), p: noise(), q: noise() };
}

function* pairs(points) {
  for (let i = 0; i < points.length; i += 2) yield [points[i], points[i + 1]];
}

/** A path with a mark at each point, moved by its noise. */
function marks(points, noises, noise, mark) {
  let path = "";
  for (let i = 0; i < points.length; i += 2) {
    path += mark(points[i] + noise * noises[i], points[i + 1] + noise * noises[i + 1]);
  }
  return path;
}

function cross(x, y) {
  const s = 0.045;
  return `M${at(x - s, y - s)}L${at(x + s, y + s)}M${at(x - s, y + s)}L${at(x + s, y - s)}`;
}

/** An arrow from a corner against its gradient; empty if it is too short to be seen. */
function arrow([x, y], [slopeX, slopeY]) {
  const size = Math.hypot(slopeX, slopeY), length = Math.min(LONGEST_ARROW, ARROW_SCALE * size);
  if (length < 0.03) return "";
  const dx = -slopeX / size, dy = -slopeY / size, head = Math.min(0.13, 0.6 * length);
  const tip = [x + length * dx, y + length * dy];
  const barb = (side) => at(tip[0] - head * (dx + side * 0.6 * dy), tip[1] - head * (dy - side * 0.6 * dx));
  return `M${at(x, y)}L${at(...tip)}M${barb(1)}L${at(...tip)}L${barb(-1)}`;
}

/** The legend of the plane. */
export function planeLegend() {
  const path = (name, d) => svgElement("path", { class: `vecnb-${name}`, d });
  const bar = element("span", { class: "vecnb-colour-bar", "aria-hidden": "true" });
  return legend([
    [
      symbol(path("data", "M2 8H22"), path("samples-q", "M7 3h0M16 13h0")),
      "circle and its samples: the data",
    ],
    [
      symbol(path("model", "M2 8H22"), path("samples-p", "M5 1l4 4m0-4l-4 4M14 11l4 4m0-4l-4 4")),
      "polygon and its samples: the model",
    ],
    [bar, "what r believes, light: data, dark: model"],
    [symbol(path("zero", "M2 8H22")), "r = 0: cannot tell"],
    [symbol(path("arrow", "M2 8H20M15 4L20 8L15 12")), "where the loss pulls a corner"],
  ]);
}
