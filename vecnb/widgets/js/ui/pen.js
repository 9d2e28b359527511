// A pen on a view: by mouse, pen, finger or keys.
// Convention: points [x, y] in the unit square of the view, x right, y down.

import { clamp } from "../lib/math.js";
import { pointerPosition } from "./canvas.js";
import { svgElement } from "./dom.js";
import { ARROW_KEYS } from "./handles.js";

const LABEL = "Drawing board. Arrow keys move the pen, the space bar sets it down and lifts it.";
const KEY_STEP = 0.04; // three times that with Shift

/**
 * Let a reader draw on a square view with a pen of this width; returns its cursor, for the view's svg.
 *
 * pen is {down, begin(point), extend(points), end()}: whether it is down, and what it does.
 */
export function drawOn(node, width, pen) {
  const cursor = svgElement("circle", { class: "vecnb-pad-cursor", r: width / 2, cx: 0.5, cy: 0.5 });
  node.classList.add("vecnb-pad");
  for (const [name, value] of [["tabindex", 0], ["role", "application"], ["aria-label", LABEL]]) {
    node.setAttribute(name, value);
  }
  drawWithPointer(node, pen);
  drawWithKeys(node, cursor, pen);
  return cursor;
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
  const lift = () => {
    node.classList.remove("vecnb-pen-down");
    pen.end();
  };
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
    } else if (pen.down) lift();
    else {
      node.classList.add("vecnb-pen-down");
      pen.begin(position);
    }
  });
  node.addEventListener("blur", () => pen.down && lift());
}
