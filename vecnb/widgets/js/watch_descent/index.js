// Watch gradient descent draw: random lines, or an encoder's, move down the gradient of a drawing's error.

import { Descent } from "../lib/descent.js";
import { readDigits, strokesToMnist } from "../lib/mnist.js";
import { fixed, percent } from "../lib/numbers.js";
import { unpackNetwork } from "../lib/unpack.js";
import { readImage, readLines, readNumber, readOption } from "../lib/validation.js";
import { chart } from "../ui/chart.js";
import { button, wideButton } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { drawingPad } from "../ui/drawing_pad.js";
import { examples } from "../ui/examples.js";
import { block, columns, liveText, row } from "../ui/layout.js";
import { guarded, listen, mount, setTraits, showError } from "../ui/mount.js";
import { frameLoop } from "../ui/timing.js";
import { controls, SCALES } from "./settings.js";
import { encoderStart, linesOf, ownStart, randomStart, widthsOf } from "./starts.js";
import { descentView } from "./view.js";

const TITLE = "Watch gradient descent draw";
const MAX_STEPS = 300;
const EARLIER = 8; // descents whose curves stay
const EMPTY = new Float32Array(28 * 28);
const digits4 = (value) => fixed(value, 4);
const NAMES = { random: "random lines", encoder: "the encoder's lines", own: "lines put there by hand" };

export default {
  render({ model, el }) {
    return mount(el, TITLE, (root) => build(model, root));
  },
};

function build(model, root) {
  const network = { ...model.get("network") };
  let target = readImage(model), settings = read(model), visible = true, sent = {};
  let start, descent, curve, ended = []; // errors of this descent; curves of those that have ended

  const view = descentView((lines) => begin(ownStart(lines, widthsOf(descent.drawing))));
  const errors = chart({ label: "error that is minimised", low: 1e-3, high: 1, log: true });
  const status = liveText();
  const random = () => randomStart(settings.count, settings.width, settings.seed);

  function begin(from) {
    start = from;
    descent = new Descent(start, target, settings.scales);
    curve = [descent.error];
    show();
    if (!loop.on) rest();
  }

  /** Another picture, or another error: earlier curves can no longer be compared. */
  function beginAnew() {
    ended = [];
    begin(start.kind === "encoder" ? encoderStart(network, target) : start);
  }

  function step() {
    descent.step();
    curve.push(descent.error);
    if (descent.steps === MAX_STEPS) ended = [...ended, curve].slice(-EARLIER);
  }

  function show() {
    const along = (values) => [values.map((_, i) => i / MAX_STEPS), values];
    view.show(descent);
    errors.draw(...along(curve));
    errors.drawEarlier(ended.map(along));
    errors.mark(descent.steps / MAX_STEPS, descent.error);
    errors.labelAxis([0, `step ${descent.steps}`, MAX_STEPS]);
  }

  /** What is said and sent when nothing moves. */
  function rest() {
    run.textContent = loop.on ? "Pause" : "Play";
    one.disabled = loop.on || descent.steps === MAX_STEPS;
    status.textContent = loop.on ? "running …" : describe(start, descent, curve, ended);
  }

  function send() {
    sent = { lines: linesOf(descent.drawing) };
    setTraits(model, sent);
  }

  const loop = frameLoop(() => {
    if (!visible) return;
    step();
    show();
    if (descent.steps === MAX_STEPS) pause();
  });
  function pause() {
    loop.stop();
    rest();
    send();
  }
  function play() {
    if (descent.steps === MAX_STEPS) begin(start);
    loop.start();
    rest();
  }
  const run = wideButton("Play", () => loop.on ? pause() : play());
  const one = button("One step", () => {
    step();
    show();
    rest();
    send();
  });
  const another = button("Random lines", () => {
    const finished = descent.steps === MAX_STEPS;
    setTraits(model, { seed: (settings.seed + 1) % 2 ** 32 });
    if (finished) play();
  });
  const encode = button("Encoder's lines", () => {
    setTraits(model, { n_scales: 3 }); // what the encoder was trained for
    begin(encoderStart(network, target));
  }, { disabled: "" });

  const setTarget = (image) => {
    target = image ?? EMPTY;
    digits.mark(image);
    beginAnew();
  };
  const drawn = guarded(() => setTarget(strokesToMnist(pad.strokes)));
  const pad = drawingPad({ drawn, lifted: drawn });
  const pictures = readDigits(model);
  const choose = (image) => {
    pad.showImage(null);
    setTarget(image);
  };
  const digits = examples("Test digits", pictures, (digit) => choose(pictures[digit].pixels));
  const { nodes, follow } = controls(model);

  begin(random());
  digits.mark(target);
  if (network.layers) {
    unpackNetwork(network.layers, network.weights).then((layers) => {
      network.layers = layers;
      encode.disabled = false;
    }).catch((error) => showError(root, TITLE, error));
  }
  const unlisten = [
    listen(model, ["n_lines", "stroke_width", "seed"], () => {
      settings = read(model);
      follow();
      begin(random());
    }),
    listen(model, ["n_scales"], () => {
      settings = read(model);
      follow();
      beginAnew();
    }),
    listen(model, ["image"], () => choose(readImage(model))),
    listen(model, ["lines"], () => {
      if (model.get("lines") !== sent.lines) begin(ownStart(readLines(model), settings.width));
    }),
  ];
  const observer = new IntersectionObserver(([entry]) => visible = entry.isIntersecting);
  observer.observe(root);

  root.classList.add("vecnb-touch", "vecnb-descent");
  const buttons = row(run, one, another, ...network.layers ? [encode] : []);
  const own = block(
    "vecnb-own",
    pad.node,
    block(
      "vecnb-own-text",
      element("p", {}, "Or your own picture:"),
      row(button("Clear", () => choose(null))),
    ),
  );
  root.append(columns(
    element("div", {}, view.node, digits.node),
    element("div", {}, buttons, errors.node, status, block("vecnb-settings", ...nodes), own),
  ));
  return () => {
    loop.stop();
    observer.disconnect();
    unlisten.forEach((stop) => stop());
  };
}

/** The model's traits, checked. */
function read(model) {
  const bounds = model.get("bounds"), number = (trait) => readNumber(model, trait, bounds[trait]);
  return {
    count: number("n_lines"),
    width: number("stroke_width"),
    seed: number("seed"),
    scales: readOption(model, "n_scales", SCALES),
  };
}

/** A sentence on a descent that rests, and on those before it. */
function describe({ kind }, { steps, squaredError, error }, curve, ended) {
  if (kind === "encoder" && steps > 0) {
    return `Step ${steps}: the encoder's answer had the error ${digits4(curve[0])}, ${
      digits4(error)
    } is left. ` +
      `At least ${percent(1 - error / curve[0])} of it was the amortisation gap.`;
  }
  const text = `Step ${steps} from ${NAMES[kind]}: squared error ${digits4(squaredError)}.`;
  if (ended.length < 2) return text;
  const last = ended.map((values) => values.at(-1));
  return `${text} The last ${ended.length} descents ended at ${digits4(Math.min(...last))} to ` +
    `${digits4(Math.max(...last))}.`;
}
