// A drawing pad: strokes drawn by mouse, pen, finger or keys.
// Convention: a stroke is a list of points [x, y] in the unit square, x right, y down.

import { clamp } from "../lib/math.js";
import { pointerPosition, showImage, squareView } from "../ui/canvas.js";
import { element, svgElement } from "../ui/dom.js";
import { ARROW_KEYS } from "../ui/handles.js";

const LABEL = "Drawing board. Arrow keys move the pen, the space bar sets it down and lifts it.";
const KEY_STEP = 0.04; // three times that with Shift
const STROKE_WIDTH = 0.075;
const EMPTY = new Float32Array(28 * 28);

/**
 * {node, strokes, showImage(image), undo()}.
 *
 * showImage replaces all strokes by an image [784], or by nothing. drawn() is called when a stroke has grown,
 * lifted() when it ends.
 */
export function drawingPad({ drawn, lifted }) {
  const { node, canvas, svg } = squareView("the drawing");
  const group = svgElement("g", { class: "vecnb-pad-strokes", "stroke-width": STROKE_WIDTH });
  const cursor = svgElement("circle", { class: "vecnb-pad-cursor", r: STROKE_WIDTH / 2, cx: 0.5, cy: 0.5 });
  const hint = element("span", { class: "vecnb-hint", "aria-hidden": "true" }, "draw here");
  svg.append(group, cursor);
  node.append(hint);
  node.classList.add("vecnb-pad");
  for (const [name, value] of [["tabindex", 0], ["role", "application"], ["aria-label", LABEL]]) {
    node.setAttribute(name, value);
  }
  const strokes = [];
  let current = null; // the stroke being drawn, {points, path}

  const pen = {
    get down() {
      return current !== null;
    },
    begin(point) {
      if (strokes.length === 0) showImage(canvas, EMPTY, 28, 28);
      hint.remove();
      current = { points: [], path: svgElement("path") };
      strokes.push(current.points);
      group.append(current.path);
      pen.extend([point]);
    },
    extend(points) {
      current.points.push(...points);
      const path = current.points.map((point) => point.map((value) => value.toFixed(4)).join(" ")).join("L");
      current.path.setAttribute("d", `M${path}h0`);
      drawn();
    },
    end() {
      current = null;
      node.classList.remove("vecnb-pen-down");
      lifted();
    },
  };
  drawWithPointer(node, pen);
  drawWithKeys(node, cursor, pen);
  return {
    node,
    strokes,
    showImage(image) {
      strokes.length = 0;
      group.replaceChildren();
      showImage(canvas, image ?? EMPTY, 28, 28);
    },
    undo() {
      strokes.pop();
      group.lastChild?.remove();
    },
  };
}

/** One pointer at a time draws: a second finger is ignored. */
function drawWithPointer(node, pen) {
  let pointer = null;
  node.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    node.setPointerCapture(pointer);
    event.preventDefault(); // text and page are not dragged
    node.focus({ preventScroll: true, focusVisible: false });
    pen.begin(pointerPosition(node, event));
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    pen.extend((coalesced.length ? coalesced : [event]).map((one) => pointerPosition(node, one)));
  });
  for (const type of ["pointerup", "pointercancel"]) {
    node.addEventListener(type, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      pen.end();
    });
  }
}

/** Arrow keys move the pen, space bar or Enter set it down and lift it. */
function drawWithKeys(node, cursor, pen) {
  let position = [0.5, 0.5];
  node.addEventListener("keydown", (event) => {
    const direction = ARROW_KEYS[event.key];
    if (!direction && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (direction) {
      const step = KEY_STEP * (event.shiftKey ? 3 : 1);
      position = position.map((value, axis) => clamp(value + step * direction[axis]));
      cursor.setAttribute("cx", position[0]);
      cursor.setAttribute("cy", position[1]);
      if (pen.down) pen.extend([position]);
    } else if (pen.down) pen.end();
    else {
      node.classList.add("vecnb-pen-down");
      pen.begin(position);
    }
  });
  node.addEventListener("blur", () => pen.down && pen.end());
}
