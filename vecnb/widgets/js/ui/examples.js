// Pictures to choose from, as a row of buttons.

import { showImage } from "./canvas.js";
import { button } from "./controls.js";
import { element } from "./dom.js";

/**
 * {node, mark(pixels)} for pictures {label, pixels, height, width}, pixels in [0, 1] row by row.
 *
 * choose(number) is called on a click.
 */
export function examples(label, pictures, choose) {
  const buttons = pictures.map((picture, number) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    showImage(canvas, picture.pixels, picture.height, picture.width);
    const attributes = { class: "vecnb-example", "aria-label": picture.label, title: picture.label };
    const node = button("", () => choose(number), attributes);
    node.append(canvas);
    return { node, pixels: picture.pixels };
  });
  return {
    node: element(
      "div",
      { class: "vecnb-examples", role: "group", "aria-label": label },
      ...buttons.map(({ node }) => node),
    ),
    /** Mark the button of the picture with these pixels, if it is one of them. */
    mark(wanted) {
      for (const { node, pixels } of buttons) {
        const same = wanted?.length === pixels.length && wanted.every((value, i) => value === pixels[i]);
        node.setAttribute("aria-pressed", same);
      }
    },
  };
}
