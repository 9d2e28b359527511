// Lists of numbers compared; not a test itself.

import assert from "node:assert/strict";

/** Two lists of the same length agree, each number within the tolerance. */
export function near(found, wanted, tolerance = 1e-6) {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted[i]) <= tolerance, `place ${i}: ${value}, not ${wanted[i]}`);
  });
}
