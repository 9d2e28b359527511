// Comparison of lists of numbers.

import assert from "node:assert/strict";

/** Two lists have the same length and agree, each number within the tolerance. */
export function near(found, wanted, tolerance = 1e-6) {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted[i]) <= tolerance, `at ${i}: ${value}, not ${wanted[i]}`);
  });
}
