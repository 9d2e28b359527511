// Training, replayed: a run's drawings at every moment it kept, under a scrubber, and its losses beside them.

import { numberOf } from "./checks.js";
import { button, eachFrame, element, guarded, listen, mountAfter, row, slider } from "./controls.js";
import { bounds, chart } from "./curves.js";
import { blend, drawing } from "./drawing.js";
import { unpackFilm } from "./film.js";
import { motion, stillness } from "./motion.js";
import { paint } from "./sheet.js";

const TITLE = "Training, replayed";
const PACE = 125; // milliseconds a picture, played
const GHOST = 0.22; // of a digit's ink, below the lines that copy it

const count = (steps) => steps.toLocaleString("en-GB");

export default {
  render({ model, el }) {
    return mountAfter(unpackFilm(model), el, TITLE, (root, film) => build(model, root, film));
  },
};

function build(model, root, film) {
  const last = film.pictures.length - 1;
  const end = Math.max(...film.steps, ...film.curves.flatMap(({ steps }) => steps));
  const drawings = film.names.map((name) => drawing(name));
  const charts = film.curves.map((curve) => lossChart(curve, end, film.steps, (picture) => go(picture)));
  const wanted = () => numberOf(model, "picture", 0, last);
  let here = wanted();

  /** Show a moment between two pictures, or one of them. */
  function show(moment) {
    const before = Math.floor(moment), after = Math.min(last, before + 1), share = moment - before;
    drawings.forEach(({ show }, i) => {
      const from = film.pictures[before][i];
      show(share === 0 ? from : blend(from, film.pictures[after][i], share));
    });
    const step = film.steps[before] + share * (film.steps[after] - film.steps[before]);
    charts.forEach(({ mark }) => mark(step));
  }

  const draw = eachFrame(() => show(here));

  function arrive(picture) {
    if (picture === here) return;
    here = picture;
    scrubber.value = here;
    model.set("picture", here);
    model.save_changes();
  }

  function go(picture) {
    moving.stop();
    arrive(picture);
    draw();
  }

  const scrubber = slider({
    label: "step",
    min: 0,
    max: last,
    step: 1,
    value: here,
    format: (picture) => count(film.steps[picture]),
    change: go,
  });
  const moving = motion(() => (play.textContent = "Play"));
  const play = button("Play", () => {
    if (moving.on) return moving.stop();
    const begin = here < last ? here : 0;
    const calm = stillness();
    moving.start(PACE * (last - begin), (share) => {
      const moment = begin + share * (last - begin);
      arrive(Math.floor(moment));
      show(calm ? here : moment);
    });
    play.textContent = "Pause";
  }, { class: "vecnb-button vecnb-steady" });

  const leave = listen(model, ["picture"], () => {
    if (wanted() !== here) go(wanted());
  });
  const about = `The run “${model.get("run")}”: ${last + 1} pictures from ${count(end)} steps. ` +
    "Played, the lines glide from each to the next.";
  root.append(
    element("p", { class: "vecnb-quiet" }, about),
    strip(film, drawings),
    row(play, scrubber.node),
    element(
      "div",
      { class: "vecnb-losses", style: `--vecnb-columns: ${charts.length <= 4 ? charts.length : 3}` },
      ...charts.map(({ node }) => node),
    ),
  );
  show(here);
  return () => {
    moving.stop();
    leave();
  };
}

/** The drawings side by side, each with its name and, where they are known, the digit it copies beneath it. */
function strip({ names, digits }, drawings) {
  const frames = drawings.map(({ node }, i) => {
    const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    if (digits.length) paint(canvas, digits[i].map((ink) => GHOST * ink), 28, 28);
    const paper = element("div", { class: "vecnb-sheet" }, canvas, node);
    return element("figure", { class: "vecnb-panel" }, paper, element("figcaption", {}, names[i]));
  });
  return element("div", { class: "vecnb-film" }, ...frames);
}

/** A loss over the steps: {node, mark(step)}; a click into it goes to the picture nearest to that step. */
function lossChart({ name, steps, values, log }, end, pictures, go) {
  const { node, svg, draw, mark, steps: write } = chart({ label: name, log, ...bounds(values, log) });
  draw(steps.map((step) => step / end), values);
  const clicked = guarded((event) => {
    const box = svg.getBoundingClientRect();
    go(nearest(pictures, end * (event.clientX - box.left) / box.width));
  });
  svg.addEventListener("click", clicked);
  return {
    node,
    mark(step) {
      const at = steps.findLastIndex((one) => one <= step);
      mark(step / end, at < 0 ? NaN : values[at]);
      write([0, "step", count(end)]);
    },
  };
}

function nearest(steps, wanted) {
  const distances = steps.map((step) => Math.abs(step - wanted));
  return distances.indexOf(Math.min(...distances));
}
