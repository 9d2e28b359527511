// Motion over time: what glides, how long, and that it stops where a reader's system asks for stillness.

import { clock } from "./controls.js";

/** A share of time (0 to 1) as a share of the way: slow, quick, slow. */
export function ease(share) {
  return share * share * (3 - 2 * share);
}

/** Whether the reader's system asks for as little motion as can be. */
export function stillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * One motion at a time: {on, start(milliseconds, step), stop}.
 *
 * start calls step(share) every frame until the share is 1, and takes the place of a motion under way; over no
 * time at all it is called once. ended() is told when a motion has come to its end or was stopped.
 */
export function motion(ended) {
  let move;
  const running = clock((now) => {
    if (move(now) >= 1) stop();
  });
  const stop = () => {
    running.stop();
    ended();
  };
  return {
    get on() {
      return running.on;
    },
    start(milliseconds, step) {
      let begun;
      move = (now) => {
        begun ??= now;
        const share = milliseconds > 0 ? Math.min(1, (now - begun) / milliseconds) : 1;
        step(share);
        return share;
      };
      running.start();
    },
    stop,
  };
}
