// Test digits as a row of buttons.

import { showImage } from "../ui/canvas.js";
import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";

const PIXEL_COUNT = 28 * 28;

/** The test digits in `bytes`, a byte a pixel: {node, mark(image)}; choose(image [784]) is called on a click. */
export function examples(bytes, choose) {
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const buttons = Array.from({ length: all.length / PIXEL_COUNT }, (_, digit) => {
    const values = all.subarray(PIXEL_COUNT * digit, PIXEL_COUNT * (digit + 1));
    const pixels = Float32Array.from(values, (value) => value / 255);
    const canvas = element("canvas", { "aria-hidden": "true" });
    showImage(canvas, pixels, 28, 28);
    const label = `Test digit ${digit}`;
    const node = button("", () => choose(pixels), { class: "vecnb-example", "aria-label": label });
    node.append(canvas);
    return { node, pixels };
  });
  return {
    node: element(
      "div",
      { class: "vecnb-examples", role: "group", "aria-label": "Test digits" },
      ...buttons.map(({ node }) => node),
    ),
    /** Mark the button of this image, if it is one of them. */
    mark(image) {
      for (const { node, pixels } of buttons) {
        node.setAttribute("aria-pressed", Boolean(image?.every((value, i) => value === pixels[i])));
      }
    },
  };
}
