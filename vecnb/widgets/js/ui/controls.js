// Labelled controls: slider, radio buttons, drop-down list, button. Setting a value from code calls no callback.

import { clamp } from "../lib/math.js";
import { element, uniqueId } from "./dom.js";
import { guarded } from "./mount.js";

// How a value lies on a slider, there and back.
const LINEAR = [Number, Number];
export const LOGARITHMIC = [Math.log10, (exponent) => 10 ** exponent];

/** A length in the unit square on a slider in pixels of an image with so many a side. */
export const inPixels = (side) => [(length) => side * length, (pixels) => pixels / side];

/**
 * A labelled slider with its value beside it: {node, value, bounds}.
 *
 * bounds are the least and the largest value; scale maps a value to its position on the slider and back; step is
 * one of positions; format writes the value.
 */
export function slider({ label, bounds, step, value, scale = LINEAR, format = String, change }) {
  const id = uniqueId(), [toPosition, fromPosition] = scale;
  let [min, max] = bounds;
  const input = element("input", {
    type: "range",
    id,
    min: toPosition(min),
    max: toPosition(max),
    step,
    value: toPosition(value),
  });
  const output = element("output", { for: id });
  const read = () => clamp(fromPosition(Number(input.value)), min, max); // 10 ** -4 is a little less than 1e-4
  const write = () => {
    output.textContent = format(read());
    input.setAttribute("aria-valuetext", output.textContent);
  };
  write();
  const moved = guarded(() => {
    write();
    change(read());
  });
  input.addEventListener("input", moved);
  return {
    node: element("label", { class: "vecnb-slider", for: id }, element("span", {}, label), input, output),
    get value() {
      return read();
    },
    set value(to) {
      input.value = toPosition(to);
      write();
    },
    set bounds(to) {
      [min, max] = to;
      [input.min, input.max] = to.map(toPosition);
      write();
    },
  };
}

/** One of several options, [value, text] each, as radio buttons: {node, value}. */
export function choice({ label, options, value, change }) {
  const name = uniqueId();
  const inputs = options.map(([option]) =>
    element("input", { type: "radio", name, value: option, checked: option === value && "checked" })
  );
  const labels = options.map(([, text], i) => element("label", {}, inputs[i], element("span", {}, text)));
  inputs.forEach((input) => input.addEventListener("change", guarded(() => change(input.value))));
  return {
    node: element("fieldset", { class: "vecnb-choice" }, element("legend", {}, label), ...labels),
    get value() {
      return inputs.find((input) => input.checked)?.value;
    },
    set value(to) {
      inputs.forEach((input) => (input.checked = input.value === to));
    },
  };
}

/** One of many options as a drop-down list: {node, value, options}, options [value, text] each. */
export function menu({ label, change }) {
  const id = uniqueId();
  const list = element("select", { id });
  list.addEventListener("change", guarded(() => change(list.value)));
  return {
    node: element("div", { class: "vecnb-menu" }, element("label", { for: id }, label), list),
    set options(to) {
      list.replaceChildren(...to.map(([value, text]) => element("option", { value }, text)));
    },
    get value() {
      return list.value;
    },
    set value(to) {
      list.value = to;
    },
  };
}

/** A button; press is called without arguments. */
export function button(text, press, attributes = {}) {
  const node = element("button", { type: "button", class: "vecnb-button", ...attributes }, text);
  node.addEventListener("click", guarded(() => press()));
  return node;
}

/** A button whose text changes, wide enough for each. */
export function wideButton(text, press) {
  return button(text, press, { class: "vecnb-button vecnb-wide" });
}
