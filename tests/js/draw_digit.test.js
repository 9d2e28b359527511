// Draw a digit, without a page: the pen against what MNIST is known to be, the network against itself by hand.
// Against torch it is held in the browser, by tests/test_widgets_draw_digit.py.

import assert from "node:assert/strict";
import test from "node:test";
import { numbersOf } from "../../vecnb/widgets/answer.js";
import { runNetwork } from "../../vecnb/widgets/network.js";
import { centreOfMass, scan } from "../../vecnb/widgets/pen.js";
import { uniform } from "../../vecnb/widgets/random.js";

const LINE = [[[0.2, 0.5], [0.8, 0.5]]];
const SQUARE = [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4], [0.1, 0.4], [0.1, 0.1]]];
const SEVEN = [[[0.3, 0.2], [0.6, 0.22], [0.45, 0.8]], [[0.35, 0.5], [0.6, 0.5]]];

/** Width and height of the ink, in pixels. */
function extent(image) {
  const inked = [...image.keys()].filter((i) => image[i] > 0);
  return [(i) => i % 28, (i) => Math.floor(i / 28)].map((axis) => {
    const places = inked.map(axis);
    return Math.max(...places) - Math.min(...places) + 1;
  });
}

test("no point, no image", () => {
  assert.equal(scan([]), null);
});

test("a level line, by hand: 20 pixels long, 2.5 wide, its mass within half a pixel of pixel (14, 14)", () => {
  const image = scan(LINE);
  assert.deepEqual(extent(image), [20, 3]);
  assert.deepEqual([12, 13, 14, 15, 16].map((row) => image[28 * row + 14]), [0, 1, 1, 0.5, 0]);
});

test("the longer side fills 20 pixels, the shape is kept, the mass is in the middle", () => {
  const wanted = [[LINE, 20, 3], [SQUARE, 20, 20], [SEVEN, null, 20]];
  for (const [strokes, width, height] of wanted) {
    const image = scan(strokes), [across, down] = extent(image);
    assert.equal(down, height);
    assert.ok(across === (width ?? across));
    for (const place of centreOfMass(image)) assert.ok(place >= 13.99 && place < 15, `${place}`);
  }
  const [across] = extent(scan(SEVEN)); // 0.3 of 0.6: half as broad as it is high, but for the pen
  assert.ok(Math.abs(across - (2.5 + 17.5 / 2)) <= 1, `${across}`);
});

test("where and how large a digit was drawn does not matter", () => {
  const moved = SEVEN.map((stroke) => stroke.map(([x, y]) => [0.25 + 0.5 * x, 0.05 + 0.5 * y]));
  const here = scan(SEVEN), there = scan(moved);
  assert.ok(here.every((ink, i) => Math.abs(ink - there[i]) < 1e-5));
});

test("a dot stays a dot", () => {
  const [across, down] = extent(scan([[[0.9, 0.1]]]));
  assert.ok(across <= 4 && down <= 4, `${across} × ${down}`);
});

test("a convolution, by hand: the sum of a 3 × 3 neighbourhood, halved by its stride", () => {
  const layer = { kind: "convolution", inputs: 1, outputs: 1, kernel: 3, stride: 2, padding: 1 };
  const ones = { ...layer, weight: new Float32Array(9).fill(1), bias: Float32Array.of(0.5) };
  const image = Float32Array.from({ length: 16 }, (_, i) => i);
  assert.deepEqual([...runNetwork([ones], image)], [10.5, 24.5, 51.5, 90.5]);
});

test("seven images at once answer as seven one by one", () => {
  const random = uniform(0), fill = (length) => Float32Array.from({ length }, () => random() - 0.5);
  const layers = [
    {
      kind: "convolution",
      inputs: 2,
      outputs: 3,
      kernel: 3,
      stride: 2,
      padding: 1,
      weight: fill(54),
      bias: fill(3),
    },
    { kind: "gelu" },
    { kind: "linear", inputs: 12, outputs: 4, weight: fill(48), bias: fill(4) },
    { kind: "sigmoid" },
  ];
  const images = fill(7 * 32);
  const one = [...Array(7).keys()].flatMap((i) => [
    ...runNetwork(layers, images.subarray(32 * i, 32 * i + 32)),
  ]);
  runNetwork(layers, images, 7).forEach((value, i) => assert.ok(Math.abs(value - one[i]) < 1e-6));
});

test("what is copied is a list of rows, and nothing else", () => {
  const text = numbersOf({ lines: [[0, 0.5, 1, 0.25], [0, 0, 0, 0]], width: [0.1, 0.05] });
  assert.deepEqual(JSON.parse(text), [[0, 0.5, 1, 0.25, 0.1], [0, 0, 0, 0, 0.05]]);
});
