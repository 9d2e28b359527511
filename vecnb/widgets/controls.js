// What every widget is made of: its frame, its controls, its sheet of paper; nothing about drawing digits.

/**
 * Put a widget into `el`, in the place of its still picture.
 *
 * build(root) fills the root and may return a function that stops what it started. What goes wrong, now or later
 * in a callback of its controls, its frames or its model, is shown beside the still picture: never an empty box.
 */
export function mount(el, title, build) {
  const root = element("section", { class: "vecnb", "aria-label": title });
  el.replaceChildren(root);
  return within((error) => complain(root, title, error), () => {
    const stop = build(root);
    replaceStill(root);
    return stop;
  });
}

/** Hide the still picture, or as soon as the widget is on the page: a notebook puts it there after it was built. */
function replaceStill(root) {
  const hide = () => stillOf(root)?.setAttribute("hidden", "");
  if (root.isConnected) return hide();
  new ResizeObserver((_, watch) => {
    if (!root.isConnected) return;
    watch.disconnect();
    if (!root.querySelector(".vecnb-error")) hide();
  }).observe(root);
}

/** Show what went wrong in place of the widget: for what neither mount nor guarded can catch. */
export function complain(root, title, error) {
  console.warn(error);
  root.replaceChildren(element("p", { class: "vecnb-error", role: "alert" }, `${title}: ${error.message}`));
  stillOf(root)?.removeAttribute("hidden");
}

/** The still picture of a widget: the last that stands above it in the same output of a cell. */
function stillOf(root) {
  const output = root.closest(".jp-OutputArea, .output_wrapper, .cell_output");
  const above = (still) => still.compareDocumentPosition(root) & Node.DOCUMENT_POSITION_FOLLOWING;
  return [...output?.querySelectorAll(".vecnb-still") ?? []].findLast(above);
}

// Shows an error in place of the widget whose code is running.
let fail = (error) => {
  throw error;
};

function within(complaint, act) {
  const outer = fail;
  fail = complaint;
  try {
    return act();
  } catch (error) {
    fail(error);
  } finally {
    fail = outer;
  }
}

/** A callback of the widget that is running now: what it throws, whenever it is called, is shown in its place. */
export function guarded(act) {
  const complaint = fail;
  return (...given) => within(complaint, () => act(...given));
}

/** act, whenever one of these traits of the model has changed; returns what ends it. */
export function listen(model, traits, act) {
  const hear = guarded(act), events = traits.map((trait) => `change:${trait}`);
  events.forEach((event) => model.on(event, hear));
  return () => events.forEach((event) => model.off(event, hear));
}

/** As mount, for a widget that has to unpack something first: build(root, loaded) once `loading` has come. */
export async function mountAfter(loading, el, title, build) {
  const loaded = await loading.catch((error) => ({ error }));
  return mount(el, title, (root) => {
    if (loaded.error) throw loaded.error;
    return build(root, loaded);
  });
}

/** An HTML element with attributes and children; an attribute that is false is left out. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svgElement(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

let counter = 0;

/** A name for an element that a label points at; unique on the page, however often this module is loaded. */
export function uniqueId() {
  counter += 1;
  return `vecnb-${Math.random().toString(36).slice(2, 8)}-${counter}`;
}

// How a value lies on a slider, there and back.
const LINEAR = [Number, Number];
export const LOGARITHMIC = [Math.log10, (power) => 10 ** power];

/**
 * A labelled slider with its value beside it.
 *
 * scale is how a value lies on the slider, there and back; step is one of the slider's, all else are values.
 * Returns {node, value}: value can be read and set; setting it does not call change.
 */
export function slider({ label, min, max, step, value, scale = LINEAR, format = String, change }) {
  const id = uniqueId(), [onto, from] = scale;
  const input = element("input", {
    type: "range",
    id,
    min: onto(min),
    max: onto(max),
    step,
    value: onto(value),
  });
  const output = element("output", { for: id });
  // 10 ** -4 is a little less than 1e-4
  const read = () => Math.min(max, Math.max(min, from(Number(input.value))));
  const tell = () => {
    output.textContent = format(read());
    input.setAttribute("aria-valuetext", output.textContent);
  };
  tell();
  const moved = guarded(() => {
    tell();
    change(read());
  });
  input.addEventListener("input", moved);
  return {
    node: element("label", { class: "vecnb-slider", for: id }, element("span", {}, label), input, output),
    get value() {
      return read();
    },
    set value(to) {
      input.value = onto(to);
      tell();
    },
  };
}

