// The frame of a widget, and where its errors go.

import { element } from "./dom.js";

/**
 * Put a widget into `el`.
 *
 * build(root) fills the root and may return a function that stops what it started. An error, now or later in a
 * callback of its controls, its frames or its model, is shown in place of the widget.
 */
export function mount(el, title, build) {
  const root = element("section", { class: "vecnb", "aria-label": title });
  el.replaceChildren(root);
  return reporting((error) => showError(root, title, error), () => build(root));
}

/** As mount, for a widget that has to load something first: build(root, loaded) once the promise resolves. */
export async function mountAfter(promise, el, title, build) {
  const loaded = await promise.catch((error) => ({ error }));
  return mount(el, title, (root) => {
    if (loaded.error) throw loaded.error;
    return build(root, loaded);
  });
}

/** Show an error in place of the widget. The event tells the page, which can show the still picture again. */
export function showError(root, title, error) {
  console.warn(error);
  root.replaceChildren(element("p", { class: "vecnb-error", role: "alert" }, `${title}: ${error.message}`));
  root.dispatchEvent(new CustomEvent("vecnb-error", { bubbles: true }));
}

// Where an error of the widget whose code is running is reported.
let report = (error) => {
  throw error;
};

function reporting(handler, act) {
  const outer = report;
  report = handler;
  try {
    return act();
  } catch (error) {
    report(error);
  } finally {
    report = outer;
  }
}

/** A callback that belongs to the running widget: its errors, whenever it is called, are reported there. */
export function guarded(act) {
  const handler = report;
  return (...args) => reporting(handler, () => act(...args));
}

/** Call act whenever one of these traits of the model changes; returns a function that stops this. */
export function listen(model, traits, act) {
  const listener = guarded(act), events = traits.map((trait) => `change:${trait}`);
  events.forEach((event) => model.on(event, listener));
  return () => events.forEach((event) => model.off(event, listener));
}

/** Set several traits of the model, and send them to Python if it is there. */
export function setTraits(model, changes) {
  for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
  model.save_changes();
}
