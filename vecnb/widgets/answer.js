// One model's answer to a drawing: its lines upon the pixels that it saw, to look at, to copy and to keep.

import { button, digits, element, row } from "./controls.js";
import { paint, sheet, strokes } from "./sheet.js";

/** {node, show(code, image, milliseconds), code}: code is {lines, width}, or null while there is no drawing. */
export function answer({ title, how, run }, say) {
  const paper = sheet(`${title}: the lines`);
  paper.node.classList.add("vecnb-answer-sheet");
  const count = element("span"), time = element("span", { "aria-hidden": "true" });
  const copyButton = button("Copy", async () => say(await copied(numbersOf(result.code))), {
    "aria-label": `Copy the coordinates of ${title}`,
  });
  const saveButton = button("Save SVG", () => {
    save(svgOf(result.code), `digit-${run}.svg`);
    say(`Saved digit-${run}.svg.`);
  }, { "aria-label": `Save SVG of ${title}` });
  const about = element("p", { class: "vecnb-about" }, element("strong", {}, title), ` ${how}`);
  // Read out whole whenever the count changes, and not whenever the time does: that is in every frame.
  const said = element(
    "div",
    { "aria-live": "polite", "aria-atomic": "true" },
    about,
    element("span", { class: "vecnb-count" }, count, time),
  );
  const result = {
    node: element(
      "article",
      { class: "vecnb-answer", "data-run": run },
      paper.node,
      element("div", { class: "vecnb-words" }, said, row(copyButton, saveButton)),
    ),
    code: null,
    show(code, image, milliseconds) {
      result.code = code;
      copyButton.disabled = saveButton.disabled = code === null;
      paint(paper.canvas, image, 28, 28);
      if (code === null) {
        paper.svg.replaceChildren();
        count.textContent = "waiting for a stroke";
        time.textContent = "";
        return;
      }
      const axes = strokes(code.lines, 0);
      axes.forEach((axis) => axis.setAttribute("class", "vecnb-axis"));
      paper.svg.replaceChildren(...strokes(code.lines, code.width), ...axes);
      count.textContent = `${code.lines.length} lines`;
      time.textContent = milliseconds === undefined ? "" : ` in ${digits(milliseconds, 0)}\u00a0ms`;
    },
  };
  return result;
}

/** The lines as text that Python and JavaScript read, and any reader of JSON: x1, y1, x2, y2, width a row. */
export function numbersOf({ lines, width }) {
  const rows = lines.map((line, i) => `[${[...line, width[i]].map((value) => value.toFixed(4)).join(", ")}]`);
  return `[${rows.join(",\n ")}]\n`;
}

/** The lines as a document: the twin of `Strokes.to_svg`. */
export function svgOf({ lines, width }, size = 280) {
  const marks = lines.map((line, i) => {
    const [x1, y1, x2, y2, w] = [...line, width[i]].map((value) => value.toFixed(4));
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke-width="${w}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 1 1">` +
    `<rect width="1" height="1" fill="white"/>` +
    `<g stroke="black" stroke-linecap="round">${marks.join("")}</g></svg>`;
}

function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Put text on the clipboard; what there is to say of it. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copiedTheOldWay(text)) return `This browser lets no page copy. Here they are: ${text}`;
  }
  return "Copied: x1, y1, x2, y2, width of each line, unit square, y down; Python and JavaScript read it.";
}

/** Where a page has no clipboard (not over https, or not allowed): select the text, and copy what is selected. */
function copiedTheOldWay(text) {
  const area = element("textarea", { class: "vecnb-away", readonly: "" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
