// The two densities as curves over a line; their centres are dragged.
// Convention: x from −4 to 4 is the plot's 0 to 1; the plot is half as high as wide.

import { fixed } from "../lib/numbers.js";
import { element, svgElement } from "../ui/dom.js";
import { handle } from "../ui/handles.js";
import { logDensity } from "./densities.js";

export const LOW = -4, LENGTH = 8;
export const POINTS = 321; // of a curve
const BOTTOM = 0.42, TOP = 0.04; // of the curves, in the plot's 0.5
export const xs = Array.from({ length: POINTS }, (_, k) => LOW + LENGTH * k / (POINTS - 1));
export const share = (x) => (x - LOW) / LENGTH;
const NAMES = { q: "the data, q", p: "the model, p" };

/** {node, show(state)}; move(name, centre) when the reader moves the centre of "p" or "q". */
export function densityPlot(move) {
  const svg = svgElement("svg", {
    viewBox: "0 0 1 0.5",
    class: "vecnb-densities",
    role: "group",
    "aria-label": "the densities of data and model; their centres can be moved",
  });
  const parts = Object.keys(NAMES).map((name) => {
    const curve = svgElement("path", { class: `vecnb-density vecnb-density-${name}` });
    const text = svgElement("text", { class: `vecnb-density-${name}`, y: 0.485 }, name);
    const centre = handle({
      svg,
      label: `centre of ${NAMES[name]}`,
      x: 0.5,
      y: BOTTOM,
      reach: 0.085,
      marker: svgElement("circle", { r: 0.024, class: `vecnb-marker vecnb-density-${name}` }),
      describe: (x) => fixed(LOW + LENGTH * x, 2),
      move: (x) => move(name, LOW + LENGTH * x),
    });
    return { name, curve, text, centre };
  });
  svg.append(svgElement("path", { class: "vecnb-grid", d: `M0 ${BOTTOM}H1` }));
  parts.forEach(({ curve, text }) => svg.append(curve, text));
  parts.forEach(({ centre }) => svg.append(centre.node));
  return {
    node: element("div", { class: "vecnb-density-plot" }, svg),
    show(state) {
      const heights = Object.keys(NAMES).map((name) =>
        xs.map((x) => Math.exp(logDensity(x, state[name], state.shape, state.noise)))
      );
      const highest = Math.max(...heights.flat(), 1e-9);
      parts.forEach(({ name, curve, text, centre }, i) => {
        const y = (height) => (BOTTOM - (BOTTOM - TOP) * height / highest).toFixed(4);
        const points = xs.map((x, k) => `${share(x).toFixed(4)} ${y(heights[i][k])}`);
        curve.setAttribute("d", `M0 ${BOTTOM}L${points.join("L")}L1 ${BOTTOM}Z`);
        text.setAttribute("x", share(state[name].centre));
        centre.moveTo(share(state[name].centre), BOTTOM);
      });
    },
  };
}
