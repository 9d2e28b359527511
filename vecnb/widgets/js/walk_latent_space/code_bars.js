// A latent code as bars, one for each dimension, the largest divergence first; the plane's axes are marked.

import { clamp } from "../lib/math.js";
import { svgElement } from "../ui/dom.js";

const HEIGHT = 52, MIDDLE = 20, PITCH = 10; // in units of the SVG
const LARGEST = 3; // a larger value is cut off
const AXIS_LABELS = ["→", "↑"]; // across and up

/** {node, show(z, order, axes)} */
export function codeBars(count) {
  const zero = svgElement("path", { class: "vecnb-grid", d: `M0 ${MIDDLE}H${PITCH * count}` });
  const others = svgElement("path", { class: "vecnb-bars" });
  const onAxes = svgElement("path", { class: "vecnb-bars vecnb-on-axes" });
  const labels = AXIS_LABELS.map((text) =>
    svgElement("text", { y: HEIGHT - 1, "text-anchor": "middle" }, text)
  );
  const viewBox = `0 0 ${PITCH * count} ${HEIGHT}`;
  const role = { role: "img", "aria-label": "the code" };
  return {
    node: svgElement("svg", { viewBox, class: "vecnb-code", ...role }, zero, others, onAxes, ...labels),
    show(z, order, axes) {
      const bar = (k) => {
        const height = MIDDLE * clamp(z[k] / LARGEST, -1, 1);
        return `M${PITCH * (order.indexOf(k) + 0.5)} ${MIDDLE}v${(-height).toFixed(2)}`;
      };
      others.setAttribute("d", order.filter((k) => !axes.includes(k)).map(bar).join(""));
      onAxes.setAttribute("d", axes.map(bar).join(""));
      labels.forEach((label, i) => label.setAttribute("x", PITCH * (order.indexOf(axes[i]) + 0.5)));
    },
  };
}
