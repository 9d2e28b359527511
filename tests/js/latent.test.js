// Codes and their lines, a film, and how both glide: by hand. Torch is asked by test_widgets_walk_latent_space.py.

import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { blend } from "../../vecnb/widgets/drawing.js";
import { unpackFilm } from "../../vecnb/widgets/film.js";
import { between, busiest, decode, fromPrior, onPlane } from "../../vecnb/widgets/latent.js";
import { ease } from "../../vecnb/widgets/motion.js";

test("a drawing of one line: sigmoids in their order, the width a share of the widest", () => {
  // z = (a, b) goes through one linear layer to x1, y1, x2, y2, width, sharpness
  const weight = Float32Array.from([1, 0, 0, 1, -1, 0, 0, -1, 0, 0, 5, 5]);
  const layers = [{ kind: "linear", inputs: 2, outputs: 6, weight, bias: new Float32Array(6) }];
  const three = Math.log(3); // its sigmoid is 3/4
  const numbers = decode({ layers, lines: 1, max_width: 0.2 }, [three, 0]);
  [0.75, 0.5, 0.25, 0.5, 0.1].forEach((wanted, i) => assert.ok(Math.abs(numbers[i] - wanted) < 1e-6));
  assert.equal(numbers.length, 5);
});

test("the way between two codes begins, halves and ends where it should", () => {
  const [a, b] = [[0, 2], [1, -2]];
  assert.deepEqual([0, 0.5, 1].map((share) => between(a, b, share)), [a, [0.5, 0], b]);
});

test("a plane moves its own two numbers only", () => {
  assert.deepEqual(onPlane([1, 2, 3, 4], [3, 1], 7, 8), [1, 8, 3, 7]);
});

test("the prior's samples are those of their seed, of mean 0 and variance 1", () => {
  const codes = fromPrior(500, 20, 3), numbers = codes.flat();
  assert.deepEqual(fromPrior(2, 20, 3), codes.slice(0, 2));
  assert.notDeepEqual(fromPrior(2, 20, 4), codes.slice(0, 2));
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
});

test("the busiest numbers come first, equals in their order", () => {
  assert.deepEqual(busiest([0, 2, 1, 2]), [1, 3, 2, 0]);
});

test("lines glide in straight ways, slowly at both ends", () => {
  assert.deepEqual(blend([0, 1], [1, 0], 0.25), [0.25, 0.75]);
  assert.deepEqual([0, 0.25, 0.5, 1].map(ease), [0, 0.15625, 0.5, 1]);
});

const dataView = (array) => new DataView(Uint8Array.from(deflateSync(new Uint8Array(array.buffer))).buffer);

test("a film is unpacked picture by picture, in thousandths; digits in 255ths, or none", async () => {
  const state = {
    shape: [2, 1, 1, 5],
    film: dataView(Int16Array.from([0, 1000, 500, 250, 89, -4, 1, 2, 3, 4])),
    steps: [10, 20],
    names: ["digit 0"],
    digits: dataView(Uint8Array.from({ length: 784 }, (_, i) => i % 2 ? 255 : 0)),
    curves: [],
  };
  const film = await unpackFilm({ get: (name) => state[name] });
  assert.deepEqual(film.pictures.map((picture) => picture.map((one) => [...one])), [
    [[0, 1, 0.5, 0.25, 0.089]],
    [[-0.004, 0.001, 0.002, 0.003, 0.004]],
  ]);
  assert.deepEqual([...film.digits[0].slice(0, 3)], [0, 1, 0]);
  const bare = await unpackFilm({
    get: (name) => name === "digits" ? new DataView(new ArrayBuffer(0)) : state[name],
  });
  assert.deepEqual(bare.digits, []);
});
