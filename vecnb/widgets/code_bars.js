// A code as bars, one a number, the busiest first; those that lie on the plane's axes are marked.

import { svgElement } from "./controls.js";

const HEIGHT = 52, MIDDLE = 20, PITCH = 10; // in units of the picture
const LARGEST = 3; // a number beyond is cut off
const SIGNS = ["→", "↑"]; // across and up

/** {node, show(z, order, axes)} */
export function codeBars(count) {
  const zero = svgElement("path", { class: "vecnb-grid", d: `M0 ${MIDDLE}H${PITCH * count}` });
  const rest = svgElement("path", { class: "vecnb-bars" });
  const chosen = svgElement("path", { class: "vecnb-bars vecnb-chosen" });
  const signs = SIGNS.map((sign) => svgElement("text", { y: HEIGHT - 1, "text-anchor": "middle" }, sign));
  const node = svgElement(
    "svg",
    { viewBox: `0 0 ${PITCH * count} ${HEIGHT}`, class: "vecnb-code", role: "img", "aria-label": "the code" },
    zero,
    rest,
    chosen,
    ...signs,
  );
  return {
    node,
    show(z, order, axes) {
      const bar = (k) => {
        const height = MIDDLE * Math.min(1, Math.max(-1, z[k] / LARGEST));
        return `M${PITCH * (order.indexOf(k) + 0.5)} ${MIDDLE}v${(-height).toFixed(2)}`;
      };
      rest.setAttribute("d", order.filter((k) => !axes.includes(k)).map(bar).join(""));
      chosen.setAttribute("d", axes.map(bar).join(""));
      signs.forEach((sign, i) => sign.setAttribute("x", PITCH * (order.indexOf(axes[i]) + 0.5)));
    },
  };
}
