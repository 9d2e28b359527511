// Numbers as text, and axes, by hand.

import assert from "node:assert/strict";
import {
  axisBounds,
  axisTicks,
  brief,
  fixed,
  percent,
  tickLabel,
} from "../../vecnb/widgets/js/lib/numbers.js";

Deno.test("numbers of any size have three digits, or a power of ten", () => {
  assert.deepEqual([0, 1234.5, 12.345, -0.0123, 4.2e-7, NaN].map(brief), [
    "0",
    "1235",
    "12.3",
    "\u22120.0123",
    "4.2·10⁻⁷",
    "–",
  ]);
  assert.deepEqual([fixed(-1.25, 1), percent(0.995)], ["\u22121.3", "100\u00a0%"]);
});

Deno.test("bounds are round, and ignore values that are not finite", () => {
  assert.deepEqual(axisBounds([0.3, 0.92], false), { low: 0.25, high: 1 });
  assert.deepEqual(axisBounds([null, 0.3, NaN, 0.92, Infinity], false), axisBounds([0.3, 0.92], false));
  assert.deepEqual(axisBounds([3, null, 700], true), { low: 2, high: 1000 });
});

Deno.test("a curve without a finite value has axes", () => {
  assert.deepEqual(axisBounds([null, NaN], false), { low: 0, high: 1 });
});

Deno.test("ticks stand at both ends, and at the middle or at powers of ten", () => {
  assert.deepEqual(axisTicks(0, 1, false), [0, 0.5, 1]);
  assert.deepEqual(axisTicks(1e-6, 1, true).map((value) => tickLabel(value, brief)), [
    "10⁻⁶",
    "10⁻⁴",
    "0.01",
    "1",
  ]);
});
