// Snapshots of a run, unpacked.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { unpackSnapshots } from "../../vecnb/widgets/js/training_replayed/snapshots.js";

const dataView = (array) => new DataView(Uint8Array.from(deflateSync(new Uint8Array(array.buffer))).buffer);
const STATE = {
  shape: [2, 1, 1, 5],
  scale: 1000,
  snapshots: dataView(Int16Array.from([0, 1000, 500, 250, 89, -4, 1, 2, 3, 4])),
  steps: [10, 20],
  names: ["digit 0"],
  digits: dataView(Uint8Array.from({ length: 784 }, (_, i) => i % 2 ? 255 : 0)),
  curves: [],
};
const holding = (change) => ({ get: (name) => ({ ...STATE, ...change })[name] });

Deno.test("drawings are thousandths, digits 255ths", async () => {
  const run = await unpackSnapshots(holding({}));
  assert.deepEqual(run.snapshots.map((drawings) => drawings.map((one) => [...one])), [
    [[0, 1, 0.5, 0.25, 0.089]],
    [[-0.004, 0.001, 0.002, 0.003, 0.004]],
  ]);
  assert.deepEqual([...run.digits[0].slice(0, 3)], [0, 1, 0]);
});

Deno.test("a run without digits has none", async () => {
  const run = await unpackSnapshots(holding({ digits: new DataView(new ArrayBuffer(0)) }));
  assert.deepEqual(run.digits, []);
});

Deno.test("a missing snapshot is an error", async () => {
  await assert.rejects(unpackSnapshots(holding({ shape: [3, 1, 1, 5] })), /10 numbers, not 3 × 1 × 5/);
});
