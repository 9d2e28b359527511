// Drag a line: distance, presence and gradient of chapter 2, under the reader's hands.

import { indicesOf, linesOf, numberOf, optionOf } from "./checks.js";
import {
  button,
  choice,
  digits,
  eachFrame,
  element,
  listen,
  LOGARITHMIC,
  mount,
  row,
  slider,
  table,
} from "./controls.js";
import { brief, chart } from "./curves.js";
import { centre, drawing, SIZE } from "./drag_sheet.js";
import { inkGradient, nearest, presence } from "./geometry.js";

const FAINT = 0.02; // of the hardest pull: hardly felt
const FURTHEST = 0.5, HIGHEST = 0.6; // ends of the charts' axes: d, and γ²
const POINTS = 121; // of a curve
const NOTHING = 1e-9; // what is smaller needs no digits

const PRESENCES = [["bell", "bell (thesis)"], ["edge", "edge (ours)"]];
const MODES = [["max", "max"], ["soft_or", "soft or"]];
const TRAITS = ["lines", "presence", "alpha", "stroke_width", "sharpness", "mode", "pixel"];

const PIXELS = [(width) => SIZE * width, (pixels) => pixels / SIZE]; // how a width lies on its slider
const three = (value) => String(Number(value.toPrecision(3)));

// trait, its name, the presence it belongs to, its ends as in Python, the slider's step and scale, how it is written.
const SLIDERS = [
  ["alpha", "α", "bell", 1, 1e4, 0.01, LOGARITHMIC, three],
  [
    "stroke_width",
    "width, pixels",
    "edge",
    0.5 / SIZE,
    8 / SIZE,
    0.1,
    PIXELS,
    (width) => digits(SIZE * width, 1),
  ],
  ["sharpness", "sharpness, k", "edge", 10, 1000, 0.01, LOGARITHMIC, three],
];

export default {
  render({ model, el }) {
    return mount(el, "Drag a line", (root) => build(model, root));
  },
};

function build(model, root) {
  const put = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  const start = read(model);
  const paper = drawing((lines) => put({ lines }), (pixel) => put({ pixel }), () => ask());
  const numbers = readings();
  const { node: settings, follow } = controls(put);
  const draw = () => {
    const state = read(model);
    follow(state);
    const found = look(state, paper.hovered ?? state.pixel);
    paper.show(state, found);
    numbers.show(state, found);
  };
  const ask = eachFrame(draw);

  draw();
  const leave = listen(model, TRAITS, ask);
  const again = button("Start again", () => {
    put(Object.fromEntries(TRAITS.map((trait) => [trait, start[trait]])));
  });
  const left = element("div", {}, paper.node, settings, row(again));
  root.append(element("div", { class: "vecnb-sides" }, left, numbers.node));
  return leave;
}

/** The model's traits, and the pen that they make. */
function read(model) {
  const presence = optionOf(model, "presence", PRESENCES);
  const state = { lines: linesOf(model), presence, mode: optionOf(model, "mode", MODES) };
  for (const [trait, , , min, max] of SLIDERS) state[trait] = numberOf(model, trait, min, max);
  state.pixel = indicesOf(model, "pixel", 2, SIZE);
  const { alpha, stroke_width: width, sharpness } = state;
  return { ...state, pen: presence === "bell" ? { alpha } : { width, sharpness } };
}

/** All that is shown of one pixel: its distance from each line, the inks, the gradient. */
function look({ lines, pen, mode }, pixel) {
  const [x, y] = centre(pixel);
  const feet = lines.map((line) => nearest(line, x, y));
  const inks = feet.map(({ distance2 }, i) => presence(distance2, pen, i));
  const { ink, gradient } = inkGradient(lines, x, y, pen, mode);
  // The steepest that the ink can fall with the distance.
  const steepest = pen.alpha === undefined ? pen.sharpness / 4 : Math.sqrt(2 * pen.alpha / Math.E);
  return { pixel, x, y, feet, inks, ink, gradient, steepest, first: inks.indexOf(Math.max(...inks)) };
}

const written = (value) => value > 0 && value < NOTHING ? "≈ 0" : brief(value);

