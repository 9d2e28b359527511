// The models' answers to the current image, computed one model a frame.

import { unpackNetwork } from "../lib/unpack.js";
import { vectorise } from "../lib/vectorise.js";
import { oncePerFrame } from "../ui/timing.js";

/** The image of an empty pad. */
export const EMPTY = new Float32Array(28 * 28);

/**
 * {image, infer(image, quick), load()}: load unpacks the networks; infer takes null for an empty pad.
 *
 * `done` is called when all models have answered. With `quick` a model uses one augmentation: nine take longer
 * than a frame, which is too long while the reader draws.
 */
export function inference(networks, cards, done) {
  const queue = networks.map((network, i) => ({ network, card: cards[i], answered: undefined }));
  const state = { image: null, quick: false };
  /** One model a frame: all in one frame would delay the pen. */
  const next = oncePerFrame(() => {
    const { image } = state;
    const at = queue.findIndex(({ answered, layers }) => layers && answered !== image);
    if (at < 0) return;
    const [entry] = queue.splice(at, 1);
    queue.push(entry);
    entry.answered = image;
    const begin = performance.now();
    const code = image && vectorise(settingsOf(entry, state.quick), image);
    entry.card.show(code, image ?? EMPTY, performance.now() - begin);
    if (queue.every(({ answered }) => answered === image)) done();
    else next();
  });
  return {
    get image() {
      return state.image;
    },
    infer(image, quick = false) {
      Object.assign(state, { image, quick });
      next();
    },
    async load() {
      for (const entry of [...queue]) {
        entry.layers = await unpackNetwork(entry.network.layers, entry.network.weights);
        next();
      }
    },
  };
}

function settingsOf({ network, layers }, quick) {
  return { ...network, layers, n_augmentations: quick ? 1 : network.n_augmentations };
}
