// Lines on a sheet, whose end points can be taken hold of.

import { svgElement } from "./controls.js";
import { handle } from "./sheet.js";

/**
 * The ends of lines as handles on a sheet's svg.
 *
 * change(lines) is told of the lines with an end moved; show(lines) puts the handles where they are.
 */
export function ends(svg, change) {
  const group = svgElement("g");
  svg.append(group);
  let lines = [], handles = [];
  const mover = (i, end) => (x, y) => {
    change(
      lines.map((line, j) => j !== i ? line : end ? [line[0], line[1], x, y] : [x, y, line[2], line[3]]),
    );
  };
  const rebuild = () => {
    handles = lines.flatMap((line, i) =>
      [0, 1].map((end) => {
        const label = `line ${i + 1}, ${end ? "end" : "start"}`;
        return handle({ svg, label, x: line[2 * end], y: line[2 * end + 1], move: mover(i, end) });
      })
    );
    group.replaceChildren(...handles.map(({ node }) => node));
  };
  return {
    show(to) {
      const others = to.length !== lines.length;
      lines = to;
      if (others) rebuild();
      else handles.forEach(({ at }, k) => at(...lines[k >> 1].slice(2 * (k % 2), 2 * (k % 2) + 2)));
    },
  };
}
