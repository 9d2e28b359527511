// Soft against hard: the same lines through the soft renderer and the rasteriser, and what lies between.

import { linesOf, numberOf, optionOf } from "./checks.js";
import {
  afterRest,
  button,
  choice,
  digits,
  eachFrame,
  element,
  legend,
  listen,
  LOGARITHMIC,
  mount,
  panel,
  readout,
  row,
  slider,
} from "./controls.js";
import { ends } from "./ends.js";
import { renderSoft } from "./geometry.js";
import { renderHard } from "./raster.js";
import { paint, palette, sheet } from "./sheet.js";

const MNIST = 28; // pixels a side, in which widths are told
const PIXELS = [(width) => MNIST * width, (pixels) => pixels / MNIST]; // how a width lies on its slider
const WIDTHS = { min: 0.5 / MNIST, max: 8 / MNIST }, SHARPNESSES = { min: 10, max: 1000 }; // as in Python
const SIZES = [[28, "28"], [56, "56"], [280, "280"]];
const EDGES = [[false, "aliased"], [true, "antialiased"]];
const SHOWN = 0.5; // the largest difference that is told from others
const NUDGE = 0.001; // of the square's side
const CHANGED = 1e-6; // ink that counts as a change
const REST = 150; // milliseconds
// Less ink in the soft drawing, as much, more: told apart by how light they are, whatever the eye sees of colours.
const LESS_SAME_MORE = palette([[255, 244, 214], [150, 156, 163], [18, 32, 66]]);
const TRAITS = ["lines", "stroke_width", "sharpness", "size", "antialias"];

export default {
  render({ model, el }) {
    return mount(el, "Soft against hard", (root) => build(model, root));
  },
};

function build(model, root) {
  const put = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  const start = read(model);
  const view = sheets((lines) => put({ lines }));
  const { nodes, follow } = controls(put);
  const error = element("p"), nudged = readout();
  const tell = afterRest(REST, () => nudged.textContent = afterNudge(read(model)));
  const draw = () => {
    const state = read(model);
    follow(state);
    const { squared, largest } = view.show(state);
    error.textContent = `Squared difference ${digits(squared, 4)}, largest ${digits(largest, 2)}.`;
    tell();
  };
  const ask = eachFrame(draw);

  draw();
  const leave = listen(model, TRAITS, ask);
  const again = button("Start again", () => {
    put(Object.fromEntries(TRAITS.map((trait) => [trait, start[trait]])));
  });
  const said = element("div", { class: "vecnb-said" }, error, nudged);
  view.node.append(element("div", { class: "vecnb-beside" }, ...nodes, row(again), said));
  root.append(view.node);
  return leave;
}

/** The model's traits, checked. */
function read(model) {
  return {
    lines: linesOf(model),
    stroke_width: numberOf(model, "stroke_width", WIDTHS.min, WIDTHS.max),
    sharpness: numberOf(model, "sharpness", SHARPNESSES.min, SHARPNESSES.max),
    size: optionOf(model, "size", SIZES),
    antialias: optionOf(model, "antialias", EDGES),
  };
}

const soft = ({ lines, stroke_width: width, sharpness, size }) =>
  renderSoft(lines, size, size, { width, sharpness });
const hard = ({ lines, stroke_width: width, size, antialias }) => renderHard(lines, size, width, antialias);

/** Three sheets: soft, with the lines' ends, hard, and the difference. show(state) returns how large that is. */
function sheets(moveLines) {
  const left = sheet("the soft drawing"), right = sheet("the hard raster"), between = sheet("the difference");
  const hands = ends(left.svg, moveLines);
  const rightName = element("span");
  const ramp = element("span", { class: "vecnb-ramp vecnb-less-same-more", "aria-hidden": "true" });
  return {
    node: element(
      "div",
      { class: "vecnb-compare" },
      panel("soft: drag the ends of the lines", left.node),
      panel(rightName, right.node),
      panel(legend([[ramp, "soft minus hard, from \u2212\u00bd to \u00bd"]]), between.node),
    ),
    show(state) {
      const { size } = state;
      const images = [soft(state), hard(state)];
      const difference = images[0].map((ink, i) => ink - images[1][i]);
      paint(left.canvas, images[0], size, size);
      paint(right.canvas, images[1], size, size);
      paint(between.canvas, difference.map(onRamp), size, size, LESS_SAME_MORE);
      rightName.textContent = `hard: ${EDGES.find(([edge]) => edge === state.antialias)[1]}`;
      hands.show(state.lines);
      const squared = difference.reduce((sum, value) => sum + value * value, 0) / difference.length;
      const largest = difference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return { squared, largest };
    },
  };
}

/** A difference of ink as a place on the ramp, 0 to 1. */
function onRamp(value) {
  return Math.min(1, Math.max(0, (1 + value / SHOWN) / 2));
}

/** How many pixels of each drawing notice that the lines have moved a little to the right. */
function afterNudge(state) {
  const moved = {
    ...state,
    lines: state.lines.map(([x1, y1, x2, y2]) => [x1 + NUDGE, y1, x2 + NUDGE, y2]),
  };
  const share = (render) => {
    const before = render(state), after = render(moved);
    const count = before.reduce((sum, ink, i) => sum + (Math.abs(ink - after[i]) > CHANGED), 0);
    return `${digits(100 * count / before.length, 1)}\u00a0%`;
  };
  return `Move the lines right by a thousandth of the sheet, and ${share(soft)} of the soft pixels change, ` +
    `${share(hard)} of the hard ones.`;
}

/** Choices and sliders; follow(state) puts them where the model's traits are. */
function controls(put) {
  const texts = (options) => options.map(([value, text]) => [String(value), text]);
  const size = choice({
    label: "pixels a side",
    options: texts(SIZES),
    change: (value) => put({ size: Number(value) }),
  });
  const antialias = choice({
    label: "hard raster",
    options: texts(EDGES),
    change: (value) => put({ antialias: value === "true" }),
  });
  const width = slider({
    label: "width, MNIST pixels",
    ...WIDTHS,
    step: 0.1,
    value: WIDTHS.min,
    scale: PIXELS,
    format: (value) => digits(MNIST * value, 1),
    change: (value) => put({ stroke_width: value }),
  });
  const sharpness = slider({
    label: "sharpness k (soft)",
    ...SHARPNESSES,
    step: 0.01,
    value: SHARPNESSES.min,
    scale: LOGARITHMIC,
    format: (value) => digits(value, 0),
    change: (value) => put({ sharpness: value }),
  });
  return {
    nodes: [
      size.node,
      antialias.node,
      element("div", { class: "vecnb-settings" }, width.node, sharpness.node),
    ],
    follow(state) {
      size.value = String(state.size);
      antialias.value = String(state.antialias);
      width.value = state.stroke_width;
      sharpness.value = state.sharpness;
    },
  };
}
