// The numbers of one pixel, two curves, and a sentence that says what they mean.

import { brief, fixed } from "../lib/numbers.js";
import { presence } from "../lib/soft_renderer.js";
import { chart } from "../ui/chart.js";
import { element } from "../ui/dom.js";
import { block, table } from "../ui/layout.js";

const MAX_DISTANCE = 0.5, MAX_GAMMA2 = 0.6; // ends of the charts' axes: d, and γ²
const POINTS = 121; // of a curve
const NEGLIGIBLE = 1e-9; // what is smaller is written without digits
const WEAK = 0.02; // of the largest possible gradient: hardly visible

const COLUMNS = ["line", "t*", "d", "ω", "|∂Ω/∂s₁|", "|∂Ω/∂s₂|"];
const shares = Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));
const write = (value) => value > 0 && value < NEGLIGIBLE ? "≈ 0" : brief(value);

/** {node, show(state, measured, modeName)} */
export function readings() {
  const numbers = table("distance, presence and gradient of each line", COLUMNS);
  const total = element("p");
  const explanation = element("p", { class: "vecnb-note vecnb-explanation", "aria-live": "polite" });
  const parabola = chart({ label: "γ²(t), squared distance from s(t)", low: 0, high: MAX_GAMMA2 });
  const profile = chart({ label: "ω, ink at a distance d", low: 0, high: 1 });
  return {
    node: block(
      "vecnb-readings",
      numbers.node,
      total,
      explanation,
      block("vecnb-charts", parabola.node, profile.node),
    ),
    show(state, measured, modeName) {
      const { pixel, intensity, strongest, nearest } = measured;
      numbers.fill(nearest.map((_, i) => tableRow(measured, i)));
      total.textContent = `Pixel (${pixel.join(", ")}): its ink Ω = ${fixed(intensity, 3)} (${modeName})`;
      showParabola(parabola, state.lines[strongest], measured);
      showProfile(profile, state.profile, measured);
      const words = explain(measured, state.mode);
      // A screen reader reads every change of the text.
      if (explanation.textContent !== words) explanation.textContent = words;
    },
  };
}

function tableRow({ nearest, presences, gradient }, i) {
  const size = ([gx, gy]) => write(Math.hypot(gx, gy));
  const { tStar, distance2 } = nearest[i];
  return [
    String(i + 1),
    fixed(tStar, 2),
    fixed(Math.sqrt(distance2), 3),
    write(presences[i]),
    size(gradient[i].slice(0, 2)),
    size(gradient[i].slice(2)),
  ];
}

/** γ²(t) along the line with the largest presence. */
function showParabola(chart, [x1, y1, x2, y2], { x, y, nearest, strongest }) {
  const { tStar, distance2 } = nearest[strongest];
  const gamma2 = (t) => (x1 + t * (x2 - x1) - x) ** 2 + (y1 + t * (y2 - y1) - y) ** 2;
  chart.draw(shares, shares.map(gamma2).map((value) => value > MAX_GAMMA2 ? NaN : value));
  chart.mark(tStar, distance2);
  chart.labelAxis(["start, t = 0", `line ${strongest + 1}, t* = ${fixed(tStar, 2)}`, "t = 1, end"]);
}

/** The presence of that line as a function of the distance. */
function showProfile(chart, profile, { nearest, presences, strongest }) {
  const d = Math.sqrt(nearest[strongest].distance2);
  chart.draw(shares, shares.map((share) => presence((MAX_DISTANCE * share) ** 2, profile, strongest)));
  chart.mark(Math.min(1, d / MAX_DISTANCE), presences[strongest]);
  chart.labelAxis(["d = 0", `d = ${fixed(d, 3)}`, String(MAX_DISTANCE)]);
}

/** What the numbers mean, in words that change only when the situation does. */
function explain({ nearest, intensity, gradient, steepest, strongest }, mode) {
  const felt = Math.max(...gradient.map((ends) => Math.hypot(...ends))) > WEAK * steepest;
  const name = `line ${strongest + 1}`, { tHat } = nearest[strongest];
  if (!felt && intensity > 0.5) {
    return "This pixel is full of ink: nothing makes it much darker, so it hardly pulls.";
  }
  if (!felt) {
    return "This pixel is so far from the lines that it hardly feels them: its pull has all but vanished.";
  }
  const others = mode === "max"
    ? "No other line hears of it."
    : "With soft or, the other lines hear of it too.";
  if (tHat <= 0) {
    return `The pixel lies before the start of ${name}: t* = 0, only that end is pulled. ${others}`;
  }
  if (tHat >= 1) {
    return `The pixel lies beyond the end of ${name}: t* = 1, only that end is pulled. ${others}`;
  }
  return `The pixel lies beside ${name} and pulls at both ends, the nearer one harder: a lever. ${others}`;
}
