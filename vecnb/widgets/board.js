// A drawing board: a sheet that keeps what mouse, pen, finger or keys draw on it, as strokes of points.
// Convention: a stroke is a list of points [x, y] in the unit square, x right, y down.

import { element, svgElement } from "./controls.js";
import { paint, place, sheet } from "./sheet.js";

const LABEL = "Drawing board. Arrow keys move the pen, the space bar sets it down and lifts it.";
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PACE = 0.04; // of a key; three times that with Shift
const INK_WIDTH = 0.075;
const BLANK = new Float32Array(28 * 28);

/**
 * {node, strokes, show(image), undo()}; drawn() is called whenever a stroke has grown, lifted() at its end.
 *
 * show puts an image [784] in place of all strokes, or nothing if there is none.
 */
export function board({ drawn, lifted }) {
  const { node, canvas, svg } = sheet("the drawing");
  const ink = svgElement("g", { class: "vecnb-own-ink", "stroke-width": INK_WIDTH });
  const tip = svgElement("circle", { class: "vecnb-tip", r: INK_WIDTH / 2, cx: 0.5, cy: 0.5 });
  const hint = element("span", { class: "vecnb-hint", "aria-hidden": "true" }, "draw here");
  svg.append(ink, tip);
  node.append(hint);
  node.classList.add("vecnb-board");
  for (const [name, value] of [["tabindex", 0], ["role", "application"], ["aria-label", LABEL]]) {
    node.setAttribute(name, value);
  }
  const strokes = [];
  let growing = null; // the stroke under the pen, [points, its path]

  function begin(point) {
    if (strokes.length === 0) paint(canvas, BLANK, 28, 28);
    hint.remove();
    growing = [[], svgElement("path")];
    strokes.push(growing[0]);
    ink.append(growing[1]);
    grow([point]);
  }

  function grow(points) {
    growing[0].push(...points);
    growing[1].setAttribute("d", `M${growing[0].map((point) => point.map(brief4).join(" ")).join("L")}h0`);
    drawn();
  }

  function end() {
    growing = null;
    node.classList.remove("vecnb-pen-down");
    lifted();
  }

  withPointer(node, { begin, grow, end });
  withKeys(node, tip, { begin, grow, end, down: () => growing !== null });
  return {
    node,
    strokes,
    show(image) {
      strokes.length = 0;
      ink.replaceChildren();
      paint(canvas, image ?? BLANK, 28, 28);
    },
    undo() {
      strokes.pop();
      ink.lastChild?.remove();
    },
  };
}

const brief4 = (number) => number.toFixed(4);

/** One pointer at a time draws; a second finger is let be. */
function withPointer(node, { begin, grow, end }) {
  let pointer = null;
  node.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    node.setPointerCapture(pointer);
    event.preventDefault(); // neither text nor page is dragged
    node.focus({ preventScroll: true, focusVisible: false });
    begin(place(node, event));
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    grow((passed.length ? passed : [event]).map((one) => place(node, one)));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    node.addEventListener(kind, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end();
    });
  }
}

/** A pen that arrow keys move, and that the space bar or Enter sets down and lifts. */
function withKeys(node, tip, { begin, grow, end, down }) {
  let at = [0.5, 0.5];
  node.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (!way && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (way) {
      const pace = PACE * (event.shiftKey ? 3 : 1);
      at = at.map((value, axis) => Math.min(1, Math.max(0, value + pace * way[axis])));
      tip.setAttribute("cx", at[0]);
      tip.setAttribute("cy", at[1]);
      if (down()) grow([at]);
    } else if (down()) end();
    else {
      node.classList.add("vecnb-pen-down");
      begin(at);
    }
  });
  node.addEventListener("blur", () => down() && end());
}