/** The numbers, the two curves and what they mean. */
function readings() {
  const numbers = table("distance, presence and gradient of each line", [
    "line",
    "t*",
    "d",
    "ω",
    "|∂Ω/∂s₁|",
    "|∂Ω/∂s₂|",
  ]);
  const total = element("p"),
    words = element("p", { class: "vecnb-watch vecnb-says", "aria-live": "polite" });
  const parabola = chart({ label: "γ²(t), squared distance from s(t)", low: 0, high: HIGHEST });
  const profile = chart({ label: "ω, ink at a distance d", low: 0, high: 1 });
  const shares = Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));
  return {
    node: element(
      "div",
      { class: "vecnb-readings" },
      numbers.node,
      total,
      words,
      element("div", { class: "vecnb-charts" }, parabola.node, profile.node),
    ),
    show({ lines, pen, mode }, { pixel, x, y, feet, inks, ink, gradient, steepest, first }) {
      const size = ([gx, gy]) => written(Math.hypot(gx, gy));
      numbers.fill(feet.map(({ tStar, distance2 }, i) => [
        String(i + 1),
        digits(tStar, 2),
        digits(Math.sqrt(distance2), 3),
        written(inks[i]),
        size(gradient[i].slice(0, 2)),
        size(gradient[i].slice(2)),
      ]));
      const name = MODES.find(([value]) => value === mode)[1];
      total.textContent = `Pixel (${pixel.join(", ")}): its ink Ω = ${digits(ink, 3)} (${name})`;

      const [x1, y1, x2, y2] = lines[first], foot = feet[first], d = Math.sqrt(foot.distance2);
      const gamma2 = (t) => (x1 + t * (x2 - x1) - x) ** 2 + (y1 + t * (y2 - y1) - y) ** 2;
      const seen = (value) => value > HIGHEST ? NaN : value;
      parabola.draw(shares, shares.map((t) => seen(gamma2(t))));
      parabola.mark(foot.tStar, foot.distance2);
      parabola.steps(["start, t = 0", `line ${first + 1}, t* = ${digits(foot.tStar, 2)}`, "t = 1, end"]);
      profile.draw(shares, shares.map((share) => presence((FURTHEST * share) ** 2, pen, first)));
      profile.mark(Math.min(1, d / FURTHEST), inks[first]);
      profile.steps(["d = 0", `d = ${digits(d, 3)}`, String(FURTHEST)]);
      const told = tell({ foot, ink, gradient, steepest, first, mode });
      if (words.textContent !== told) words.textContent = told; // a screen reader reads each change
    },
  };
}

/** What the numbers mean, in words that change only when the situation does. */
function tell({ foot, ink, gradient, steepest, first, mode }) {
  const felt = Math.max(...gradient.map((ends) => Math.hypot(...ends))) > FAINT * steepest;
  const name = `line ${first + 1}`;
  if (!felt && ink > 0.5) {
    return "This pixel is full of ink: nothing makes it much darker, so it hardly pulls.";
  }
  if (!felt) {
    return "This pixel is so far from the lines that it hardly feels them: its pull has all but vanished.";
  }
  const others = mode === "max"
    ? "No other line hears of it."
    : "With soft or, the other lines hear of it too.";
  if (foot.tHat <= 0) {
    return `The pixel lies before the start of ${name}: t* = 0, only that end is pulled. ${others}`;
  }
  if (foot.tHat >= 1) {
    return `The pixel lies beyond the end of ${name}: t* = 1, only that end is pulled. ${others}`;
  }
  return `The pixel lies beside ${name} and pulls at both ends, the nearer one harder: a lever. ${others}`;
}

/** Both choices and the sliders; follow(state) puts them where the model's traits are. */
function controls(put) {
  const presence = choice({
    label: "presence",
    options: PRESENCES,
    change: (value) => put({ presence: value }),
  });
  const mode = choice({ label: "composition", options: MODES, change: (value) => put({ mode: value }) });
  const sliders = SLIDERS.map(([trait, label, kind, min, max, step, scale, format]) => {
    const change = (value) => put({ [trait]: value });
    const made = slider({ label, min, max, step, value: min, scale, format, change });
    const node = element("fieldset", { class: "vecnb-group" }, made.node);
    return { trait, kind, slider: made, node };
  });
  return {
    node: element(
      "div",
      { class: "vecnb-settings" },
      presence.node,
      mode.node,
      ...sliders.map(({ node }) => node),
    ),
    follow(state) {
      presence.value = state.presence;
      mode.value = state.mode;
      for (const { trait, kind, slider, node } of sliders) {
        slider.value = state[trait];
        node.disabled = kind !== state.presence;
      }
    },
  };
}
