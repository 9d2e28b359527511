// Strokes in colours: a pale band of their width, their middle line, and dots where their curves meet.

import { interpolate } from "../lib/math.js";
import { svgElement } from "../ui/dom.js";
import { pathData } from "./svg.js";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a66f00", "#6f52b5"]; // dark enough for thin lines

/** {node, show(frame), resize(height, width)}: a group for the svg of a board. */
export function strokesView() {
  const bands = svgElement("g", { class: "vecnb-bands" });
  const middles = svgElement("g", { class: "vecnb-middles" });
  const joints = svgElement("g", { class: "vecnb-joints" });
  const node = svgElement("g", {}, bands, middles, joints);
  return {
    node,
    resize(height, width) {
      const side = Math.max(height, width);
      const move = `translate(${(side - width) / 2} ${(side - height) / 2})`;
      node.setAttribute("transform", `scale(${1 / side}) ${move}`);
    },
    show({ stage, strokes }) {
      const data = strokes.map(pathData);
      const coloured = (i, attributes) => ({
        d: data[i],
        stroke: COLOURS[i % COLOURS.length],
        ...attributes,
      });
      const band = stage !== "proposed";
      fill(
        bands,
        band ? strokes.map(({ width }, i) => coloured(i, { "stroke-width": width.toFixed(2) })) : [],
      );
      fill(middles, strokes.map((_, i) => coloured(i, {})));
      fill(joints, band ? strokes.map((stroke, i) => coloured(i, { d: jointsOf(stroke) })) : []);
    },
  };
}

/** Give a group as many paths as there are attributes. */
function fill(group, all) {
  while (group.childNodes.length > all.length) group.lastChild.remove();
  while (group.childNodes.length < all.length) group.append(svgElement("path"));
  all.forEach((attributes, i) => {
    for (const [name, value] of Object.entries(attributes)) group.childNodes[i].setAttribute(name, value);
  });
}

/** Points, as lines of no length, where curves begin and end. */
function jointsOf({ chain, straight }) {
  const step = straight ? chain.length - 2 : 6;
  let data = "";
  for (let i = 0; i < chain.length; i += step) data += `M${chain[i].toFixed(2)} ${chain[i + 1].toFixed(2)}h0`;
  return data;
}

/** The frame between two, where their strokes have the same curves; else the first. */
export function between(frame, next, share) {
  const alike = share > 0 && next && frame.strokes.length === next.strokes.length &&
    frame.strokes.every(({ chain }, i) => chain.length === next.strokes[i].chain.length);
  if (!alike || frame.stage === "proposed") return frame;
  const strokes = frame.strokes.map((stroke, i) => ({
    width: stroke.width + share * (next.strokes[i].width - stroke.width),
    straight: stroke.straight && next.strokes[i].straight,
    chain: interpolate(stroke.chain, next.strokes[i].chain, share),
  }));
  return { ...frame, strokes };
}
