// What leaves the page: lines as JSON and as SVG. tests/widgets/test_draw_digit.py compares the SVG with Python's.

import assert from "node:assert/strict";
import { toJson, toSvg } from "../../vecnb/widgets/js/draw_digit/model_card.js";

Deno.test("what is copied is JSON, a row for each line", () => {
  const text = toJson({ lines: [[0, 0.5, 1, 0.25], [0, 0, 0, 0]], width: [0.1, 0.05] });
  assert.deepEqual(JSON.parse(text), [[0, 0.5, 1, 0.25, 0.1], [0, 0, 0, 0, 0.05]]);
});

Deno.test("an SVG has four decimals at most, a disc for a dot, and nothing for a line of width 0", () => {
  const lines = [[0.1, 0.25, 0.5, 0.123456], [0.5, 0.5, 0.5, 0.5], [0.2, -0.00001, 1.05, 0.3], [0, 0, 1, 1]];
  const document = toSvg({ lines, width: [0.0891, 0.05, 0.12345, 0] });
  assert.deepEqual(document.match(/<(line|circle) [^>]*>/g), [
    '<line x1="0.1" y1="0.25" x2="0.5" y2="0.1235" stroke-width="0.0891"/>',
    '<circle cx="0.5" cy="0.5" r="0.025" stroke="none"/>',
    '<line x1="0.2" y1="0" x2="1.05" y2="0.3" stroke-width="0.1235"/>',
  ]);
});
