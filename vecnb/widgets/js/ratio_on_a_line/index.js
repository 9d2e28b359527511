// A ratio on a line: two densities that the reader moves, and what the best discriminator makes of them.

import { clamp } from "../lib/math.js";
import { brief, fixed, percent } from "../lib/numbers.js";
import { readNumber, readOption } from "../lib/validation.js";
import { chart } from "../ui/chart.js";
import { choice, slider } from "../ui/controls.js";
import { element, svgElement } from "../ui/dom.js";
import { block, columns, legend, panel, symbol, table } from "../ui/layout.js";
import { listen, mount, setTraits } from "../ui/mount.js";
import { oncePerFrame } from "../ui/timing.js";
import { discriminator, logRatio } from "./densities.js";
import { densityPlot, LENGTH, LOW, share, xs } from "./plot.js";

const LIMIT = 10; // nats: where the curve of r is cut off
const PARTED = 0.995, ALIKE = 0.55; // accuracies
const SHAPES = [["gaussian", "bells"], ["uniform", "boxes"]];
const decimals = (value) => fixed(value, 2);
const SLIDERS = {
  noise: { label: "noise on both", step: 0.02, format: decimals },
  p_width: { label: "width of the model", step: 0.02, format: decimals },
  q_width: { label: "width of the data", step: 0.02, format: decimals },
};
const CENTRES = { p: "p_centre", q: "q_centre" };
const PRESETS = {
  overlap: {
    name: "Overlap",
    traits: { shape: "gaussian", p_centre: 1, q_centre: -0.5, p_width: 0.8, q_width: 0.8, noise: 0 },
  },
  parted: {
    name: "Parted",
    traits: { shape: "uniform", p_centre: 2, q_centre: -1, p_width: 0.4, q_width: 0.6, noise: 0 },
  },
  noise: {
    name: "Parted, with noise",
    traits: { shape: "uniform", p_centre: 2, q_centre: -1, p_width: 0.4, q_width: 0.6, noise: 1 },
  },
};
const TRAITS = ["shape", ...Object.values(CENTRES), ...Object.keys(SLIDERS)];

export default {
  render({ model, el }) {
    return mount(el, "A ratio on a line", (root) => build(model, root));
  },
};

function build(model, root) {
  const put = (changes) => setTraits(model, changes);
  const plot = densityPlot((name, centre) => {
    const trait = CENTRES[name];
    put({ [trait]: clamp(centre, ...model.get("bounds")[trait]) });
  });
  const ratio = chart({
    label: "r* = ln p/q, and its value at the model",
    low: -LIMIT,
    high: LIMIT,
    write: cut,
  });
  const numbers = table("what the best discriminator achieves", ["of the best r", "", "at most"]);
  const words = element("p", { class: "vecnb-note", "aria-live": "polite" });
  const { nodes, follow } = controls(model, put);
  const draw = () => {
    const state = read(model), found = discriminator(state);
    follow();
    plot.show(state);
    showRatio(ratio, state);
    numbers.fill([
      ["accuracy", percent(found.accuracy), percent(1)],
      ["Jensen-Shannon, nats", decimals(found.js), decimals(Math.LN2)],
      ["mean of r at the model", Number.isFinite(found.divergence) ? brief(found.divergence) : "∞", "∞"],
      ["slope of minimax, there", brief(found.minimax), "1"],
      ["slope of non-saturating", brief(found.nonSaturating), "1"],
    ]);
    const text = explain(state, found);
    if (words.textContent !== text) words.textContent = text; // a screen reader reads every change
  };
  draw();
  root.classList.add("vecnb-touch", "vecnb-ratio");
  root.append(
    nodes.presets,
    columns(
      element("div", {}, panel(key(), plot.node), ratio.node),
      element("div", {}, block("vecnb-settings", nodes.shape, ...nodes.sliders), numbers.node, words),
    ),
  );
  return listen(model, TRAITS, oncePerFrame(draw));
}

/** The model's traits, checked. */
function read(model) {
  const bounds = model.get("bounds"), number = (trait) => readNumber(model, trait, bounds[trait]);
  const density = (name) => ({ centre: number(`${name}_centre`), width: number(`${name}_width`) });
  return {
    shape: readOption(model, "shape", SHAPES),
    noise: number("noise"),
    p: density("p"),
    q: density("q"),
  };
}

/** A value of r, which the chart shows up to its limit. */
function cut(value) {
  if (value >= LIMIT) return `≥ ${LIMIT}`;
  return value <= -LIMIT ? `≤ \u2212${LIMIT}` : fixed(value, 1);
}

function showRatio(chart, state) {
  const limited = (x) => clamp(logRatio(x, state), -LIMIT, LIMIT); // NaN stays NaN
  const values = xs.map((x) => limited(x));
  chart.draw(xs.map(share), values);
  chart.mark(share(state.p.centre), limited(state.p.centre));
  chart.labelAxis([fixed(LOW, 0), "x", fixed(LOW + LENGTH, 0)]);
}

/** What is to be seen, in words that change only when the situation does. */
function explain({ shape, noise }, { accuracy }) {
  if (accuracy >= PARTED) {
    return "They have nothing in common: a perfect classifier exists, r runs off to both sides, and the minimax " +
      "loss has no slope left where the model is. Add noise, and watch that slope.";
  }
  if (shape === "uniform" && noise === 0) {
    return "Where only one of them lives r is infinite, where both do it is constant: nowhere does it say which way.";
  }
  if (accuracy <= ALIKE) return "Hardly to be told apart: r is nearly 0, and has little left to teach.";
  return "They overlap: r is finite, and falls from the model to the data. That slope is what a generator follows.";
}

function key() {
  const area = (name) =>
    svgElement("path", { class: `vecnb-density vecnb-density-${name}`, d: "M2 14Q8 14 12 3Q16 14 22 14Z" });
  return legend([
    [symbol(area("q")), "q, the data: drag its dot"],
    [symbol(area("p")), "p, the model: drag its dot"],
  ]);
}

/** {nodes {presets, shape, sliders}, follow()}; follow sets the controls to the model's traits. */
function controls(model, put) {
  const bounds = model.get("bounds");
  const sliders = Object.entries(SLIDERS).map(([trait, settings]) => {
    const change = (value) => put({ [trait]: value });
    return [trait, slider({ ...settings, bounds: bounds[trait], value: model.get(trait), change })];
  });
  const shape = choice({ label: "shape", options: SHAPES, change: (value) => put({ shape: value }) });
  const preset = choice({
    label: "Try",
    options: Object.entries(PRESETS).map(([key, { name }]) => [key, name]),
    change: (key) => put(PRESETS[key].traits),
  });
  return {
    nodes: { presets: preset.node, shape: shape.node, sliders: sliders.map(([, { node }]) => node) },
    follow() {
      for (const [trait, control] of sliders) control.value = model.get(trait);
      shape.value = model.get("shape");
      preset.value = Object.entries(PRESETS).find(([, { traits }]) =>
        Object.entries(traits).every(([trait, value]) => model.get(trait) === value)
      )?.[0];
    },
  };
}
