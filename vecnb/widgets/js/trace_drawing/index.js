// Trace a drawing: a picture, drawn or brought along, and its strokes as they settle.

import { fixed } from "../lib/numbers.js";
import { readNumber } from "../lib/validation.js";
import { button, LOGARITHMIC, slider } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { examples } from "../ui/examples.js";
import { block, liveText } from "../ui/layout.js";
import { guarded, listen, mountAfter, setTraits, showError } from "../ui/mount.js";
import { debounce, prefersReducedMotion } from "../ui/timing.js";
import { board } from "./board.js";
import { player } from "./player.js";
import { results } from "./results.js";
import { pictureSources } from "./sources.js";
import { readImage, toImage, toUnit, unpackExamples } from "./state.js";
import { between } from "./strokes_view.js";
import { backgroundTracer } from "./worker.js";

const TITLE = "Trace a drawing";
const INVITATION = "Draw on the board, drop or paste a picture, open one, or take one of ours. " +
  "It is traced in this page and sent nowhere.";
const BLANK = "Nothing here stands out from the paper: draw a stroke, or take another picture.";
const DETAIL_DELAY = 60; // milliseconds without a move of the slider

export default {
  render({ model, el }) {
    return mountAfter(unpackExamples(model), el, TITLE, (root, pictures) => build(model, root, pictures));
  },
};

function build(model, root, pictures) {
  const status = liveText(), announce = (text) => (status.textContent = text);
  const found = results(announce);
  const drawing = board({ begun: guarded(() => hide()), lifted: guarded(() => changed()) });
  const steps = player((position, frames) => {
    const at = Math.floor(position);
    drawing.strokes.show(between(frames[at], frames[at + 1], position - at));
    found.show(position);
  });
  let about = "", playing = false; // of the picture that is traced: what to say of it, and whether its steps are played
  const tracer = backgroundTracer({
    answered: guarded((frames, picture, milliseconds) => {
      if (drawing.down) return; // it is another picture by now
      root.setAttribute("aria-busy", false);
      const blank = frames.at(-1).strokes.length === 0, shown = blank ? [] : frames;
      if (blank) hide();
      drawing.pale = !blank;
      found.load(shown, picture);
      steps.load(shown, playing);
      announce(blank ? BLANK : `${about}Traced in ${fixed(milliseconds, 0)}\u00a0ms.`);
    }),
    failed: guarded((error) => showError(root, TITLE, error)),
  });

  /** The picture alone, while it is not known what is in it. */
  function hide() {
    steps.stop();
    drawing.pale = false;
    drawing.strokes.show({ strokes: [] });
  }

  function trace(text, play) {
    [about, playing] = [text, play && !prefersReducedMotion()];
    root.setAttribute("aria-busy", true);
    const { picture, drawn } = drawing;
    undo.disabled = drawn === 0;
    chosen.mark(drawn ? null : toUnit(picture).pixels);
    tracer.trace(picture, readDetail(model));
  }

  /** Trace what the reader has put on the board, and tell Python of it. */
  function changed(text = "", play = true) {
    trace(text, play);
    python.send(drawing.picture);
  }

  function show(picture) {
    hide();
    drawing.show(picture);
  }

  const take = (picture, text) => {
    show(picture);
    changed(text);
  };
  const retrace = debounce(DETAIL_DELAY, () => trace("", false));
  const detail = detailSlider(model);
  const undo = button("Undo", () => {
    hide();
    drawing.undo();
    changed("", false);
  });
  const clear = button("Clear", () => take(null));
  const chosen = examples("Pictures of ours", pictures.map(toUnit), (at) => take(pictures[at]));
  const sources = pictureSources(root, { found: take, refused: announce });
  const python = connect(model, detail, retrace, (picture) => {
    show(picture);
    trace("", true);
  });

  root.append(
    element("p", { class: "vecnb-quiet" }, INVITATION),
    block("vecnb-sources", sources.node, undo, clear, chosen.node),
    block(
      "vecnb-trace",
      block("vecnb-trace-board", drawing.node, steps.controls),
      block("vecnb-trace-results", steps.stages, found.counts, found.curve, detail.node, found.exports),
    ),
    status,
  );
  show(readImage(model));
  trace("", false);
  return () => [steps, tracer, sources, python].forEach(({ stop }) => stop());
}

const readDetail = (model) => readNumber(model, "detail", model.get("bounds").detail);

function detailSlider(model) {
  return slider({
    label: "detail",
    bounds: model.get("bounds").detail,
    step: 0.02,
    value: readDetail(model),
    scale: LOGARITHMIC,
    format: (value) => fixed(value, value < 0.1 ? 2 : value < 10 ? 1 : 0),
    change: (detail) => setTraits(model, { detail }),
  });
}

/**
 * The connection to Python: {send(picture), stop()}.
 *
 * Traits that the page itself has set are not shown again: the image is recognised by identity.
 */
function connect(model, detail, retrace, show) {
  let sent = null;
  const unlisten = [
    listen(model, ["image"], () => model.get("image") !== sent && show(readImage(model))),
    listen(model, ["detail"], () => {
      detail.value = readDetail(model);
      retrace();
    }),
  ];
  return {
    send(picture) {
      sent = toImage(picture);
      setTraits(model, { image: sent });
    },
    stop: () => unlisten.forEach((end) => end()),
  };
}
