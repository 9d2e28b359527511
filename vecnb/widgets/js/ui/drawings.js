// Drawings of lines as SVG, and rows of them to choose from.
// Convention: a drawing is a flat list of x1, y1, x2, y2, width for each line, in the unit square, y down.

import { element, svgElement, uniqueId } from "./dom.js";
import { guarded } from "./mount.js";

/** A group of strokes for an SVG of the unit square: {node, show(drawing)}; its elements are reused. */
export function strokeGroup() {
  const node = svgElement("g", { class: "vecnb-stroke" });
  return {
    node,
    show(drawing) {
      const count = drawing.length / 5;
      while (node.childNodes.length > count) node.lastChild.remove();
      while (node.childNodes.length < count) node.append(svgElement("line"));
      node.childNodes.forEach((line, i) => {
        ["x1", "y1", "x2", "y2", "stroke-width"].forEach((name, k) => {
          line.setAttribute(name, drawing[5 * i + k].toFixed(4));
        });
      });
    },
  };
}

/** A drawing with its background: {node, show(drawing)}; without a label screen readers pass over it. */
export function drawingView(label) {
  const strokes = strokeGroup();
  const role = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const node = svgElement("svg", { viewBox: "0 0 1 1", class: "vecnb-drawing", ...role }, strokes.node);
  return { node, show: strokes.show };
}

/**
 * One of several drawings, as radio buttons: {node, value, show(drawings)}; value is an index, or −1.
 *
 * names are their labels for screen readers, and their tooltips.
 */
export function drawingPicker({ label, names, value, change }) {
  const name = uniqueId();
  const views = names.map(() => drawingView());
  const inputs = names.map((text, i) =>
    element("input", { type: "radio", name, value: i, "aria-label": text, checked: i === value && "checked" })
  );
  const labels = names.map((text, i) => element("label", { title: text }, inputs[i], views[i].node));
  inputs.forEach((input, i) => input.addEventListener("change", guarded(() => change(i))));
  return {
    node: element("fieldset", { class: "vecnb-picker" }, element("legend", {}, label), ...labels),
    show: (drawings) => drawings.forEach((drawing, i) => views[i].show(drawing)),
    get value() {
      return inputs.findIndex((input) => input.checked);
    },
    set value(to) {
      inputs.forEach((input, i) => (input.checked = i === to));
    },
  };
}
