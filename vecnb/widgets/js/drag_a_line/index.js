// Drag a line: distance, presence and gradient of chapter 2 for lines that the reader moves.

import { fixed } from "../lib/numbers.js";
import { intensityGradient, nearestPoint, presence } from "../lib/soft_renderer.js";
import { readIndices, readLines, readNumber, readOption } from "../lib/validation.js";
import { button, choice, inPixels, LOGARITHMIC, slider } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { block, columns, row } from "../ui/layout.js";
import { listen, mount, setTraits } from "../ui/mount.js";
import { oncePerFrame } from "../ui/timing.js";
import { heatMap, pixelCentre, SIZE } from "./heat_map.js";
import { readings } from "./readings.js";

const PRESENCES = [["gaussian", "bell (thesis)"], ["sigmoid", "edge (ours)"]];
const MODES = [["max", "max"], ["soft_or", "soft or"]];
const threeDigits = (value) => String(Number(value.toPrecision(3)));

const SLIDERS = {
  alpha: { label: "α", presence: "gaussian", step: 0.01, scale: LOGARITHMIC, format: threeDigits },
  stroke_width: {
    label: "width, pixels",
    presence: "sigmoid",
    step: 0.1,
    scale: inPixels(SIZE),
    format: (width) => fixed(SIZE * width, 1),
  },
  sharpness: {
    label: "sharpness, k",
    presence: "sigmoid",
    step: 0.01,
    scale: LOGARITHMIC,
    format: threeDigits,
  },
};
const TRAITS = ["lines", "presence", "mode", "pixel", ...Object.keys(SLIDERS)];

export default {
  render({ model, el }) {
    return mount(el, "Drag a line", (root) => build(model, root));
  },
};

function build(model, root) {
  const put = (changes) => setTraits(model, changes);
  const start = read(model);
  const map = heatMap({
    moveLines: (lines) => put({ lines }),
    choosePixel: (pixel) => put({ pixel }),
    hovered: () => requestDraw(),
  });
  const numbers = readings();
  const { node: settings, follow } = controls(model.get("bounds"), put);
  const draw = () => {
    const state = read(model);
    follow(state);
    const measured = measure(state, map.hoveredPixel ?? state.pixel);
    map.show(state, measured);
    numbers.show(state, measured, MODES.find(([value]) => value === state.mode)[1]);
  };
  const requestDraw = oncePerFrame(draw);

  draw();
  const unlisten = listen(model, TRAITS, requestDraw);
  const restart = button("Start again", () => {
    put(Object.fromEntries(TRAITS.map((trait) => [trait, start[trait]])));
  });
  root.append(columns(element("div", {}, map.node, settings, row(restart)), numbers.node));
  return unlisten;
}

/** The model's traits, checked, and the edge profile that they make. */
function read(model) {
  const presence = readOption(model, "presence", PRESENCES), bounds = model.get("bounds");
  const state = { lines: readLines(model), presence, mode: readOption(model, "mode", MODES) };
  for (const trait of Object.keys(SLIDERS)) state[trait] = readNumber(model, trait, bounds[trait]);
  state.pixel = readIndices(model, "pixel", 2, SIZE);
  const { alpha, stroke_width: width, sharpness } = state;
  return { ...state, profile: presence === "gaussian" ? { alpha } : { width, sharpness } };
}

/** Of one pixel: the nearest point of each line, the presences, the intensity and its gradient. */
function measure({ lines, profile, mode }, pixel) {
  const [x, y] = pixelCentre(pixel);
  const nearest = lines.map((line) => nearestPoint(line, x, y));
  const presences = nearest.map(({ distance2 }, i) => presence(distance2, profile, i));
  const { intensity, gradient } = intensityGradient(lines, x, y, profile, mode);
  const { alpha, sharpness } = profile;
  // The largest slope of a presence in the distance.
  const steepest = alpha === undefined ? sharpness / 4 : Math.sqrt(2 * alpha / Math.E);
  const strongest = presences.indexOf(Math.max(...presences));
  return { pixel, x, y, nearest, presences, intensity, gradient, steepest, strongest };
}

/** Both choices and the sliders; follow(state) sets them to the model's traits. */
function controls(bounds, put) {
  const presence = choice({
    label: "presence",
    options: PRESENCES,
    change: (value) => put({ presence: value }),
  });
  const mode = choice({ label: "composition", options: MODES, change: (value) => put({ mode: value }) });
  const sliders = Object.entries(SLIDERS).map(([trait, { presence, ...settings }]) => {
    const control = slider({
      ...settings,
      bounds: bounds[trait],
      value: bounds[trait][0],
      change: (value) => put({ [trait]: value }),
    });
    return { trait, presence, control, node: element("fieldset", { class: "vecnb-group" }, control.node) };
  });
  return {
    node: block("vecnb-settings", presence.node, mode.node, ...sliders.map(({ node }) => node)),
    follow(state) {
      presence.value = state.presence;
      mode.value = state.mode;
      for (const { trait, presence, control, node } of sliders) {
        control.value = state[trait];
        node.disabled = presence !== state.presence;
      }
    },
  };
}
