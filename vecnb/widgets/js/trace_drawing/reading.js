// Pictures from files, from the clipboard and from what is dropped, as the ink of at most 256 × 256 pixels.
// Convention: a picture is {pixels, height, width}, a byte a pixel, ink = 255, row by row.

import { shrink, toInk } from "../lib/ink.js";
import { element } from "../ui/dom.js";

/** The longest side of a picture, in pixels. */
export const LONGEST = 256;
const FINEST = 8; // so many pixels a side, at most, become one

/** The picture in a file, and its size before it was scaled down: {picture, height, width}. */
export async function readPicture(file) {
  const image = element("img"), address = URL.createObjectURL(file);
  try {
    image.src = address;
    await image.decode().catch(() => {
      const name = file.name ? `“${file.name}”` : "This";
      throw new Error(`${name} is not a picture that this browser reads.`);
    });
    return { picture: rasterise(image), height: image.naturalHeight, width: image.naturalWidth };
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Its pixels over white: drawn some times too large, and reduced to means of blocks. */
function rasterise(image) {
  const naturalHeight = image.naturalHeight || LONGEST, naturalWidth = image.naturalWidth || LONGEST;
  const longest = Math.max(naturalHeight, naturalWidth), scale = Math.min(1, LONGEST / longest);
  const [height, width] = [naturalHeight, naturalWidth].map((side) => Math.max(1, Math.round(scale * side)));
  const factor = Math.min(FINEST, Math.max(1, Math.floor(longest / LONGEST)));
  const canvas = element("canvas", { height: factor * height, width: factor * width });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { pixels: toInk(shrink(data, height, width, factor), height, width), height, width };
}
