// What is seen of a walk through the latent space, and its controls.

import { codeBars } from "./code_bars.js";
import { button, choice, element, menu, panel, row, slider } from "./controls.js";
import { drawing, picker } from "./drawing.js";
import { decode } from "./latent.js";
import { slice } from "./slice.js";

const IN_USE = 0.05; // nats, as on the page
const DIGITS = Array.from({ length: 10 }, (_, digit) => `${digit}`);
const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** The nodes of a walk, and how they are put where it is; `walk` has a method for all that a reader can do. */
export function scene(models, walk) {
  const drawn = drawing("the lines of the code");
  const plane = slice((x, y) => walk.drag(x, y));
  const bars = codeBars([...models.values()][0].nats.length);
  const said = element("span", {});
  const weights = choice({
    label: "Weight of the divergence",
    options: weightsOf([...models.values()]),
    change: (name) => walk.switchTo(name),
  });
  const watch = element("p", { class: "vecnb-lead" });
  const from = picker({
    label: "from",
    names: DIGITS.map((digit) => `from ${digit}`),
    change: (digit) => walk.depart(digit),
  });
  const to = picker({
    label: "to",
    names: DIGITS.map((digit) => `to ${digit}`),
    change: (digit) => walk.arrive(digit),
  });
  const share = slider({
    label: "way",
    min: 0,
    max: 1,
    step: 0.01,
    value: 0,
    format: percent,
    change: (to) => walk.follow(to),
  });
  const play = button("Play", () => walk.play(), { class: "vecnb-button vecnb-steady" });
  const chosen = picker({
    label: "prior",
    names: DIGITS.map((_, i) => `sample ${i + 1} of the prior`),
    change: (i) => walk.sample(i),
  });
  const axes = ["across", "up"].map((label, which) => {
    return menu({ label: `${label}, number`, change: (number) => walk.choose(which, Number(number)) });
  });

  return {
    nodes: [
      weights.node,
      watch,
      element(
        "div",
        { class: "vecnb-sides" },
        element(
          "div",
          {},
          panel(said, drawn.node),
          panel("the code, its busiest numbers first; → and ↑ are on the plane", bars.node),
        ),
        panel(row(...axes.map(({ node }) => node)), plane.node),
      ),
      from.node,
      to.node,
      row(play, share.node),
      chosen.node,
      row(button("Ten others", () => walk.others())),
    ],
    take(current) {
      weights.value = current.name;
      watch.textContent = words(current);
      const digits = current.mu.map((mu) => decode(current, mu));
      [from, to].forEach(({ show }) => show(digits));
    },
    offer(current, [across, up]) {
      const options = current.order.map((k) => [k, `${k} (${current.nats[k].toFixed(1)} nats)`]);
      axes.forEach((axis) => (axis.options = options));
      [axes[0].value, axes[1].value] = [across, up];
    },
    show(current, z, axes) {
      drawn.show(decode(current, z));
      plane.mark(z, axes);
      bars.show(z, current.order, axes);
    },
    map: plane,
    showSamples(current, codes) {
      chosen.show(codes.map((code) => decode(current, code)));
    },
    place(way) {
      [from.value, to.value, share.value] = [way.from, way.to, way.share];
      this.say(
        way.share === 0 ? `the code of this ${way.from}` : `${way.from} to ${way.to}: ${percent(way.share)}`,
      );
    },
    say(text, sample = -1) {
      said.textContent = text;
      chosen.value = sample;
    },
    set playing(on) {
      play.textContent = on ? "Pause" : "Play";
    },
  };
}

/** Models by their weights, and by their names too where two have the same. */
function weightsOf(models) {
  const twice = ({ weight }) => models.filter((one) => one.weight === weight).length > 1;
  return models.map((one) => [one.name, twice(one) ? `${one.weight} (${one.name})` : String(one.weight)]);
}

function words({ nats, weight }) {
  const used = nats.filter((value) => value > IN_USE).length;
  const todo = weight === 0
    ? "Nothing keeps them near the prior: how many of its samples are digits?"
    : "Pick two digits and play the way between them; drag the point on the plane; then ask the prior.";
  return `${used} of the code's ${nats.length} numbers are in use. ${todo}`;
}
