// Containers and texts that several widgets use.

import { element, svgElement } from "./dom.js";

/** A paragraph of text that changes; a screen reader reads it when it does. */
export function liveText() {
  return element("p", { class: "vecnb-live", "aria-live": "polite" });
}

/** Controls side by side, as many as fit. */
export function row(...nodes) {
  return element("div", { class: "vecnb-row" }, ...nodes);
}

/** A square view on one side, what belongs to it on the other; one below the other on a narrow screen. */
export function columns(...nodes) {
  return element("div", { class: "vecnb-columns" }, ...nodes);
}

/** A block of the given class. */
export function block(name, ...nodes) {
  return element("div", { class: name }, ...nodes);
}

/** Nodes with a caption below them. */
export function panel(caption, ...nodes) {
  return element("figure", { class: "vecnb-panel" }, ...nodes, element("figcaption", {}, caption));
}

/** A table: names of the columns, rows of texts, the first of which names the row. fill(rows) sets them. */
export function table(caption, names) {
  const body = element("tbody");
  const cell = (text, i) => element(i ? "td" : "th", i ? {} : { scope: "row" }, text);
  const head = names.map((name) => element("th", { scope: "col" }, name));
  return {
    node: element(
      "table",
      { class: "vecnb-table", "aria-label": caption },
      element("thead", {}, element("tr", {}, ...head)),
      body,
    ),
    fill(rows) {
      body.replaceChildren(...rows.map((texts) => element("tr", {}, ...texts.map(cell))));
    },
  };
}

/** A symbol of a legend, 24 × 16. */
export function symbol(...shapes) {
  return svgElement("svg", { viewBox: "0 0 24 16", class: "vecnb-symbol", "aria-hidden": "true" }, ...shapes);
}

/** A legend: items are [symbol, its meaning]. */
export function legend(items) {
  const entry = ([shape, text]) => element("li", {}, shape, element("span", {}, text));
  return element("ul", { class: "vecnb-legend" }, ...items.map(entry));
}
