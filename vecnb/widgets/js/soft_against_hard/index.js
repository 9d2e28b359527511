// Soft against hard: the same lines through the soft renderer and the rasteriser, and the difference.

import { renderHard } from "../lib/hard_renderer.js";
import { clamp } from "../lib/math.js";
import { fixed } from "../lib/numbers.js";
import { renderSoft } from "../lib/soft_renderer.js";
import { readLines, readNumber, readOption } from "../lib/validation.js";
import { colourMap, showImage, squareView } from "../ui/canvas.js";
import { button, choice, inPixels, LOGARITHMIC, slider } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { endpointHandles } from "../ui/handles.js";
import { block, legend, liveText, panel, row } from "../ui/layout.js";
import { listen, mount, setTraits } from "../ui/mount.js";
import { debounce, oncePerFrame } from "../ui/timing.js";

const MNIST = 28; // pixels a side, the unit of widths
const SIZES = [[28, "28"], [56, "56"], [280, "280"]];
const EDGES = [[false, "aliased"], [true, "antialiased"]];
const LARGEST_SHOWN = 0.5; // a larger difference has the same colour
const NUDGE = 0.001; // of the square's side
const CHANGED = 1e-6; // a smaller change of an intensity does not count
const DELAY = 150; // milliseconds
// Less ink in the soft drawing, as much, more: their lightness differs, so that every reader can tell them apart.
const DIFFERENCE_COLOURS = colourMap([[255, 244, 214], [150, 156, 163], [18, 32, 66]]);
const TRAITS = ["lines", "stroke_width", "sharpness", "size", "antialias"];

export default {
  render({ model, el }) {
    return mount(el, "Soft against hard", (root) => build(model, root));
  },
};

function build(model, root) {
  const put = (changes) => setTraits(model, changes);
  const start = read(model);
  const view = views((lines) => put({ lines }));
  const { nodes, follow } = controls(model.get("bounds"), put);
  const error = element("p"), nudged = liveText();
  const reportNudge = debounce(DELAY, () => nudged.textContent = changesAfterNudge(read(model)));
  const draw = () => {
    const state = read(model);
    follow(state);
    const { squared, largest } = view.show(state);
    error.textContent = `Squared difference ${fixed(squared, 4)}, largest ${fixed(largest, 2)}.`;
    reportNudge();
  };
  const requestDraw = oncePerFrame(draw);

  draw();
  const unlisten = listen(model, TRAITS, requestDraw);
  const restart = button("Start again", () => {
    put(Object.fromEntries(TRAITS.map((trait) => [trait, start[trait]])));
  });
  const report = block("vecnb-report", error, nudged);
  view.node.append(block("vecnb-control-panel", ...nodes, row(restart), report));
  root.append(view.node);
  return unlisten;
}

/** The model's traits, checked. */
function read(model) {
  const bounds = model.get("bounds");
  return {
    lines: readLines(model),
    stroke_width: readNumber(model, "stroke_width", bounds.stroke_width),
    sharpness: readNumber(model, "sharpness", bounds.sharpness),
    size: readOption(model, "size", SIZES),
    antialias: readOption(model, "antialias", EDGES),
  };
}

const soft = ({ lines, stroke_width: width, sharpness, size }) =>
  renderSoft(lines, size, size, { width, sharpness });
const hard = ({ lines, stroke_width: width, size, antialias }) => renderHard(lines, size, width, antialias);

/** Three images: soft, with the end points of the lines, hard, and the difference, whose size show returns. */
function views(moveLines) {
  const left = squareView("the soft drawing"), right = squareView("the hard raster");
  const difference = squareView("the difference");
  const ends = endpointHandles(left.svg, moveLines);
  const rightName = element("span");
  const bar = element("span", { class: "vecnb-colour-bar vecnb-difference-bar", "aria-hidden": "true" });
  return {
    node: block(
      "vecnb-comparison",
      panel("soft: drag the ends of the lines", left.node),
      panel(rightName, right.node),
      panel(legend([[bar, "soft minus hard, from \u2212\u00bd to \u00bd"]]), difference.node),
    ),
    show(state) {
      const { size } = state, images = [soft(state), hard(state)];
      const differences = images[0].map((value, i) => value - images[1][i]);
      showImage(left.canvas, images[0], size, size);
      showImage(right.canvas, images[1], size, size);
      const onBar = (value) => clamp((1 + value / LARGEST_SHOWN) / 2);
      showImage(difference.canvas, differences.map(onBar), size, size, DIFFERENCE_COLOURS);
      rightName.textContent = `hard: ${EDGES.find(([edge]) => edge === state.antialias)[1]}`;
      ends.show(state.lines);
      const squared = differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
      const largest = differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return { squared, largest };
    },
  };
}

/** How many pixels of each image change when the lines move a little to the right. */
function changesAfterNudge(state) {
  const moved = {
    ...state,
    lines: state.lines.map(([x1, y1, x2, y2]) => [x1 + NUDGE, y1, x2 + NUDGE, y2]),
  };
  const share = (render) => {
    const before = render(state), after = render(moved);
    const count = before.reduce((sum, value, i) => sum + (Math.abs(value - after[i]) > CHANGED), 0);
    return `${fixed(100 * count / before.length, 1)}\u00a0%`;
  };
  return `Move the lines right by a thousandth of the sheet, and ${share(soft)} of the soft pixels change, ` +
    `${share(hard)} of the hard ones.`;
}

/** Choices and sliders; follow(state) sets them to the model's traits. */
function controls(bounds, put) {
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
    bounds: bounds.stroke_width,
    step: 0.1,
    value: bounds.stroke_width[0],
    scale: inPixels(MNIST),
    format: (value) => fixed(MNIST * value, 1),
    change: (value) => put({ stroke_width: value }),
  });
  const sharpness = slider({
    label: "sharpness k (soft)",
    bounds: bounds.sharpness,
    step: 0.01,
    value: bounds.sharpness[0],
    scale: LOGARITHMIC,
    format: (value) => fixed(value, 0),
    change: (value) => put({ sharpness: value }),
  });
  return {
    nodes: [size.node, antialias.node, block("vecnb-settings", width.node, sharpness.node)],
    follow(state) {
      size.value = String(state.size);
      antialias.value = String(state.antialias);
      width.value = state.stroke_width;
      sharpness.value = state.sharpness;
    },
  };
}
