// A small chart of one curve: its name, its value now, two axes.

import { axisTicks, brief, tickLabel } from "../lib/numbers.js";
import { element, svgElement } from "./dom.js";

/**
 * {node, svg, draw, drawEarlier, mark, labelAxis} of a chart whose values lie from low to high, linear or logarithmic.
 *
 * draw(xs, values): the curve, xs in [0, 1] along its axis; a value that is not finite leaves a gap;
 * drawEarlier([[xs, values], …]): curves to compare it with, pale; mark(x, value): the present position; labelAxis(texts): below the axis, from left to right.
 */
export function chart({ label, low, high, log = false, write = brief }) {
  const current = element("output", {}, "–");
  const curve = svgElement("path", { class: "vecnb-curve" });
  const earlier = svgElement("path", { class: "vecnb-earlier" });
  const rule = svgElement("path", { class: "vecnb-rule" });
  const dot = svgElement("path", { class: "vecnb-dot" });
  const axis = element("div", { class: "vecnb-axis-labels" });
  const scale = log ? Math.log : (value) => value;
  const y = (value) => {
    const share = (scale(Math.max(value, low)) - scale(low)) / (scale(high) - scale(low));
    return 1 - Math.min(1, share);
  };
  const ticks = axisTicks(low, high, log);
  const grid = ticks.map((value) => `M0 ${y(value)}H1`).join("");
  const labels = ticks.map((value) =>
    element("span", { style: `top: ${100 * y(value)}%` }, tickLabel(value, write))
  );
  const svg = svgElement(
    "svg",
    { viewBox: "0 0 1 1", preserveAspectRatio: "none", role: "img", "aria-label": `curve: ${label}` },
    svgElement("path", { class: "vecnb-grid", d: grid }),
    earlier,
    curve,
    rule,
    dot,
  );
  return {
    node: element(
      "figure",
      { class: "vecnb-chart" },
      element("figcaption", {}, element("span", {}, label), current),
      element("div", { class: "vecnb-plot" }, element("div", { class: "vecnb-ticks" }, ...labels), svg),
      axis,
    ),
    svg,
    draw(xs, values) {
      curve.setAttribute("d", curvePath(xs, values, y));
    },
    drawEarlier(curves) {
      earlier.setAttribute("d", curves.map(([xs, values]) => curvePath(xs, values, y)).join(""));
    },
    mark(x, value) {
      current.textContent = Number.isFinite(value) ? write(value) : "–";
      rule.setAttribute("d", `M${x} 0V1`);
      dot.setAttribute("d", Number.isFinite(value) ? `M${x} ${y(value)}h0` : "");
    },
    labelAxis(texts) {
      axis.replaceChildren(...texts.map((text) => element("span", {}, text)));
    },
  };
}

function curvePath(xs, values, y) {
  let path = "", command = "M";
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return command = "M";
    path += `${command}${xs[i].toFixed(4)} ${y(value).toFixed(4)}`;
    command = "L";
  });
  return path;
}
