// Points that are moved by mouse, pen, finger or arrow keys; the end points of lines among them.

import { clamp } from "../lib/math.js";
import { pointerPosition } from "./canvas.js";
import { svgElement } from "./dom.js";

export const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEY_STEP = 0.01, REACH = 0.07; // large enough for a finger
const coordinates = (x, y) => `x ${x.toFixed(2)}, y ${y.toFixed(2)}`;

/**
 * A handle at (x, y) on a view's svg: {node, moveTo(x, y)}. An arrow key moves it by `step`, with Shift by ten.
 *
 * `reach` is the radius within which it is taken hold of, describe(x, y) its position in words; move(x, y) is called with the position that the reader asks for. `marker` is what is seen of the handle.
 */
export function handle(
  { svg, label, x, y, move, step = KEY_STEP, marker = disc(), reach = REACH, describe = coordinates },
) {
  const target = svgElement("circle", { r: reach, class: "vecnb-target" });
  const role = { role: "slider", "aria-valuemin": 0, "aria-valuemax": 1 };
  const node = svgElement("g", { class: "vecnb-handle", tabindex: 0, ...role }, target, marker);
  let position = [x, y];
  const moveTo = (toX, toY) => {
    position = [toX, toY];
    node.setAttribute("transform", `translate(${toX} ${toY})`);
    node.setAttribute("aria-label", label);
    node.setAttribute("aria-valuenow", toX.toFixed(2));
    node.setAttribute("aria-valuetext", describe(toX, toY));
  };
  const moveClamped = (point) => move(...point.map((value) => clamp(value)));
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    node.focus();
    event.preventDefault();
  });
  // Without it the page scrolls under the finger: the style touch-action has no effect on SVG shapes.
  node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) moveClamped(pointerPosition(svg, event));
  });
  node.addEventListener("keydown", (event) => {
    const direction = ARROW_KEYS[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    const by = step * (event.shiftKey ? 10 : 1);
    moveClamped(position.map((value, axis) => value + by * direction[axis]));
  });
  moveTo(x, y);
  return { node, moveTo };
}

function disc() {
  return svgElement("circle", { r: 0.022, class: "vecnb-marker" });
}

/** The end points of lines as handles on a view's svg: {show(lines)}; change(lines) gets the moved lines. */
export function endpointHandles(svg, change) {
  const group = svgElement("g");
  svg.append(group);
  let lines = [], handles = [];
  const mover = (i, end) => (x, y) => {
    change(
      lines.map((line, j) => j !== i ? line : end ? [line[0], line[1], x, y] : [x, y, line[2], line[3]]),
    );
  };
  const rebuild = () => {
    handles = lines.flatMap((line, i) =>
      [0, 1].map((end) => {
        const label = `line ${i + 1}, ${end ? "end" : "start"}`;
        return handle({ svg, label, x: line[2 * end], y: line[2 * end + 1], move: mover(i, end) });
      })
    );
    group.replaceChildren(...handles.map(({ node }) => node));
  };
  return {
    show(to) {
      const otherCount = to.length !== lines.length;
      lines = to;
      if (otherCount) rebuild();
      else handles.forEach(({ moveTo }, k) => moveTo(...lines[k >> 1].slice(2 * (k % 2), 2 * (k % 2) + 2)));
    },
  };
}
