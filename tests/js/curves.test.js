// Bounds of curves, by hand; their pictures are looked at by the tests of the widgets.

import assert from "node:assert/strict";
import test from "node:test";
import { bounds } from "../../vecnb/widgets/curves.js";

test("bounds are round, and gaps have no say in them", () => {
  assert.deepEqual(bounds([0.3, 0.92], false), { low: 0.25, high: 1 });
  assert.deepEqual(bounds([null, 0.3, NaN, 0.92, Infinity], false), bounds([0.3, 0.92], false));
  assert.deepEqual(bounds([3, null, 700], true), { low: 2, high: 1000 });
});

test("a curve that is nothing but gaps still has axes", () => {
  assert.deepEqual(bounds([null, NaN], false), { low: 0, high: 1 });
});
