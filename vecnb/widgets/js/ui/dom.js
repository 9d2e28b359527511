// HTML and SVG elements.

/** An HTML element with attributes and children; an attribute that is false or undefined is left out. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svgElement(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

let counter = 0;

/** An id that is unique on the page, however often this module is loaded. */
export function uniqueId() {
  counter += 1;
  return `vecnb-${Math.random().toString(36).slice(2, 8)}-${counter}`;
}