/** One of several, as radio buttons: options are [value, text]. Returns {node, value}. */
export function choice({ label, options, value, change }) {
  const name = uniqueId();
  const inputs = options.map(([option]) =>
    element("input", { type: "radio", name, value: option, checked: option === value && "checked" })
  );
  const labels = options.map(([, text], i) => element("label", {}, inputs[i], element("span", {}, text)));
  inputs.forEach((input) => input.addEventListener("change", guarded(() => change(input.value))));
  return {
    node: element("fieldset", { class: "vecnb-choice" }, element("legend", {}, label), ...labels),
    get value() {
      return inputs.find((input) => input.checked)?.value;
    },
    set value(to) {
      inputs.forEach((input) => (input.checked = input.value === to));
    },
  };
}

/** One of many, as a drop-down list: options are [value, text]. Returns {node, value, options}. */
export function menu({ label, change }) {
  const id = uniqueId();
  const list = element("select", { id });
  list.addEventListener("change", guarded(() => change(list.value)));
  return {
    node: element("div", { class: "vecnb-menu" }, element("label", { for: id }, label), list),
    set options(to) {
      list.replaceChildren(...to.map(([value, text]) => element("option", { value }, text)));
    },
    get value() {
      return list.value;
    },
    set value(to) {
      list.value = to;
    },
  };
}

/** A button; press is called without arguments. */
export function button(text, press, attributes = {}) {
  const node = element("button", { type: "button", class: "vecnb-button", ...attributes }, text);
  node.addEventListener("click", guarded(() => press()));
  return node;
}

/** A line of text that changes, and that a screen reader reads when it does. */
export function readout() {
  return element("p", { class: "vecnb-readout", "aria-live": "polite" });
}

/** Controls side by side, as many as fit. */
export function row(...nodes) {
  return element("div", { class: "vecnb-row" }, ...nodes);
}

/** A caption and, below it, what it names. */
export function panel(caption, ...nodes) {
  return element("figure", { class: "vecnb-panel" }, ...nodes, element("figcaption", {}, caption));
}

/** A table: names of the columns, rows of texts; the first column names the row. fill(rows) changes them. */
export function table(caption, columns) {
  const body = element("tbody");
  const cell = (text, i) => element(i ? "td" : "th", i ? {} : { scope: "row" }, text);
  return {
    node: element(
      "table",
      { class: "vecnb-table", "aria-label": caption },
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))),
      ),
      body,
    ),
    fill(rows) {
      body.replaceChildren(...rows.map((row) => element("tr", {}, ...row.map(cell))));
    },
  };
}

/** A small picture of a sign, 24 × 16, for a key. */
export function sign(...shapes) {
  return svgElement("svg", { viewBox: "0 0 24 16", class: "vecnb-sign", "aria-hidden": "true" }, ...shapes);
}

/** What is what, for the eye: items are [sign, its meaning]. */
export function legend(items) {
  const entry = ([shape, text]) => element("li", {}, shape, element("span", {}, text));
  return element("ul", { class: "vecnb-key" }, ...items.map(entry));
}

/** draw, at most once a frame, however often it is asked for. */
export function eachFrame(draw) {
  let asked = false;
  const frame = guarded(() => {
    asked = false;
    draw();
  });
  return () => {
    if (!asked) requestAnimationFrame(frame);
    asked = true;
  };
}

/** act, once nobody has asked for it for so many milliseconds. */
export function afterRest(milliseconds, act) {
  const late = guarded(act);
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(late, milliseconds);
  };
}

/** tick(now) in every frame while it is on. Returns {on, start, stop}. */
export function clock(tick) {
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

/** A number with so many digits after the point, and a real minus. */
export function digits(value, places) {
  return value.toFixed(places).replace("-", "\u2212");
}
