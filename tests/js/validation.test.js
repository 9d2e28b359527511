// What a widget accepts from its model, and the messages of its errors.

import assert from "node:assert/strict";
import {
  readIndices,
  readLines,
  readList,
  readNumber,
  readOption,
} from "../../vecnb/widgets/js/lib/validation.js";

const holding = (value) => ({ get: () => value });

Deno.test("valid values are returned as they are", () => {
  assert.deepEqual(readLines(holding([[0, 0.5, 1, -2]])), [[0, 0.5, 1, -2]]);
  assert.equal(readNumber(holding(3), "size", [3, 4]), 3);
  assert.equal(readNumber(holding(4), "size", [3, 4]), 4);
  assert.deepEqual(readList(holding([1.5, -2]), "code", 2), [1.5, -2]);
  assert.deepEqual(readIndices(holding([0, 9]), "axes", 2, 10), [0, 9]);
  assert.equal(readOption(holding("r1"), "penalty", [["none", "no penalty"], ["r1", "R1"]]), "r1");
});

for (const lines of [undefined, null, [], "lines", {}]) {
  Deno.test(`no lines: ${JSON.stringify(lines)}`, () => {
    assert.throws(() => readLines(holding(lines)), /there are no lines/);
  });
}

for (const line of [[0, 0, 1], [0, 0, 1, 1, 1], [0, 0, 1, NaN], [0, 0, 1, Infinity], [0, 0, 1, "1"], null]) {
  Deno.test(`not a line: ${JSON.stringify(line)}, ${String(line)}`, () => {
    assert.throws(() => readLines(holding([[0, 0, 1, 1], line])), /lines\[1\] = .* is not four numbers/);
  });
}

Deno.test("numbers out of range, and what is not a number", () => {
  assert.throws(() => readNumber(holding(5), "size", [3, 4]), /size = 5 is not from 3 to 4/);
  assert.throws(() => readNumber(holding(2.9), "size", [3, 4]), /size = 2.9 is not from 3 to 4/);
  for (const value of [NaN, Infinity, "3", null, undefined]) {
    assert.throws(() => readNumber(holding(value), "size", [3, 4]), /size = .* is not a number/);
  }
});

Deno.test("lists of another length, not of numbers, or not of indices", () => {
  for (const values of [[1], [1, 2, 3], [1, NaN], [1, "2"], "12", null, undefined]) {
    assert.throws(() => readList(holding(values), "code", 2), /code = .* is not 2 numbers/);
  }
  for (const values of [[0, 10], [-1, 0], [0.5, 1]]) {
    assert.throws(() => readIndices(holding(values), "axes", 2, 10), /axes = .* are not from 0 to 9/);
  }
});

Deno.test("an option that is not offered", () => {
  assert.throws(() => readOption(holding("r2"), "penalty", [["r1", "R1"]]), /there is no penalty "r2"/);
});
