// The forward pass by hand and against itself; tests/widgets/test_draw_digit.py compares it with torch.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { runNetwork } from "../../vecnb/widgets/js/lib/network.js";
import { uniform } from "../../vecnb/widgets/js/lib/random.js";
import { unpackNetwork } from "../../vecnb/widgets/js/lib/unpack.js";

Deno.test("a convolution, by hand: the sum of a 3 × 3 neighbourhood, with a stride of two", () => {
  const layer = { kind: "convolution", inputs: 1, outputs: 1, kernel: 3, stride: 2, padding: 1 };
  const ones = { ...layer, weight: new Float32Array(9).fill(1), bias: Float32Array.of(0.5) };
  const image = Float32Array.from({ length: 16 }, (_, i) => i);
  assert.deepEqual([...runNetwork([ones], image)], [10.5, 24.5, 51.5, 90.5]);
});

Deno.test("seven images at once give what each gives alone", () => {
  const random = uniform(0), fill = (length) => Float32Array.from({ length }, () => random() - 0.5);
  const sizes = { inputs: 2, outputs: 3, kernel: 3, stride: 2, padding: 1 };
  const layers = [
    { kind: "convolution", ...sizes, weight: fill(54), bias: fill(3) },
    { kind: "gelu" },
    { kind: "linear", inputs: 12, outputs: 4, weight: fill(48), bias: fill(4) },
    { kind: "sigmoid" },
  ];
  const images = fill(7 * 32);
  const alone = Array.from({ length: 7 }, (_, i) => [
    ...runNetwork(layers, images.subarray(32 * i, 32 * i + 32)),
  ]).flat();
  runNetwork(layers, images, 7).forEach((value, i) => assert.ok(Math.abs(value - alone[i]) < 1e-6));
});

Deno.test("a layer is unpacked: scales, biases, integers", async () => {
  const floats = new Uint8Array(Float32Array.of(0.5, 0.25, 1, -1).buffer);
  const bytes = deflateSync(Uint8Array.of(...floats, 1, 2, 253, 4)); // 253 is −3 as int8
  const layers = [{ kind: "linear", inputs: 2, outputs: 2 }, { kind: "relu" }];
  const [linear, relu] = await unpackNetwork(layers, new DataView(Uint8Array.from(bytes).buffer));
  assert.deepEqual([...linear.weight, ...linear.bias], [0.5, 1, -0.75, 1, 1, -1]);
  assert.deepEqual(relu, { kind: "relu" });
});
