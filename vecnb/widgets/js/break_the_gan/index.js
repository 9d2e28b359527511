// Break the GAN: chapter 4's toy is trained in the page, for some milliseconds of each frame.

import { brief, percent } from "../lib/numbers.js";
import { readNumber, readOption } from "../lib/validation.js";
import { chart } from "../ui/chart.js";
import { button, wideButton } from "../ui/controls.js";
import { block, columns, liveText, panel, row } from "../ui/layout.js";
import { listen, mount } from "../ui/mount.js";
import { frameLoop } from "../ui/timing.js";
import { plane, planeLegend } from "./plane.js";
import { controls, LOSSES, SLIDERS } from "./settings.js";
import { Toy } from "./toy.js";

const TRAINING_TIME = 9; // milliseconds of a frame's 16
const FIELD_INTERVAL = 120; // milliseconds between two images of the field
const MAX_STEPS = 2400;
const INITIAL_AXIS = 150; // steps; doubled whenever they are reached
const MAX_POINTS = 300; // of a curve

const CURVES = {
  accuracy: { label: "accuracy of r", low: 0.4, high: 1, write: percent },
  gradientNorm: { label: "gradient at the corners", low: 1e-6, high: 1, log: true },
  distance: { label: "distance of the curves", low: 0.02, high: 2, log: true },
};

export default {
  render({ model, el }) {
    return mount(el, "Break the GAN", (root) => build(model, root));
  },
};

function build(model, root) {
  const settings = {}, view = scene();
  let toy, history, fieldDrawn = 0, visible = true;

  function record() {
    for (const [name, values] of Object.entries(history)) values[toy.steps] = toy[name];
  }

  function draw() {
    view.plane.drawField(toy);
    view.show(toy, settings, history);
  }

  function showState() {
    runButton.textContent = loop.on ? "Pause" : "Run";
    stepButton.disabled = loop.on;
    status.textContent = loop.on ? "running …" : describe(toy);
  }

  function restart() {
    toy = new Toy(settings, readNumber(model, "seed", model.get("bounds").seed));
    history = Object.fromEntries(Object.keys(CURVES).map((name) => [name, []]));
    record();
    draw();
    showState();
  }

  function pause() {
    loop.stop();
    draw();
    showState();
  }

  const loop = frameLoop((now) => {
    if (!visible) return;
    const until = performance.now() + TRAINING_TIME;
    if (now - fieldDrawn > FIELD_INTERVAL) {
      view.plane.drawField(toy);
      fieldDrawn = now;
    }
    do if (toy.tick()) record(); while (performance.now() < until && toy.steps < MAX_STEPS);
    view.show(toy, settings, history);
    if (toy.steps >= MAX_STEPS) pause();
  });
  const runButton = wideButton("Run", () => {
    if (loop.on) return pause();
    if (toy.steps >= MAX_STEPS) restart();
    loop.start();
    showState();
  });
  const stepButton = button("One step", () => {
    toy.step();
    record();
    draw();
    showState();
  });
  const status = liveText();
  Object.assign(settings, read(model));
  const { nodes, follow } = controls(model, restart);
  restart();
  const unlisten = [
    listen(model, [...Object.keys(SLIDERS), "loss"], () => {
      Object.assign(settings, read(model));
      follow();
      if (!loop.on) draw();
    }),
    listen(model, ["seed"], restart),
  ];
  const observer = new IntersectionObserver(([entry]) => visible = entry.isIntersecting);
  observer.observe(root);

  root.append(
    nodes.presets,
    row(runButton, stepButton, button("Start again", restart), status),
    view.node,
    nodes.settings,
  );
  return () => {
    loop.stop();
    observer.disconnect();
    unlisten.forEach((stop) => stop());
  };
}

/** The model's traits, checked, as the settings of a `Toy`. */
function read(model) {
  const bounds = model.get("bounds"), number = (trait) => readNumber(model, trait, bounds[trait]);
  return {
    noise: number("noise"),
    r1: number("r1"),
    discriminatorSteps: number("discriminator_steps"),
    learningRate: number("learning_rate"),
    discriminatorLearningRate: number("discriminator_learning_rate"),
    loss: readOption(model, "loss", LOSSES),
    batchSize: model.get("batch_size"),
  };
}

function describe(toy) {
  return `Step ${toy.steps}: accuracy of r ${percent(toy.accuracy)}, gradient ${brief(toy.gradientNorm)}, ` +
    `distance ${brief(toy.distance)}.`;
}

/** The plane and the curves. */
function scene() {
  const ground = plane("the plane: a circle, a polygon, the field of r");
  const charts = Object.entries(CURVES).map(([name, curve]) => [name, chart(curve)]);
  return {
    plane: ground,
    node: columns(
      panel(planeLegend(), ground.node),
      block("vecnb-charts", ...charts.map(([, { node }]) => node)),
    ),
    show(toy, settings, history) {
      ground.draw(toy, settings.noise);
      let end = INITIAL_AXIS;
      while (end < toy.steps) end *= 2;
      const every = Math.ceil((toy.steps + 1) / MAX_POINTS);
      for (const [name, { draw, mark, labelAxis }] of charts) {
        const values = history[name].filter((_, i) => i % every === 0);
        draw(values.map((_, i) => i * every / end), values);
        mark(toy.steps / end, toy[name]);
        labelAxis([0, `step ${toy.steps}`, end]);
      }
    },
  };
}
