// The host of the book's widgets: brings them to life in a static page, without a kernel and a network.
//
// myst-nb leaves two kinds of script elements in a page: one with the state of every widget, and one in each
// place where a widget is shown. An anywidget's state holds the text of its own ES module, so all that is
// missing is what a notebook would give it: a model (get, set, on, off, save_changes) and an element.
// A plain script, not a module: a browser loads no module from a page that was opened from a disk.
(() => {
  "use strict";
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const NEEDS_KERNEL = "This control asks Python: open the page as a notebook to use it.";

  /** A widget's state in the page, with the model's side of anywidget's contract. */
  class Model {
    constructor({ state, buffers = [] }) {
      this.state = { ...state };
      this.listeners = new Map();
      for (const { path, data } of buffers) set(this.state, path, decode(data));
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      const old = this.state[name];
      this.state[name] = value;
      if (old !== value) this.emit(`change:${name}`, value);
    }
    save_changes() {
      this.emit("change");
    }
    on(event, callback) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event).add(callback);
    }
    off(event, callback) {
      if (callback) this.listeners.get(event)?.delete(callback);
      else if (event) this.listeners.delete(event);
      else this.listeners.clear();
    }
    send() {} // nobody listens: there is no kernel
    emit(event, value) {
      for (const callback of [...(this.listeners.get(event) ?? [])]) callback(value);
    }
  }

  function set(state, path, value) {
    const last = path.at(-1);
    path.slice(0, -1).reduce((part, name) => part[name], state)[last] = value;
  }

  function decode(base64) {
    return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
  }

  const modules = new Map();

  /** The module of a text, loaded once however many widgets share it. */
  function load(text) {
    if (!modules.has(text)) {
      const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      modules.set(text, import(address).finally(() => URL.revokeObjectURL(address)));
    }
    return modules.get(text);
  }

  const styles = new Set();

  function wear(style) {
    if (!style || styles.has(style)) return;
    styles.add(style);
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  }

  async function show(script, entry, models) {
    const { state } = entry;
    if (!state._esm) return say(script, NEEDS_KERNEL, "vecnb-needs-kernel");
    wear(state._css);
    const model = models.get(entry);
    try {
      const module = await load(state._esm);
      const widget = typeof module.default === "function" ? await module.default() : module.default;
      const place = document.createElement("div");
      if (!model.ready) model.ready = Promise.resolve(widget.initialize?.({ model }));
      await model.ready;
      script.after(place);
      await widget.render?.({ model, el: place });
    } catch (error) {
      console.warn(error);
      say(script, `This figure could not be brought to life (${error.message}).`, "vecnb-error");
    }
  }

  function say(script, text, className) {
    const line = Object.assign(document.createElement("p"), { textContent: text, className });
    script.after(line);
  }

  function start() {
    const text = document.querySelector(STATE)?.textContent;
    if (!text) return;
    const scripts = [...document.querySelectorAll(VIEW)];
    let entries, models;
    try {
      entries = JSON.parse(text).state;
      models = new Map(Object.values(entries).map((entry) => [entry, new Model(entry)]));
    } catch (error) { // one broken number, and all of them are lost
      console.warn(error);
      scripts.forEach((script) =>
        say(script, `This figure cannot be read (${error.message}).`, "vecnb-error")
      );
      return;
    }
    for (const script of scripts) {
      const entry = entries[JSON.parse(script.textContent).model_id];
      if (entry) show(script, entry, models);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
