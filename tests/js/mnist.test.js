// The preprocessing of a drawing against what is known of MNIST, and against `vecnb.to_mnist` of a picture of it
// (mnist.json, written and checked by tests/widgets/test_draw_digit.py).

import assert from "node:assert/strict";
import { centreOfMass, STROKE_PIXELS, strokesToMnist } from "../../vecnb/widgets/js/lib/mnist.js";
import vectors from "./mnist.json" with { type: "json" };

const LINE = [[[0.2, 0.5], [0.8, 0.5]]];
const SQUARE = [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4], [0.1, 0.4], [0.1, 0.1]]];
const SEVEN = [[[0.3, 0.2], [0.6, 0.22], [0.45, 0.8]], [[0.35, 0.5], [0.6, 0.5]]];

/** Width and height of the drawing in an image, in pixels. */
function extent(image) {
  const drawn = [...image.keys()].filter((i) => image[i] > 0);
  return [(i) => i % 28, (i) => Math.floor(i / 28)].map((axis) => {
    const indices = drawn.map(axis);
    return Math.max(...indices) - Math.min(...indices) + 1;
  });
}

Deno.test("no point, no image", () => {
  assert.equal(strokesToMnist([]), null);
});

Deno.test("a level line, by hand: 20 pixels long, 2.5 wide, its mass within half a pixel of pixel (14, 14)", () => {
  const image = strokesToMnist(LINE);
  assert.deepEqual(extent(image), [20, 3]);
  assert.deepEqual([12, 13, 14, 15, 16].map((row) => image[28 * row + 14]), [0, 1, 1, 0.5, 0]);
});

Deno.test("the longer side fills 20 pixels, the shape is kept, the mass is in the middle", () => {
  for (const [strokes, width, height] of [[LINE, 20, 3], [SQUARE, 20, 20], [SEVEN, null, 20]]) {
    const image = strokesToMnist(strokes), [across, down] = extent(image);
    assert.equal(down, height);
    assert.ok(across === (width ?? across));
    for (const value of centreOfMass(image)) assert.ok(value >= 13.99 && value < 15, `${value}`);
  }
  const [across] = extent(strokesToMnist(SEVEN)); // 0.3 of 0.6: half as wide as it is high, but for the stroke
  assert.ok(Math.abs(across - (2.5 + 17.5 / 2)) <= 1, `${across}`);
});

Deno.test("position and size of a drawing do not matter", () => {
  const moved = SEVEN.map((stroke) => stroke.map(([x, y]) => [0.25 + 0.5 * x, 0.05 + 0.5 * y]));
  const image = strokesToMnist(SEVEN), other = strokesToMnist(moved);
  assert.ok(image.every((value, i) => Math.abs(value - other[i]) < 1e-5));
});

Deno.test("a dot stays a dot", () => {
  const [across, down] = extent(strokesToMnist([[[0.9, 0.1]]]));
  assert.ok(across <= 4 && down <= 4, `${across} × ${down}`);
});

for (const { name, strokes, image } of vectors.drawings) {
  Deno.test(`${name}: the image is that of a picture of the drawing, but for how its edges turn grey`, () => {
    const differences = [...strokesToMnist(strokes)].map((value, i) => Math.abs(value - image[i]));
    const mean = differences.reduce((sum, value) => sum + value) / differences.length;
    assert.ok(mean < 0.01 && Math.max(...differences) < 0.5, `mean ${mean}, max ${Math.max(...differences)}`);
  });
}

Deno.test("a stroke is as wide as the package's", () => {
  assert.equal(STROKE_PIXELS, vectors.stroke_pixels);
});
