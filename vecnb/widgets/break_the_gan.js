// Break the GAN: chapter 4's toy trains in the page, a slice of it each frame.

import { numberOf, optionOf } from "./checks.js";
import {
  button,
  choice,
  clock,
  element,
  listen,
  LOGARITHMIC,
  mount,
  panel,
  readout,
  row,
  slider,
} from "./controls.js";
import { brief, chart } from "./curves.js";
import { key, plane } from "./plane.js";
import { Toy } from "./toy.js";

const SLICE = 9; // milliseconds of training in a frame, which has 16
const FIELD_EVERY = 120; // milliseconds between two pictures of the field while it runs
const MOST_STEPS = 2400;
const FIRST_AXIS = 150; // steps; doubled whenever they are full
const LOSSES = [["minimax", "minimax"], ["non_saturating", "non-saturating"]];

const percent = (value) => `${Math.round(100 * value)}\u00a0%`;
const fixed = (places) => (value) => value.toFixed(places);

// trait, its name, its ends as in Python, the slider's step, how a value is written, and how it lies on the slider.
const SLIDERS = [
  ["noise", "noise on both sides", 0, 0.6, 0.02, fixed(2)],
  ["r1", "weight of R1, γ", 0, 2, 0.05, fixed(2)],
  ["critic_steps", "steps of r for one of the corners", 1, 20, 1, String],
  ["rate", "rate of the corners", 0, 2, 0.05, fixed(2)],
  ["critic_rate", "rate of r", 1e-4, 0.1, 0.05, (value) => String(Number(value.toPrecision(2))), LOGARITHMIC],
];

const PRESETS = {
  thesis: {
    name: "As the thesis",
    change: { noise: 0, r1: 0 },
    watch:
      "Watch the accuracy: the hexagon reaches the circle, then r learns to tell the two thin curves apart, " +
      "grows sure, turns into a cliff, and chases the corners about instead of leading them.",
  },
  noise: {
    name: "With noise",
    change: { noise: 0.3, r1: 0 },
    watch: "Watch the samples: as clouds the two sides overlap, the accuracy falls to a half, " +
      "and the hexagon comes to rest around the circle.",
  },
  r1: {
    name: "With R1",
    change: { noise: 0, r1: 0.5 },
    watch: "Watch the grey: R1 keeps it a gentle slope. The hexagon walks rather than runs, " +
      "and r, never sure, lets go of it once it has arrived.",
  },
};
const PRESET = { rate: 1, critic_rate: 5e-3, critic_steps: 10, loss: "minimax" };

const CURVES = {
  accuracy: { label: "accuracy of r", low: 0.4, high: 1, write: percent },
  pull: { label: "gradient at the corners", low: 1e-6, high: 1, log: true },
  distance: { label: "distance of the curves", low: 0.02, high: 2, log: true },
};

export default {
  render({ model, el }) {
    return mount(el, "Break the GAN", (root) => build(model, root));
  },
};

