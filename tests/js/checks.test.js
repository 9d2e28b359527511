// What a widget accepts from its model, and how it says what is wrong.

import assert from "node:assert/strict";
import test from "node:test";
import { indicesOf, linesOf, listOf, numberOf, optionOf } from "../../vecnb/widgets/checks.js";

const holding = (value) => ({ get: () => value });

test("what is right is handed on as it is", () => {
  assert.deepEqual(linesOf(holding([[0, 0.5, 1, -2]])), [[0, 0.5, 1, -2]]);
  assert.equal(numberOf(holding(3), "size", 3, 4), 3);
  assert.equal(numberOf(holding(4), "size", 3, 4), 4);
  assert.deepEqual(listOf(holding([1.5, -2]), "code", 2), [1.5, -2]);
  assert.deepEqual(indicesOf(holding([0, 9]), "axes", 2, 10), [0, 9]);
  assert.equal(optionOf(holding("r1"), "penalty", [["none", "no penalty"], ["r1", "R1"]]), "r1");
});

for (const lines of [undefined, null, [], "lines", {}]) {
  test(`no lines: ${JSON.stringify(lines)}`, () => {
    assert.throws(() => linesOf(holding(lines)), /there are no lines/);
  });
}

for (const line of [[0, 0, 1], [0, 0, 1, 1, 1], [0, 0, 1, NaN], [0, 0, 1, Infinity], [0, 0, 1, "1"], null]) {
  test(`no line: ${JSON.stringify(line)}`, () => {
    assert.throws(() => linesOf(holding([[0, 0, 1, 1], line])), /lines\[1\] = .* is not four numbers/);
  });
}

test("numbers out of range, and what is no number", () => {
  assert.throws(() => numberOf(holding(5), "size", 3, 4), /size = 5 is not from 3 to 4/);
  assert.throws(() => numberOf(holding(2.9), "size", 3, 4), /size = 2.9 is not from 3 to 4/);
  for (const value of [NaN, Infinity, "3", null, undefined]) {
    assert.throws(() => numberOf(holding(value), "size", 3, 4), /size = .* is not a number/);
  }
});

test("lists of another length, of no numbers, or of no places", () => {
  for (const values of [[1], [1, 2, 3], [1, NaN], [1, "2"], "12", null, undefined]) {
    assert.throws(() => listOf(holding(values), "code", 2), /code = .* is not 2 numbers/);
  }
  for (const values of [[0, 10], [-1, 0], [0.5, 1]]) {
    assert.throws(() => indicesOf(holding(values), "axes", 2, 10), /axes = .* are not from 0 to 9/);
  }
});

test("a choice that is not offered", () => {
  assert.throws(() => optionOf(holding("r2"), "penalty", [["r1", "R1"]]), /there is no penalty "r2"/);
});
