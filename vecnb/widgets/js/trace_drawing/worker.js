// The tracer in a worker, beside the page's own thread.

import { makeTracer, readFrames, tracerBytes } from "./tracer.js";

/** What the worker runs: a tracer of these bytes, which answers one request after the other. */
function serve(make) {
  let tracer;
  onmessage = async ({ data: { bytes, picture, detail } }) => {
    try {
      if (bytes) {
        tracer = WebAssembly.instantiate(bytes).then(({ instance }) => make(instance.exports));
        tracer.catch(() => {}); // the answer to the next request says what it was
      } else postMessage({ numbers: (await tracer)(picture, detail) });
    } catch (error) {
      postMessage({ error: error.message });
    }
  };
}

/**
 * A tracer in the background: {trace(picture, detail), stop()}.
 *
 * answered(frames, picture, milliseconds) or failed(error) is called; of requests that wait, only the last is
 * answered.
 */
export function backgroundTracer({ answered, failed }) {
  const source = `(${serve})(${makeTracer})`;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  let ready = false, busy = null, waiting = null, begin = 0;
  const next = () => {
    if (!ready || busy || !waiting) return;
    [busy, waiting, begin] = [waiting, null, performance.now()];
    worker.postMessage(busy);
  };
  worker.onmessage = ({ data: { numbers, error } }) => {
    const { picture } = busy;
    busy = null;
    if (error) failed(new Error(error));
    else if (!waiting) answered(readFrames(numbers), picture, performance.now() - begin);
    next();
  };
  worker.onerror = (event) => failed(new Error(event.message || "this browser runs no worker here"));
  tracerBytes().then((bytes) => {
    worker.postMessage({ bytes });
    ready = true;
    next();
  }, failed);
  return {
    trace(picture, detail) {
      waiting = { picture, detail };
      next();
    },
    stop: () => worker.terminate(),
  };
}
