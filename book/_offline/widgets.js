// Runs the book's widgets in a static page, without a kernel and without the network.
//
// myst-nb writes two kinds of script elements into a page: one with the state of every widget, and one in each
// place where a widget is shown; book/_ext/still_pictures.py puts its still picture before that. An anywidget's
// state holds the text of its own ES module. What is missing is what a notebook would provide: a model (get, set,
// on, off, save_changes) and an element.
// A plain script, not a module: a browser loads no module from a page that was opened from a disk.
(() => {
  "use strict";
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const NEEDS_KERNEL = "This control asks Python: ";

  /** A widget's state in the page, as the model of anywidget's interface. */
  class Model {
    constructor({ state, buffers = [] }) {
      this.state = { ...state };
      this.listeners = new Map();
      for (const { path, data } of buffers) setPath(this.state, path, decodeBase64(data));
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
    send() {} // there is no kernel to receive a message
    emit(event, value) {
      for (const callback of [...(this.listeners.get(event) ?? [])]) callback(value);
    }
  }

  function setPath(state, path, value) {
    const last = path.at(-1);
    path.slice(0, -1).reduce((part, name) => part[name], state)[last] = value;
  }

  function decodeBase64(text) {
    return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  }

  const modules = new Map();

  /** The module with this text, loaded once however many widgets use it. */
  function loadModule(text) {
    if (!modules.has(text)) {
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      modules.set(text, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(text);
  }

  const styles = new Set();

  function addStyle(style) {
    if (!style || styles.has(style)) return;
    styles.add(style);
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  }

  /** Render a widget after its script element, in the place of its still picture. */
  async function show(script, entry, models) {
    const { state } = entry;
    if (!state._esm) return offerNotebook(showMessage(script, NEEDS_KERNEL, "vecnb-needs-kernel"));
    addStyle(state._css);
    const model = models.get(entry), still = stillOf(script);
    let failed = false;
    try {
      const module = await loadModule(state._esm);
      const widget = typeof module.default === "function" ? await module.default() : module.default;
      const place = document.createElement("div");
      place.addEventListener("vecnb-error", () => { // now or later
        failed = true;
        still?.removeAttribute("hidden");
      });
      if (!model.ready) model.ready = Promise.resolve(widget.initialize?.({ model }));
      await model.ready;
      script.after(place);
      await widget.render?.({ model, el: place });
      if (!failed) still?.setAttribute("hidden", "");
    } catch (error) {
      console.warn(error);
      showMessage(script, `This figure could not be brought to life (${error.message}).`, "vecnb-error");
    }
  }

  /** The still picture of a widget, directly before its script element. */
  function stillOf(script) {
    const before = script.previousElementSibling;
    return before?.matches(".vecnb-still") ? before : before?.querySelector(".vecnb-still");
  }

  function showMessage(script, text, className) {
    const line = Object.assign(document.createElement("p"), { textContent: text, className });
    script.after(line);
    return line;
  }

  /** End a line with a link to the page's notebook (book/_ext/notebooks.py). */
  function offerNotebook(line) {
    const page = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";
    const href = `notebooks/${page}.ipynb`, textContent = "open the page as a notebook";
    line.append(
      Object.assign(document.createElement("a"), { href, textContent, download: "" }),
      " to use it.",
    );
  }

  function start() {
    const text = document.querySelector(STATE)?.textContent;
    if (!text) return;
    const scripts = [...document.querySelectorAll(VIEW)];
    let entries, models;
    try {
      entries = JSON.parse(text).state;
      models = new Map(Object.values(entries).map((entry) => [entry, new Model(entry)]));
    } catch (error) { // one malformed number makes all states unreadable
      console.warn(error);
      scripts.forEach((script) =>
        showMessage(script, `This figure cannot be read (${error.message}).`, "vecnb-error")
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
