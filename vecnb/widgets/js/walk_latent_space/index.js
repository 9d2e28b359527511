// Walk the latent space: a code z that is dragged on a plane, moved between digits, or sampled from the prior.

import { interpolate, smoothstep } from "../lib/math.js";
import { unpackNetwork } from "../lib/unpack.js";
import { readIndices, readList } from "../lib/validation.js";
import { listen, mountAfter, setTraits } from "../ui/mount.js";
import { animation, oncePerFrame, prefersReducedMotion } from "../ui/timing.js";
import { onPlane, rankDimensions, samplePrior } from "./latent.js";
import { latentView } from "./latent_view.js";

const SAMPLES = 10;
const MOVE_TIME = 700; // milliseconds to a chosen code
const PLAY_TIME = 4000; // from one digit to the other

export default {
  render({ model, el }) {
    const build = (root, models) => {
      const walk = new Walk(model, models);
      const view = latentView(models, walk);
      const stop = walk.start(view);
      root.append(...view.nodes);
      return stop;
    };
    return mountAfter(unpack(model.get("models")), el, "Walk the latent space", build);
  },
};

/** The models by name, with their networks unpacked and their dimensions ranked. */
async function unpack(packed) {
  const models = await Promise.all(packed.map(async (one) => {
    const layers = await unpackNetwork(one.layers, one.weights);
    return [one.name, { ...one, layers, order: rankDimensions(one.kl) }];
  }));
  return new Map(models);
}

/**
 * The state: the current model, its code z, the dimensions on the plane's axes, the path between two digits.
 *
 * `target` is the code that the reader asked for, as a function of the model: it survives a change of model.
 */
class Walk {
  constructor(model, models) {
    Object.assign(this, { model, models });
    this.path = { from: 4, to: 9, share: 0 };
    this.seed = 1;
    this.latent = [...models.values()][0].kl.length;
    this.samples = samplePrior(SAMPLES, this.latent, this.seed);
    this.animation = animation(() => (this.view.playing = false));
    this.draw = oncePerFrame(() => {
      this.view.showCode(this.current, this.z, this.axes);
      if (this.view.plane.draw(this.current, this.z, this.axes)) this.draw();
    });
  }

  /** Show the model's traits, and follow them; returns a function that stops this. */
  start(view) {
    this.view = view;
    this.setModel(this.model.get("model"));
    this.receiveCode(this.readCode());
    this.setAxes(this.readAxes());
    const unlisten = [
      listen(this.model, ["z"], () => {
        if (this.model.get("z") !== this.z) this.receiveCode(this.readCode());
      }),
      listen(this.model, ["model"], () => {
        if (this.model.get("model") !== this.current.name) this.switchTo(this.model.get("model"));
      }),
      listen(this.model, ["axes"], () => {
        if (this.readAxes().some((axis, i) => axis !== this.axes[i])) this.setAxes(this.readAxes());
      }),
    ];
    return () => {
      this.animation.stop();
      unlisten.forEach((stop) => stop());
    };
  }

  readCode() {
    return readList(this.model, "z", this.latent);
  }

  readAxes() {
    return readIndices(this.model, "axes", 2, this.latent);
  }

  // The state and its views

  setModel(name) {
    if (!this.models.has(name)) throw new Error(`there is no model "${name}"`);
    this.current = this.models.get(name);
    this.view.showModel(this.current);
    this.view.showSamples(this.current, this.samples);
  }

  setAxes(axes) {
    this.axes = axes;
    this.view.showAxes(this.current, axes);
    this.view.plane.invalidate();
    this.draw();
  }

  /** Set the code; the plane's map stays valid where only its own two dimensions have changed. */
  setCode(z, onlyOnPlane = false) {
    this.z = z;
    if (!onlyOnPlane) this.view.plane.invalidate();
    setTraits(this.model, { z });
    this.draw();
  }

  /** A code from Python: a digit's, or any other. */
  receiveCode(z) {
    this.animation.stop();
    this.z = z;
    this.target = () => z;
    const digit = this.current.mu.findIndex((mu) => mu.every((value, k) => value === z[k]));
    const { from, to } = this.path;
    if (digit < 0) this.view.describe("set in Python");
    else this.setPath({ from: digit, to: digit === to ? from : to, share: 0 });
    this.view.plane.invalidate();
    this.draw();
  }

  // The path between two digits

  setPath(change) {
    Object.assign(this.path, change);
    this.target = ({ mu }) => interpolate(mu[this.path.from], mu[this.path.to], this.path.share);
    this.view.showPath(this.path);
  }

  moveToTarget() {
    const begin = this.z, end = this.target(this.current);
    this.view.playing = false;
    const time = prefersReducedMotion() ? 0 : MOVE_TIME;
    this.animation.start(time, (share) => this.setCode(interpolate(begin, end, smoothstep(share))));
  }

  setFrom(from) {
    this.setPath({ from, share: 0 });
    this.moveToTarget();
  }

  setTo(to) {
    this.setPath({ to, share: 1 });
    this.moveToTarget();
  }

  setShare(share) {
    this.animation.stop();
    this.setPath({ share });
    this.setCode(this.target(this.current));
  }

  play() {
    if (this.animation.on) return this.animation.stop();
    const begin = this.path.share < 1 ? this.path.share : 0;
    this.animation.start(PLAY_TIME * (1 - begin), (share) => {
      this.setPath({ share: begin + share * (1 - begin) });
      this.setCode(this.target(this.current));
    });
    this.view.playing = true;
  }

  // The plane, the prior, the models

  drag(x, y) {
    this.animation.stop();
    this.setCode(onPlane(this.z, this.axes, x, y), true);
    this.view.plane.mark(this.z, this.axes); // now, not in the next frame: the next key press starts here
    this.view.describe("moved on the plane");
  }

  /** Another dimension for an axis; if the other axis had it, the two swap. */
  chooseAxis(which, dimension) {
    const { axes } = this;
    this.setAxes(axes.map((axis, i) => (i === which ? dimension : axis === dimension ? axes[which] : axis)));
    setTraits(this.model, { axes: this.axes });
  }

  chooseSample(i) {
    const code = this.samples[i];
    this.target = () => code;
    this.view.describe(`sample ${i + 1} of the prior`, i);
    this.moveToTarget();
  }

  resample() {
    this.seed += 1;
    this.samples = samplePrior(SAMPLES, this.latent, this.seed);
    this.view.showSamples(this.current, this.samples);
  }

  /** Another model: the target in it, on the plane of its dimensions of the same rank. */
  switchTo(name) {
    const ranks = this.axes.map((axis) => this.current.order.indexOf(axis));
    this.animation.stop();
    this.setModel(name);
    this.setAxes(ranks.map((rank) => this.current.order[rank]));
    setTraits(this.model, { model: name, axes: this.axes });
    this.setCode(Array.from(this.target(this.current)));
  }
}
