// The steps of a drawing's making: played, under a slider, and by their stage.

import { slider, wideButton } from "../ui/controls.js";
import { row } from "../ui/layout.js";
import { animation, prefersReducedMotion } from "../ui/timing.js";
import { stageButtons } from "./stages.js";

const TIMES = { proposed: 700, fitted: 600, refined: 160, simplified: 500 }; // milliseconds that a frame is shown

/** {controls, stages, load(frames, play), stop()}; show(position, frames) draws the frame at a position. */
export function player(show) {
  let frames = [], current = 0;
  const scrubber = slider({
    label: "step",
    bounds: [0, 1],
    step: 1,
    value: 0,
    format: (at) => frames.length ? `${at + 1} of ${frames.length}` : "–",
    change: (at) => {
      film.stop();
      go(at);
    },
  });
  const film = animation(() => (playButton.textContent = "Play"));
  const playButton = wideButton("Play", () => film.on ? film.stop() : play());
  const stages = stageButtons((stage) => {
    film.stop();
    go(frames.findLastIndex((frame) => frame.stage === stage));
  });

  function go(position) {
    if (frames.length === 0) return;
    current = position;
    scrubber.value = Math.floor(position);
    stages.mark(frames[Math.floor(position)]);
    show(position, frames);
  }

  function play() {
    const begin = current < frames.length - 1 ? Math.floor(current) : 0;
    const ends = [];
    for (const { stage } of frames.slice(begin, -1)) ends.push((ends.at(-1) ?? 0) + TIMES[stage]);
    const total = ends.at(-1) ?? 0;
    film.start(total, (share) => {
      const time = share * total, at = ends.findIndex((end) => time < end);
      if (at < 0) return go(frames.length - 1);
      const { stage } = frames[begin + at];
      const part = (time - (ends[at] - TIMES[stage])) / TIMES[stage];
      go(begin + at + (prefersReducedMotion() ? 0 : part));
    });
    playButton.textContent = "Pause";
  }

  return {
    controls: row(playButton, scrubber.node),
    stages: stages.node,
    stop: film.stop,
    /** Show other frames: the last of them, or all, one after the other. */
    load(to, playing) {
      film.stop();
      frames = to;
      scrubber.value = 0;
      scrubber.bounds = [0, Math.max(1, frames.length - 1)];
      playButton.disabled = frames.length === 0;
      stages.enable(frames);
      go(playing ? 0 : frames.length - 1);
      if (playing && frames.length) play();
    },
  };
}
