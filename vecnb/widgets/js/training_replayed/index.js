// Training, replayed: the snapshots of a training run under a slider, and its loss curves.

import { interpolate } from "../lib/math.js";
import { axisBounds } from "../lib/numbers.js";
import { readNumber } from "../lib/validation.js";
import { showImage } from "../ui/canvas.js";
import { chart } from "../ui/chart.js";
import { slider, wideButton } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { drawingView } from "../ui/drawings.js";
import { block, panel, row } from "../ui/layout.js";
import { guarded, listen, mountAfter, setTraits } from "../ui/mount.js";
import { animation, oncePerFrame, prefersReducedMotion } from "../ui/timing.js";
import { unpackSnapshots } from "./snapshots.js";

const SNAPSHOT_TIME = 125; // milliseconds, when played
const DIGIT_OPACITY = 0.22; // of a digit below the lines

const formatStep = (step) => step.toLocaleString("en-GB");

export default {
  render({ model, el }) {
    const build = (root, run) => replay(model, root, run);
    return mountAfter(unpackSnapshots(model), el, "Training, replayed", build);
  },
};

function replay(model, root, run) {
  const last = run.snapshots.length - 1;
  const end = Math.max(...run.steps, ...run.curves.flatMap(({ steps }) => steps));
  const drawings = run.names.map((name) => drawingView(name));
  const charts = run.curves.map((curve) =>
    lossChart(curve, end, (step) => go(nearestIndex(run.steps, step)))
  );
  const readSnapshot = () => readNumber(model, "snapshot", [0, last]);
  let current = readSnapshot();

  /** Show a snapshot, or the interpolation between two. */
  function show(time) {
    const before = Math.floor(time), after = Math.min(last, before + 1), share = time - before;
    drawings.forEach(({ show }, i) => {
      const from = run.snapshots[before][i];
      show(share === 0 ? from : interpolate(from, run.snapshots[after][i], share));
    });
    const step = run.steps[before] + share * (run.steps[after] - run.steps[before]);
    charts.forEach(({ mark }) => mark(step));
  }

  const draw = oncePerFrame(() => show(current));

  function setCurrent(snapshot) {
    if (snapshot === current) return;
    current = snapshot;
    scrubber.value = current;
    setTraits(model, { snapshot: current });
  }

  function go(snapshot) {
    player.stop();
    setCurrent(snapshot);
    draw();
  }

  const scrubber = slider({
    label: "step",
    bounds: [0, last],
    step: 1,
    value: current,
    format: (snapshot) => formatStep(run.steps[snapshot]),
    change: go,
  });
  const player = animation(() => (playButton.textContent = "Play"));
  const playButton = wideButton("Play", () => {
    if (player.on) return player.stop();
    const begin = current < last ? current : 0;
    const jump = prefersReducedMotion();
    player.start(SNAPSHOT_TIME * (last - begin), (share) => {
      const time = begin + share * (last - begin);
      setCurrent(Math.floor(time));
      show(jump ? current : time);
    });
    playButton.textContent = "Pause";
  });

  const unlisten = listen(model, ["snapshot"], () => {
    if (readSnapshot() !== current) go(readSnapshot());
  });
  const summary = `The run “${model.get("run")}”: ${last + 1} pictures from ${formatStep(end)} steps. ` +
    "Played, the lines glide from each to the next.";
  const columns = charts.length <= 4 ? charts.length : 3;
  root.append(
    element("p", { class: "vecnb-quiet" }, summary),
    strip(run, drawings),
    row(playButton, scrubber.node),
    element(
      "div",
      { class: "vecnb-losses", style: `--vecnb-columns: ${columns}` },
      ...charts.map(({ node }) => node),
    ),
  );
  show(current);
  return () => {
    player.stop();
    unlisten();
  };
}

/** The drawings side by side, each with its name and, where they are known, its digit below the lines. */
function strip({ names, digits }, drawings) {
  const panels = drawings.map(({ node }, i) => {
    const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    if (digits.length) showImage(canvas, digits[i].map((value) => DIGIT_OPACITY * value), 28, 28);
    return panel(names[i], block("vecnb-view", canvas, node));
  });
  return block("vecnb-snapshots", ...panels);
}

/** A loss over the steps: {node, mark(step)}; go(step) is called on a click. */
function lossChart({ name, steps, values, log }, end, go) {
  const { node, svg, draw, mark, labelAxis } = chart({ label: name, log, ...axisBounds(values, log) });
  draw(steps.map((step) => step / end), values);
  const clicked = guarded((event) => {
    const box = svg.getBoundingClientRect();
    go(end * (event.clientX - box.left) / box.width);
  });
  svg.addEventListener("click", clicked);
  return {
    node,
    mark(step) {
      const at = steps.findLastIndex((one) => one <= step);
      mark(step / end, at < 0 ? NaN : values[at]);
      labelAxis([0, "step", formatStep(end)]);
    },
  };
}

function nearestIndex(steps, step) {
  const distances = steps.map((one) => Math.abs(one - step));
  return distances.indexOf(Math.min(...distances));
}
