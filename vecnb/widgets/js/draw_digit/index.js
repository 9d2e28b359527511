// Draw a digit: a drawing pad, and beside it the lines that each model finds in the drawing.

import { readDigits, strokesToMnist } from "../lib/mnist.js";
import { readImage, readLines } from "../lib/validation.js";
import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { drawingPad } from "../ui/drawing_pad.js";
import { examples } from "../ui/examples.js";
import { block, liveText, row } from "../ui/layout.js";
import { guarded, listen, mount, setTraits, showError } from "../ui/mount.js";
import { EMPTY, inference } from "./inference.js";
import { modelCard } from "./model_card.js";

const TITLE = "Draw a digit";

export default {
  render({ model, el }) {
    return mount(el, TITLE, (root) => build(model, root));
  },
};

function build(model, root) {
  const networks = model.get("networks"), status = liveText();
  const cards = networks.map((network) => modelCard(network, (text) => status.textContent = text));
  let drawing = false; // Python is told of an image when the pen is lifted
  const models = inference(networks, cards, () => drawing || python.send(models.image, cards[0]));

  function inferStrokes() {
    models.infer(strokesToMnist(pad.strokes), drawing);
    undo.disabled = pad.strokes.length === 0;
    digits.mark(null);
  }

  function showImage(image) {
    drawing = false;
    pad.showImage(image);
    undo.disabled = true;
    models.infer(image);
    digits.mark(image);
  }

  const setDrawing = (value) =>
    guarded(() => {
      drawing = value;
      inferStrokes();
    });
  const pad = drawingPad({ drawn: setDrawing(true), lifted: setDrawing(false) });
  const undo = button("Undo", () => {
    pad.undo();
    inferStrokes();
  });
  const clear = button("Clear", () => showImage(null));
  const images = readDigits(model);
  const digits = examples("Test digits", images, (digit) => showImage(images[digit].pixels));
  const python = connect(model, showImage, (lines) => {
    const { code } = cards[0], otherWidth = model.get("stroke_width");
    const width = code?.lines.length === lines.length ? code.width : lines.map(() => otherWidth);
    cards[0].show({ lines, width }, models.image ?? EMPTY);
  });

  cards.forEach((card) => card.show(null, EMPTY));
  showImage(readImage(model));
  models.load().catch((error) => showError(root, TITLE, error));
  const digitsLabel = element("span", { class: "vecnb-quiet" }, "or take a test digit:");
  root.append(block(
    `vecnb-draw vecnb-draw-${Math.min(3, cards.length)}`,
    element("div", {}, pad.node, row(undo, clear, digitsLabel), digits.node, status),
    block("vecnb-cards", ...cards.map(({ node }) => node)),
  ));
  return python.disconnect;
}

/**
 * The connection to Python: {send(image, card), disconnect()}.
 *
 * Traits that the page itself has set are not shown again: they are recognised by identity.
 */
function connect(model, showImage, showLines) {
  let sent = {};
  const unlisten = [
    listen(model, ["image"], () => {
      if (model.get("image") !== sent.image) showImage(readImage(model));
    }),
    listen(model, ["lines"], () => model.get("lines") !== sent.lines && showLines(readLines(model))),
  ];
  return {
    send(image, { code }) {
      if (!image) return; // an empty pad has no image and no lines
      const rows = Array.from({ length: 28 }, (_, row) => [...image.subarray(28 * row, 28 * (row + 1))]);
      sent = { image: rows, lines: code.lines };
      setTraits(model, sent);
    },
    disconnect: () => unlisten.forEach((stop) => stop()),
  };
}
