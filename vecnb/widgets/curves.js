// Small curves over time: a name, the value now, two axes, a line; and how to write numbers of any size.

import { element, svgElement } from "./controls.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number with three digits that count, and a power of ten where it is small. */
export function brief(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 ? value.toFixed(0) : size >= 0.01 ? value.toPrecision(3) : power(value);
  return text.replace("-", "\u2212");
}

function power(value) {
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits}\u00b710\u207b${[...exponent.slice(1)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
}

/** A round number of the form 1, 2 or 5 times a power of ten, not above (or, up, not below) a positive value. */
export function round125(value, up) {
  const unit = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => Number((step * unit).toPrecision(1)));
  const slack = 1 + 1e-9; // 10 ** −3 is not quite 0.001
  return up ? steps.find((step) => step * slack >= value) : steps.findLast((step) => step <= value * slack);
}

/** Round bounds {low, high} around values, some of which may be null; log: all above 0. */
export function bounds(values, log) {
  const known = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (known.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...known), high = Math.max(...known);
  if (log) return { low: round125(low, false), high: round125(Math.max(high, 1.5 * low), true) };
  const step = round125(high - low || Math.abs(high) || 1, false) / 2;
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step + 1e-9) * step };
}

/** Values that get a label: both ends, and what lies well between them: the middle, or a power of ten or two. */
export function ticks(low, high, log) {
  if (!log) return [low, (low + high) / 2, high];
  const first = Math.log10(low), last = Math.log10(high), margin = (last - first) / 4;
  const between = [];
  for (let exponent = Math.ceil(first + margin); exponent <= last - margin; exponent++) {
    between.push(exponent);
  }
  const every = Math.ceil(between.length / 2);
  return [low, ...between.filter((_, i) => i % every === 0).map((exponent) => 10 ** exponent), high];
}

/**
 * A chart of one curve: bounds of its values, linear or logarithmic.
 *
 * draw(xs, values): the curve, xs in [0, 1] along its axis, a value that is not finite leaves a gap;
 * mark(x, value): where we are now; steps(texts): what stands below the axis, from left to right.
 */
export function chart({ label, low, high, log = false, write = brief }) {
  const now = element("output", {}, "–");
  const line = svgElement("path", { class: "vecnb-curve" });
  const rule = svgElement("path", { class: "vecnb-rule" });
  const dot = svgElement("path", { class: "vecnb-dot" });
  const below = element("div", { class: "vecnb-steps" });
  const scale = log ? Math.log : (value) => value;
  const height = (value) => {
    const share = (scale(Math.max(value, low)) - scale(low)) / (scale(high) - scale(low));
    return 1 - Math.min(1, share);
  };
  const marks = ticks(low, high, log);
  const grid = svgElement("path", {
    class: "vecnb-grid",
    d: marks.map((value) => `M0 ${height(value)}H1`).join(""),
  });
  const labels = marks.map((value) =>
    element("span", { style: `top: ${100 * height(value)}%` }, tickText(value, write))
  );
  const svg = svgElement(
    "svg",
    { viewBox: "0 0 1 1", preserveAspectRatio: "none", role: "img", "aria-label": `curve: ${label}` },
    grid,
    line,
    rule,
    dot,
  );
  return {
    node: element(
      "figure",
      { class: "vecnb-chart" },
      element("figcaption", {}, element("span", {}, label), now),
      element("div", { class: "vecnb-plot" }, element("div", { class: "vecnb-ticks" }, ...labels), svg),
      below,
    ),
    svg,
    draw(xs, values) {
      line.setAttribute("d", path(xs, values, height));
    },
    mark(x, value) {
      now.textContent = Number.isFinite(value) ? write(value) : "–";
      rule.setAttribute("d", `M${x} 0V1`);
      dot.setAttribute("d", Number.isFinite(value) ? `M${x} ${height(value)}h0` : "");
    },
    steps(texts) {
      below.replaceChildren(...texts.map((text) => element("span", {}, text)));
    },
  };
}

function tickText(value, write) {
  const exponent = Math.log10(value);
  const small = value > 0 && value < 0.01 && Math.abs(exponent - Math.round(exponent)) < 1e-9;
  if (small) return power(value).replace(/^.*\u00b7/, "");
  return write === brief ? String(Number(value.toPrecision(3))).replace("-", "\u2212") : write(value);
}

function path(xs, values, height) {
  let text = "", pen = "M";
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return pen = "M";
    text += `${pen}${xs[i].toFixed(4)} ${height(value).toFixed(4)}`;
    pen = "L";
  });
  return text;
}
