// Drawings of lines whose strokes are moved and never made again, and rows of them to pick from.
// Convention: a drawing is a flat list of x1, y1, x2, y2, width for each line, in the unit square, y down.

import { element, guarded, svgElement, uniqueId } from "./controls.js";

/** A group of strokes for an SVG of the unit square: {node, show(numbers)}. */
export function pen() {
  const node = svgElement("g", { class: "vecnb-stroke" });
  return {
    node,
    show(numbers) {
      const count = numbers.length / 5;
      while (node.childNodes.length > count) node.lastChild.remove();
      while (node.childNodes.length < count) node.append(svgElement("line"));
      node.childNodes.forEach((line, i) => {
        const [x1, y1, x2, y2, width] = numbers.slice(5 * i, 5 * i + 5);
        set(line, { x1, y1, x2, y2, "stroke-width": width });
      });
    },
  };
}

function set(line, values) {
  for (const [name, value] of Object.entries(values)) line.setAttribute(name, value.toFixed(4));
}

/** A drawing on its paper: {node, show(numbers)}; without a label it is there for the eye alone. */
export function drawing(label) {
  const strokes = pen();
  const about = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const node = svgElement("svg", { viewBox: "0 0 1 1", class: "vecnb-lines", ...about }, strokes.node);
  return { node, show: strokes.show };
}

/** The drawing a share (0 to 1) of the way from one to another: its lines glide in straight ways. */
export function blend(from, to, share) {
  return from.map((value, i) => value + share * (to[i] - value));
}

/**
 * One of several drawings, as radio buttons: {node, value, show(drawings)}; value is an index, or −1.
 *
 * names are what a screen reader hears and a mouse sees of each.
 */
export function picker({ label, names, value, change }) {
  const name = uniqueId();
  const pictures = names.map(() => drawing());
  const inputs = names.map((text, i) =>
    element("input", { type: "radio", name, value: i, "aria-label": text, checked: i === value && "checked" })
  );
  const labels = names.map((text, i) => element("label", { title: text }, inputs[i], pictures[i].node));
  inputs.forEach((input, i) => input.addEventListener("change", guarded(() => change(i))));
  return {
    node: element("fieldset", { class: "vecnb-picker" }, element("legend", {}, label), ...labels),
    show: (drawings) => drawings.forEach((numbers, i) => pictures[i].show(numbers)),
    get value() {
      return inputs.findIndex((input) => input.checked);
    },
    set value(to) {
      inputs.forEach((input, i) => (input.checked = i === to));
    },
  };
}
