// Pictures as Python sends them. No DOM.
// Convention: a picture is {pixels, height, width}, a byte a pixel, ink = 255, row by row.

import { inflate } from "../lib/unpack.js";

/** The trait "image", {shape: [height, width], pixels}, as a picture. */
export function readImage(model) {
  const { shape: [height, width] = [], pixels: { buffer, byteOffset, byteLength } = {} } = model.get("image");
  if (!(height > 0 && width > 0 && byteLength === height * width)) {
    throw new Error("image must have a shape [H, W], and a byte for each pixel");
  }
  return { pixels: new Uint8Array(buffer, byteOffset, byteLength), height, width };
}

/** A picture as that trait. */
export function toImage({ pixels, height, width }) {
  return {
    shape: [height, width],
    pixels: new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength),
  };
}

/** A picture with pixels in [0, 1]. */
export function toUnit(picture) {
  return { ...picture, pixels: Float32Array.from(picture.pixels, (value) => value / 255) };
}

/** The pictures of the trait "examples", [name, height, width] each; their pixels are compressed together. */
export async function unpackExamples(model) {
  const { names, pixels } = model.get("examples");
  const all = new Uint8Array(await inflate(pixels));
  let end = 0;
  return names.map(([label, height, width]) => {
    const own = all.subarray(end, end += height * width);
    return { label, pixels: own, height, width };
  });
}
