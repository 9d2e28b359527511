// The tracer of the page against Python's (trace_drawing.json, written and checked by
// tests/widgets/test_trace_drawing.py), and what the page makes of its numbers.

import assert from "node:assert/strict";
import { inflate } from "../../vecnb/widgets/js/lib/unpack.js";
import { between } from "../../vecnb/widgets/js/trace_drawing/strokes_view.js";
import { toSvg } from "../../vecnb/widgets/js/trace_drawing/svg.js";
import {
  countCurves,
  countNumbers,
  isClosed,
  isDot,
  makeTracer,
  readFrames,
  STAGES,
  tracerBytes,
} from "../../vecnb/widgets/js/trace_drawing/tracer.js";
import { near } from "./near.js";
import vectors from "./trace_drawing.json" with { type: "json" };

const PIXELS = 1e-3; // how far the page's strokes may be from Python's
const { instance } = await WebAssembly.instantiate(await tracerBytes());
const trace = makeTracer(instance.exports);

async function pictureOf({ shape: [height, width], pixels }) {
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  return { height, width, pixels: new Uint8Array(await inflate(bytes)) };
}

const framesOf = async (vector) => readFrames(trace(await pictureOf(vector), vector.detail));
const named = (name) => vectors.find((vector) => vector.name === name);

Deno.test("there are twenty", () => assert.equal(vectors.length, 20));

for (const vector of vectors) {
  Deno.test(`${vector.name}: the strokes are Python's`, async () => {
    const { strokes } = (await framesOf(vector)).at(-1);
    assert.equal(strokes.length, vector.strokes.length);
    strokes.forEach((found, i) => {
      const { width, degree, points } = vector.strokes[i];
      assert.equal(found.straight, degree === 1);
      near([found.width], [width], PIXELS);
      near(
        found.straight ? [...found.chain.subarray(0, 2), ...found.chain.slice(-2)] : [...found.chain],
        points,
        PIXELS,
      );
    });
  });
}

Deno.test("the steps come in order, and refinement brings the strokes nearer", async () => {
  const frames = await framesOf(named("a cup"));
  const stages = frames.map(({ stage }) => stage);
  assert.deepEqual([...new Set(stages)], STAGES);
  assert.deepEqual(stages, [...stages].sort((one, other) => STAGES.indexOf(one) - STAGES.indexOf(other)));
  const looks = frames.filter(({ stage }) => stage === "refined").map(({ look }) => look);
  assert.ok(looks.every((look, i) => i === 0 || look > looks[i - 1]));
  const errors = frames.map(({ error }) => error);
  assert.ok(errors.every((error) => error >= 0 && error < 0.1));
  assert.ok(errors.at(-1) < 0.5 * errors[1]);
});

Deno.test("strokes that are far apart are refined together", async () => {
  const frames = (await framesOf(named("a house"))).filter(({ stage }) => stage === "refined");
  const moved = frames[0].strokes.filter(({ chain }, i) =>
    chain.some((value, at) => value !== frames.at(-1).strokes[i].chain[at])
  );
  assert.ok(moved.length > 3); // in the second look, and later ones, of several groups
});

Deno.test("a picture after another, larger and smaller, is traced as if it were the first", async () => {
  const [small, large] = [await pictureOf(named("a plus")), await pictureOf(named("a word"))];
  const first = trace(small, 1);
  assert.ok(trace(large, 1).length > first.length);
  assert.deepEqual(trace(small, 1), first);
});

Deno.test("what cannot be traced is refused", () => {
  const empty = { pixels: new Uint8Array(0), height: 0, width: 0 };
  assert.throws(() => trace(empty, 1), /the tracer refuses this picture/);
  const blank = { pixels: new Uint8Array(4), height: 2, width: 2 };
  assert.throws(() => trace(blank, 0), /the tracer refuses this picture/);
  assert.ok(trace(blank, 1).length > 0);
});

const LINE = { width: 2, straight: true, chain: [1, 2, 2, 2, 3, 2, 4, 2] };
const DOT = { width: 3, straight: true, chain: [5, 6, 5, 6, 5, 6, 5, 6] };
const LOOP = { width: 1, straight: false, chain: [0, 0, 4, 0, 4, 4, 2, 4, 0, 4, 0, 2, 0, 0] };

Deno.test("counts, by hand", () => {
  assert.deepEqual([LINE, DOT, LOOP].map(countNumbers), [5, 3, 13]);
  assert.deepEqual([LINE, DOT, LOOP].map(countCurves), [1, 1, 2]);
  assert.deepEqual([LINE, DOT, LOOP].map(isClosed), [false, false, true]);
  assert.deepEqual([LINE, DOT, LOOP].map(isDot), [false, true, false]);
});

Deno.test("an SVG, by hand", () => {
  const wide = { ...LINE, width: 2.00049, chain: [1.23456, -0.0001, 2, 2, 3, 2, 4, 2] };
  const shapes = toSvg([wide, DOT, LOOP], 10, 20).match(/<(path|circle)[^>]*>/g);
  assert.deepEqual(shapes, [
    '<path d="M1.235 0L4 2" stroke-width="2"/>',
    '<circle cx="5" cy="6" r="1.5" fill="black" stroke="none"/>',
    '<path d="M0 0C4 0 4 4 2 4 0 4 0 2 0 0Z" stroke-width="1"/>',
  ]);
});

Deno.test("between two frames strokes glide, where they have the same curves", () => {
  const [frame, next] = [[LINE], [{ ...LINE, width: 4, chain: LINE.chain.map((value) => value + 1) }]].map(
    (strokes) => ({ stage: "refined", strokes }),
  );
  const [glided] = between(frame, next, 0.25).strokes;
  assert.deepEqual([glided.width, glided.chain[0], glided.chain[7]], [2.5, 1.25, 2.25]);
  assert.equal(between(frame, { stage: "simplified", strokes: [LOOP] }, 0.25), frame);
  assert.equal(between(frame, undefined, 0.25), frame);
});
