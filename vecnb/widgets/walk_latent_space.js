// Walk the latent space: a code that is dragged, led from digit to digit, and drawn from the prior.

import { eachFrame, mountAfter } from "./controls.js";
import { between, busiest, fromPrior, onPlane } from "./latent.js";
import { ease, motion, stillness } from "./motion.js";
import { unpackNetwork } from "./network.js";
import { scene } from "./walk_scene.js";

const TITLE = "Walk the latent space";
const SAMPLES = 10;
const GLIDE = 700; // milliseconds to a code that was picked
const WAY = 4000; // and for the whole way between two digits, played

export default {
  render({ model, el }) {
    return mountAfter(unpack(model.get("packed")), el, TITLE, (root, models) => build(model, root, models));
  },
};

/** The models by name, their networks unpacked, their numbers ordered. */
async function unpack(packed) {
  const models = await Promise.all(packed.map(async (one) => {
    return [one.name, {
      ...one,
      layers: await unpackNetwork(one.layers, one.weights),
      order: busiest(one.nats),
    }];
  }));
  return new Map(models);
}

function build(model, root, models) {
  const walk = walker(model, models);
  const view = scene(models, walk.actions);
  const stop = walk.begin(view);
  root.append(...view.nodes);
  return stop;
}

/**
 * The walk itself: {actions, begin(view)}. What is walked: `current` model, code `z`, the plane's two `axes`.
 *
 * `origin` is the code as the reader asked for it, a function of the model, for when the model is switched.
 */
function walker(model, models) {
  let current, z, axes, origin, view, mapIsOld = true;
  let seed = 1, samples = fromPrior(SAMPLES, model.get("z").length, seed);
  const way = { from: 4, to: 9, share: 0 };
  const onTheWay = (one) => between(one.mu[way.from], one.mu[way.to], way.share);
  const moving = motion(() => (view.playing = false));

  const draw = eachFrame(() => {
    view.show(current, z, axes);
    if (mapIsOld) view.showMap(current, z, axes);
    mapIsOld = false;
  });

  /** The code is `to` now; the plane's map stays as it is where only its own two numbers have changed. */
  function put(to, onThePlane = false) {
    z = to;
    mapIsOld ||= !onThePlane;
    tell("z", z);
    draw();
  }

  function tell(trait, value) {
    model.set(trait, value);
    model.save_changes();
  }

  function glideTo(code) {
    const begin = z;
    view.playing = false;
    moving.start(stillness() ? 0 : GLIDE, (share) => put(between(begin, code, ease(share))));
  }

  function goOn(change) {
    Object.assign(way, change);
    origin = onTheWay;
    view.place(way);
  }

  function turn(to) {
    axes = to;
    mapIsOld = true;
    view.offer(current, axes);
    draw();
  }

  function take(name) {
    if (!models.has(name)) throw new Error(`there is no model "${name}"`);
    current = models.get(name);
    view.take(current);
    view.showSamples(current, samples);
  }

  const actions = {
    depart(from) {
      goOn({ from, share: 0 });
      glideTo(onTheWay(current));
    },
    arrive(to) {
      goOn({ to, share: 1 });
      glideTo(onTheWay(current));
    },
    follow(share) {
      moving.stop();
      goOn({ share });
      put(onTheWay(current));
    },
    play() {
      if (moving.on) return moving.stop();
      const begin = way.share < 1 ? way.share : 0;
      moving.start(WAY * (1 - begin), (share) => {
        goOn({ share: begin + share * (1 - begin) });
        put(onTheWay(current));
      });
      view.playing = true;
    },
    drag(x, y) {
      moving.stop();
      put(onPlane(z, axes, x, y), true);
      view.say("moved on the plane");
    },
    sample(i) {
      const code = samples[i];
      origin = () => code;
      view.say(`sample ${i + 1} of the prior`, i);
      glideTo(code);
    },
    others() {
      seed += 1;
      samples = fromPrior(SAMPLES, z.length, seed);
      view.showSamples(current, samples);
    },
    /** An axis is chosen; if it was the other's, that one gets this one's. */
    choose(which, number) {
      turn(axes.map((axis, i) => (i === which ? number : axis === number ? axes[which] : axis)));
      tell("axes", axes);
    },
    /** Another model: the same digits or sample in it, on the plane of its numbers that are as busy. */
    switchTo(name) {
      const ranks = axes.map((axis) => current.order.indexOf(axis));
      moving.stop();
      take(name);
      turn(ranks.map((rank) => current.order[rank]));
      model.set("model", name);
      model.set("axes", axes);
      put(Array.from(origin(current)));
    },
  };

  /** A code that came from Python: a digit's, or one of its own. */
  function accept(code) {
    z = code;
    origin = () => code;
    const digit = current.mu.findIndex((mu) => mu.every((value, k) => value === code[k]));
    if (digit < 0) return view.say("set in Python");
    goOn({ from: digit, to: digit === way.to ? way.from : way.to, share: 0 });
  }

  const heard = {
    "change:z"() {
      if (model.get("z") === z) return;
      moving.stop();
      accept(model.get("z"));
      mapIsOld = true;
      draw();
    },
    "change:model"() {
      if (model.get("model") !== current.name) actions.switchTo(model.get("model"));
    },
    "change:axes"() {
      if (model.get("axes").some((axis, i) => axis !== axes[i])) turn(model.get("axes"));
    },
  };

  return {
    actions,
    begin(on) {
      view = on;
      take(model.get("model"));
      accept(model.get("z"));
      turn(model.get("axes"));
      for (const [event, listen] of Object.entries(heard)) model.on(event, listen);
      return () => {
        moving.stop();
        for (const [event, listen] of Object.entries(heard)) model.off(event, listen);
      };
    },
  };
}
