// One model's answer to a drawing: its lines above the pixels of its input, and buttons to copy and save them.

import { fixed } from "../lib/numbers.js";
import { showImage, squareView } from "../ui/canvas.js";
import { button } from "../ui/controls.js";
import { element, svgElement } from "../ui/dom.js";
import { copy, save } from "../ui/export.js";
import { block, row } from "../ui/layout.js";

const COPIED =
  "Copied: x1, y1, x2, y2, width of each line, unit square, y down; Python and JavaScript read it.";

/** {node, code, show(code, image, milliseconds)}: code is {lines, width}, or null for an empty pad. */
export function modelCard({ title, subtitle, run }, announce) {
  const view = squareView(`${title}: the lines`);
  view.node.classList.add("vecnb-card-view");
  const count = element("span"), time = element("span", { "aria-hidden": "true" });
  const copyButton = button("Copy", async () => announce(await copy(toJson(card.code), COPIED)), {
    "aria-label": `Copy the coordinates of ${title}`,
  });
  const saveButton = button("Save SVG", () => {
    save(toSvg(card.code), `digit-${run}.svg`);
    announce(`Saved digit-${run}.svg.`);
  }, { "aria-label": `Save SVG of ${title}` });
  const heading = element("p", {}, element("strong", {}, title), ` ${subtitle}`);
  // Screen readers read all of it when the number of lines changes; the time, which changes always, is hidden.
  const status = element(
    "div",
    { "aria-live": "polite", "aria-atomic": "true" },
    heading,
    element("span", { class: "vecnb-count" }, count, time),
  );
  const card = {
    node: element(
      "article",
      { class: "vecnb-card", "data-run": run },
      view.node,
      block("vecnb-card-text", status, row(copyButton, saveButton)),
    ),
    code: null,
    show(code, image, milliseconds) {
      card.code = code;
      copyButton.disabled = saveButton.disabled = code === null;
      showImage(view.canvas, image, 28, 28);
      if (code === null) {
        view.svg.replaceChildren();
        count.textContent = "waiting for a stroke";
        time.textContent = "";
        return;
      }
      const axes = svgLines(code.lines, 0, "vecnb-axis");
      view.svg.replaceChildren(...svgLines(code.lines, code.width, "vecnb-stroke"), ...axes);
      count.textContent = `${code.lines.length} lines`;
      time.textContent = milliseconds === undefined ? "" : ` in ${fixed(milliseconds, 0)}\u00a0ms`;
    },
  };
  return card;
}

/** SVG elements for lines with widths, one or one for each line, in unit-square lengths. */
function svgLines(lines, width, name) {
  return lines.map(([x1, y1, x2, y2], i) =>
    svgElement("line", { x1, y1, x2, y2, "stroke-width": width[i] ?? width, class: name })
  );
}

/** The lines as JSON, which Python and JavaScript read too: a row x1, y1, x2, y2, width for each. */
export function toJson({ lines, width }) {
  const rows = lines.map((line, i) => `[${[...line, width[i]].map((value) => value.toFixed(4)).join(", ")}]`);
  return `[${rows.join(",\n ")}]\n`;
}

/** The lines as an SVG document, as `Strokes.to_svg` writes it: a line of no length is a disc, of no width absent. */
export function toSvg({ lines, width }, size = 280) {
  const elements = lines.map((line, i) => {
    const [x1, y1, x2, y2, w] = [...line, width[i]].map((value) => Number(value.toFixed(4)));
    if (w <= 0) return "";
    if (x1 === x2 && y1 === y2) return `<circle cx="${x1}" cy="${y1}" r="${w / 2}" stroke="none"/>`;
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke-width="${w}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 1 1">` +
    `<rect width="1" height="1" fill="white"/>` +
    `<g stroke="black" stroke-linecap="round">${elements.join("")}</g></svg>`;
}
