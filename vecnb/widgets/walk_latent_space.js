// Walk the latent space: a code that is dragged, led from digit to digit, and drawn from the prior.

import { indicesOf, listOf } from "./checks.js";
import { eachFrame, listen, mountAfter } from "./controls.js";
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
  const walk = new Walk(model, models);
  const view = scene(models, walk);
  const stop = walk.begin(view);
  root.append(...view.nodes);
  return stop;
}

/** A walk: a code z in the space of the current model, the plane's two axes, and all that a reader can do. */
class Walk {
  constructor(model, models) {
    Object.assign(this, { model, models });
    this.way = { from: 4, to: 9, share: 0 };
    this.seed = 1;
    this.latent = [...models.values()][0].nats.length;
    this.samples = fromPrior(SAMPLES, this.latent, this.seed);
    this.moving = motion(() => (this.view.playing = false));
    this.draw = eachFrame(() => {
      this.view.show(this.current, this.z, this.axes);
      if (this.view.map.draw(this.current, this.z, this.axes)) this.draw();
    });
  }

  /** Show where the model's traits are, and follow them; returns what ends it. */
  begin(view) {
    this.view = view;
    this.take(this.model.get("model"));
    this.accept(this.wantedCode());
    this.turn(this.wantedAxes());
    const leave = [
      listen(this.model, ["z"], () => {
        if (this.model.get("z") !== this.z) this.accept(this.wantedCode());
      }),
      listen(this.model, ["model"], () => {
        if (this.model.get("model") !== this.current.name) this.switchTo(this.model.get("model"));
      }),
      listen(this.model, ["axes"], () => {
        if (this.wantedAxes().some((axis, i) => axis !== this.axes[i])) this.turn(this.wantedAxes());
      }),
    ];
    return () => {
      this.moving.stop();
      leave.forEach((one) => one());
    };
  }

  wantedCode() {
    return listOf(this.model, "z", this.latent);
  }

  wantedAxes() {
    return indicesOf(this.model, "axes", 2, this.latent);
  }

  // What is shown

  take(name) {
    if (!this.models.has(name)) throw new Error(`there is no model "${name}"`);
    this.current = this.models.get(name);
    this.view.take(this.current);
    this.view.showSamples(this.current, this.samples);
  }

  turn(axes) {
    this.axes = axes;
    this.view.offer(this.current, axes);
    this.view.map.renew();
    this.draw();
  }

  /** The code is z now; the plane's map stays as it is where only its own two numbers have changed. */
  put(z, onThePlane = false) {
    this.z = z;
    if (!onThePlane) this.view.map.renew();
    this.tell({ z });
    this.draw();
  }

  tell(traits) {
    for (const [name, value] of Object.entries(traits)) this.model.set(name, value);
    this.model.save_changes();
  }

  /** A code that came from Python: a digit's, or one of its own. */
  accept(z) {
    this.moving.stop();
    this.z = z;
    this.origin = () => z;
    const digit = this.current.mu.findIndex((mu) => mu.every((value, k) => value === z[k]));
    const { from, to } = this.way;
    if (digit < 0) this.view.say("set in Python");
    else this.goOn({ from: digit, to: digit === to ? from : to, share: 0 });
    this.view.map.renew();
    this.draw();
  }

  // The way between two digits; `origin` is the code that the reader asked for, in whichever model

  goOn(change) {
    Object.assign(this.way, change);
    this.origin = ({ mu }) => between(mu[this.way.from], mu[this.way.to], this.way.share);
    this.view.place(this.way);
  }

  glide() {
    const begin = this.z, end = this.origin(this.current);
    this.view.playing = false;
    this.moving.start(stillness() ? 0 : GLIDE, (share) => this.put(between(begin, end, ease(share))));
  }

  depart(from) {
    this.goOn({ from, share: 0 });
    this.glide();
  }

  arrive(to) {
    this.goOn({ to, share: 1 });
    this.glide();
  }

  follow(share) {
    this.moving.stop();
    this.goOn({ share });
    this.put(this.origin(this.current));
  }

  play() {
    if (this.moving.on) return this.moving.stop();
    const begin = this.way.share < 1 ? this.way.share : 0;
    this.moving.start(WAY * (1 - begin), (share) => {
      this.goOn({ share: begin + share * (1 - begin) });
      this.put(this.origin(this.current));
    });
    this.view.playing = true;
  }

  // The plane, the prior, the models

  drag(x, y) {
    this.moving.stop();
    this.put(onPlane(this.z, this.axes, x, y), true);
    this.view.map.mark(this.z, this.axes); // at once: the next press of a key begins here
    this.view.say("moved on the plane");
  }

  /** Another number is chosen for an axis; if it was the other's, that one gets this one's. */
  choose(which, number) {
    const { axes } = this;
    this.turn(axes.map((axis, i) => (i === which ? number : axis === number ? axes[which] : axis)));
    this.tell({ axes: this.axes });
  }

  sample(i) {
    const code = this.samples[i];
    this.origin = () => code;
    this.view.say(`sample ${i + 1} of the prior`, i);
    this.glide();
  }

  others() {
    this.seed += 1;
    this.samples = fromPrior(SAMPLES, this.latent, this.seed);
    this.view.showSamples(this.current, this.samples);
  }

  /** Another model: what was asked for, in it, on the plane of its numbers that are as busy. */
  switchTo(name) {
    const ranks = this.axes.map((axis) => this.current.order.indexOf(axis));
    this.moving.stop();
    this.take(name);
    this.turn(ranks.map((rank) => this.current.order[rank]));
    this.tell({ model: name, axes: this.axes });
    this.put(Array.from(this.origin(this.current)));
  }
}
