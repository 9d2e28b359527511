// What was found: how much of it there is, how near it comes to the picture, and how to take it away.

import { chart } from "../ui/chart.js";
import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { copy, save } from "../ui/export.js";
import { block } from "../ui/layout.js";
import { toSvg } from "./svg.js";
import { countCurves, countNumbers } from "./tracer.js";

const FILE = "drawing.svg";
const perCent = (value) => `${Number(value.toPrecision(2))}\u00a0%`;

/** {counts, curve, exports, load(frames, picture), show(position)}; announce(text) tells the reader. */
export function results(announce) {
  const texts = ["strokes", "curves", "numbers"].map((name) => [name, element("strong", {}, "–")]);
  const error = chart({
    label: "left over of the picture",
    low: 0.1,
    high: 100,
    log: true,
    write: perCent,
  });
  error.labelAxis(["skeleton", "the last step"]);
  let frames = [], size = [1, 1];
  const document = () => toSvg(frames.at(-1).strokes, ...size);
  const saveButton = button("Save SVG", () => {
    save(document(), FILE);
    announce(`Saved ${FILE}.`);
  });
  const copyButton = button("Copy SVG", async () => announce(await copy(document(), "Copied the SVG.")));
  return {
    counts: block(
      "vecnb-counts",
      ...texts.map(([name, value]) =>
        element("div", {}, value, element("span", { class: "vecnb-quiet" }, name))
      ),
    ),
    curve: error.node,
    exports: block("vecnb-exports", saveButton, copyButton),
    load(to, { height, width }) {
      [frames, size] = [to, [height, width]];
      saveButton.disabled = copyButton.disabled = frames.length === 0;
      error.draw(
        frames.map((_, i) => i / Math.max(1, frames.length - 1)),
        frames.map(({ error }) => 100 * error),
      );
      if (frames.length === 0) {
        texts.forEach(([, value]) => (value.textContent = "–"));
        error.mark(0, NaN);
      }
    },
    show(position) {
      const { strokes, error: share } = frames[Math.floor(position)];
      const sum = (count) => strokes.reduce((total, stroke) => total + count(stroke), 0);
      [strokes.length, sum(countCurves), sum(countNumbers)].forEach((count, i) => {
        texts[i][1].textContent = count.toLocaleString("en-GB");
      });
      error.mark(position / Math.max(1, frames.length - 1), 100 * share);
    },
  };
}