function build(model, root) {
  const settings = {};
  const view = scene();
  let toy, history, fieldAge = 0, inView = true;

  function read() {
    const [noise, r1, criticSteps, rate, criticRate] = SLIDERS.map(([trait, , min, max]) =>
      numberOf(model, trait, min, max)
    );
    Object.assign(settings, {
      noise,
      r1,
      criticSteps,
      rate,
      criticRate,
      loss: optionOf(model, "loss", LOSSES),
    });
  }

  function startAgain() {
    toy = new Toy(settings, numberOf(model, "seed", 0, 2 ** 32 - 1));
    history = { accuracy: [], pull: [], distance: [] };
    note();
    draw();
    tell();
  }

  function note() {
    for (const [name, values] of Object.entries(history)) values[toy.steps] = toy[name];
  }

  function draw() {
    view.plane.drawField(toy);
    view.show(toy, settings, history);
  }

  const running = clock((now) => {
    if (!inView) return;
    const until = performance.now() + SLICE;
    if (now - fieldAge > FIELD_EVERY) {
      view.plane.drawField(toy);
      fieldAge = now;
    }
    do if (toy.tick()) note(); while (performance.now() < until && toy.steps < MOST_STEPS);
    view.show(toy, settings, history);
    if (toy.steps >= MOST_STEPS) pause();
  });

  function pause() {
    running.stop();
    draw();
    tell();
  }

  function tell() {
    run.textContent = running.on ? "Pause" : "Run";
    one.disabled = running.on;
    said.textContent = running.on ? "running …" : view.words(toy);
  }

  const run = button("Run", () => {
    if (running.on) return pause();
    if (toy.steps >= MOST_STEPS) startAgain();
    running.start();
    tell();
  }, { class: "vecnb-button vecnb-steady" });
  const one = button("One step", () => {
    toy.step();
    note();
    draw();
    tell();
  });
  const said = readout();
  read();
  const { nodes, follow } = controls(model, startAgain);
  startAgain();
  const heard = () => {
    read();
    follow();
    if (!running.on) draw();
  };
  const leave = listen(model, [...SLIDERS.map(([trait]) => trait), "loss"], heard);
  const leaveSeed = listen(model, ["seed"], startAgain);
  const watching = new IntersectionObserver(([entry]) => inView = entry.isIntersecting);
  watching.observe(root);

  root.append(
    nodes.presets,
    row(run, one, button("Start again", startAgain), said),
    view.node,
    nodes.settings,
  );
  return () => {
    running.stop();
    watching.disconnect();
    leave();
    leaveSeed();
  };
}

/** The plane and the curves. */
function scene() {
  const ground = plane("the plane: a circle, a polygon, the field of r");
  const charts = Object.entries(CURVES).map(([name, curve]) => [name, chart(curve)]);
  return {
    plane: ground,
    node: element(
      "div",
      { class: "vecnb-sides" },
      panel(key(), ground.node),
      element("div", { class: "vecnb-charts" }, ...charts.map(([, { node }]) => node)),
    ),
    show(toy, settings, history) {
      ground.draw(toy, settings.noise);
      let end = FIRST_AXIS;
      while (end < toy.steps) end *= 2;
      const every = Math.ceil((toy.steps + 1) / 300); // a curve needs no more points than pixels
      for (const [name, { draw, mark, steps }] of charts) {
        const chosen = history[name].filter((_, i) => i % every === 0);
        draw(chosen.map((_, i) => i * every / end), chosen);
        mark(toy.steps / end, toy[name]);
        steps([0, `step ${toy.steps}`, end]);
      }
    },
    words(toy) {
      return `Step ${toy.steps}: accuracy of r ${percent(toy.accuracy)}, gradient ${brief(toy.pull)}, ` +
        `distance ${brief(toy.distance)}.`;
    },
  };
}

/** Presets, sliders and the choice of a loss; follow() puts them where the model's traits are. */
function controls(model, startAgain) {
  const put = (trait, value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const sliders = SLIDERS.map(([trait, label, min, max, step, format, scale]) => {
    const change = (value) => put(trait, value);
    return [trait, slider({ label, min, max, step, format, scale, value: model.get(trait), change })];
  });
  const loss = choice({
    label: "loss",
    options: LOSSES,
    value: model.get("loss"),
    change: (value) => put("loss", value),
  });
  const watch = element("p", { class: "vecnb-watch" });
  const preset = choice({
    label: "Try",
    options: Object.entries(PRESETS).map(([name, { name: text }]) => [name, text]),
    change: (name) => {
      const change = { ...PRESET, ...PRESETS[name].change };
      for (const [trait, value] of Object.entries(change)) model.set(trait, value);
      model.save_changes();
      startAgain();
    },
  });
  const follow = () => {
    for (const [trait, control] of sliders) control.value = model.get(trait);
    loss.value = model.get("loss");
    const found = Object.entries(PRESETS).find(([, { change }]) =>
      Object.entries({ ...PRESET, ...change }).every(([trait, value]) => model.get(trait) === value)
    );
    preset.value = found?.[0];
    watch.textContent = found?.[1].watch ?? "Your own: does the hexagon come home, and does it stay?";
  };
  follow();
  return {
    follow,
    nodes: {
      presets: element("div", {}, preset.node, watch),
      settings: element(
        "div",
        { class: "vecnb-settings" },
        ...sliders.map(([, { node }]) => node),
        loss.node,
      ),
    },
  };
}
