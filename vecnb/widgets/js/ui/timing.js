// Frames, animations and delays.

import { guarded } from "./mount.js";

/** draw, at most once a frame, however often it is requested. */
export function oncePerFrame(draw) {
  let requested = false;
  const frame = guarded(() => {
    requested = false;
    draw();
  });
  return () => {
    if (!requested) requestAnimationFrame(frame);
    requested = true;
  };
}

/** act, once it has not been requested for so many milliseconds. */
export function debounce(milliseconds, act) {
  const late = guarded(act);
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(late, milliseconds);
  };
}

/** tick(now) in every frame while it is on: {on, start, stop}. */
export function frameLoop(tick) {
  let on = false;
  const frame = guarded((now) => {
    if (!on) return;
    tick(now);
    requestAnimationFrame(frame);
  });
  return {
    get on() {
      return on;
    },
    start() {
      if (!on) requestAnimationFrame(frame);
      on = true;
    },
    stop() {
      on = false;
    },
  };
}

/** Whether the reader's system asks for as little motion as possible. */
export function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * One animation at a time: {on, start(milliseconds, step), stop}.
 *
 * start calls step(share) every frame until the share of the time is 1, and replaces an animation that runs; with
 * 0 milliseconds step is called once. ended() is called when an animation has ended or was stopped.
 */
export function animation(ended) {
  let advance;
  const loop = frameLoop((now) => {
    if (advance(now) >= 1) stop();
  });
  const stop = () => {
    loop.stop();
    ended();
  };
  return {
    get on() {
      return loop.on;
    },
    start(milliseconds, step) {
      let begin;
      advance = (now) => {
        begin ??= now;
        const share = milliseconds > 0 ? Math.min(1, (now - begin) / milliseconds) : 1;
        step(share);
        return share;
      };
      loop.start();
    },
    stop,
  };
}
