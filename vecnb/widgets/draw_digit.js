// Draw a digit: a board, and beside it the lines that each model sees in the drawing while it grows.

import { answer } from "./answer.js";
import { board } from "./board.js";
import { linesOf } from "./checks.js";
import { button, complain, eachFrame, element, guarded, listen, mount, readout, row } from "./controls.js";
import { examples } from "./examples.js";
import { unpackNetwork } from "./network.js";
import { scan } from "./pen.js";
import { vectorise } from "./vectorise.js";

const TITLE = "Draw a digit";
const PEN_OF_OTHERS = 2.5 / 28; // STROKE_WIDTH in render.py, for lines that came without widths
const NOTHING = new Float32Array(28 * 28);

export default {
  render({ model, el }) {
    return mount(el, TITLE, (root) => build(model, root));
  },
};

function build(model, root) {
  const said = readout();
  const answers = model.get("networks").map((network) => answer(network, (text) => said.textContent = text));
  const mind = thinking(model.get("networks"), answers, () => resting && python.tell(mind.image, answers[0]));
  let resting = true; // whether the pen is up: Python is not told of every dot

  function look() {
    mind.look(scan(paper.strokes), !resting);
    undo.disabled = paper.strokes.length === 0;
    samples.mark(null);
  }

  function showImage(pixels) {
    resting = true;
    paper.show(pixels);
    undo.disabled = true;
    mind.look(pixels);
    samples.mark(pixels);
  }

  const paper = board({
    drawn: guarded(() => {
      resting = false;
      look();
    }),
    lifted: guarded(() => {
      resting = true;
      look();
    }),
  });
  const undo = button("Undo", () => {
    paper.undo();
    look();
  });
  const clear = button("Clear", () => showImage(null));
  const samples = examples(model.get("examples"), showImage);
  const python = connect(model, showImage, (lines) => {
    const { code } = answers[0];
    const width = code?.lines.length === lines.length ? code.width : lines.map(() => PEN_OF_OTHERS);
    answers[0].show({ lines, width }, mind.image ?? NOTHING);
  });

  answers.forEach((one) => one.show(null, NOTHING));
  showImage(flat(model.get("image")));
  mind.wake().catch((error) => complain(root, TITLE, error));
  const beside = element("span", { class: "vecnb-quiet" }, "or take a test digit:");
  root.append(element(
    "div",
    { class: `vecnb-draw vecnb-draw-${Math.min(3, answers.length)}` },
    element("div", {}, paper.node, row(undo, clear, beside), samples.node, said),
    element("div", { class: "vecnb-answers" }, ...answers.map(({ node }) => node)),
  ));
  return python.disconnect;
}

/**
 * What the models make of the image that they were last shown; `done` is called when all have answered.
 *
 * Returns {image, look(image, hasty), wake()}: wake unpacks the networks; look takes null for an empty board.
 * In haste a model sees only one view: while the pen moves, nine would be more than a frame has time for.
 */
function thinking(networks, answers, done) {
  const turns = networks.map((network, i) => ({ network, answer: answers[i], seen: undefined }));
  /** One model a frame: all of them in one would keep the pen waiting. */
  const think = eachFrame(() => {
    const at = turns.findIndex(({ seen, layers }) => layers && seen !== mind.image);
    if (at < 0) return;
    const [turn] = turns.splice(at, 1);
    turns.push(turn); // the next in the next frame
    turn.seen = mind.image;
    const begun = performance.now();
    const views = mind.hasty ? 1 : turn.network.views;
    const code = mind.image && vectorise({ ...turn.network, layers: turn.layers, views }, mind.image);
    turn.answer.show(code, mind.image ?? NOTHING, performance.now() - begun);
    if (turns.every(({ seen }) => seen === mind.image)) done();
    else think();
  });
  const mind = {
    image: null,
    hasty: false,
    look(image, hasty = false) {
      Object.assign(mind, { image, hasty });
      think();
    },
    async wake() {
      for (const turn of [...turns]) {
        turn.layers = await unpackNetwork(turn.network.layers, turn.network.weights);
        think();
      }
    },
  };
  return mind;
}

/** Python's side, if there is one: {tell(image, answer), disconnect()}. What the page itself has set is no news. */
function connect(model, showImage, showLines) {
  let told = {};
  const leave = [
    listen(model, ["image"], () => model.get("image") !== told.image && showImage(flat(model.get("image")))),
    listen(model, ["lines"], () => model.get("lines") !== told.lines && showLines(linesOf(model))),
  ];
  return {
    tell(image, { code }) {
      if (!image) return; // an empty board is no image, and has no lines
      const rows = Array.from({ length: 28 }, (_, row) => [...image.subarray(28 * row, 28 * (row + 1))]);
      told = { image: rows, lines: code.lines };
      model.set("image", told.image);
      model.set("lines", told.lines);
      model.save_changes();
    },
    disconnect: () => leave.forEach((one) => one()),
  };
}

/** An image [28][28] as one list. */
function flat(rows) {
  const pixels = Float32Array.from(Array.isArray(rows) ? rows.flat() : []);
  if (pixels.length !== NOTHING.length || !pixels.every((ink) => ink >= 0 && ink <= 1)) {
    throw new Error("image must be 28 × 28 numbers in [0, 1]");
  }
  return pixels;
}
