// The views and controls of "Walk the latent space".

import { percent } from "../lib/numbers.js";
import { button, choice, menu, slider, wideButton } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { drawingPicker, drawingView } from "../ui/drawings.js";
import { columns, panel, row } from "../ui/layout.js";
import { codeBars } from "./code_bars.js";
import { decode } from "./latent.js";
import { latentPlane } from "./latent_plane.js";

const ACTIVE = 0.05; // nats: a dimension with a larger divergence is in use, as on the page
const DIGITS = Array.from({ length: 10 }, (_, digit) => `${digit}`);

/** {nodes, plane, …} with functions that show a state; `walk` has a method for everything a reader can do. */
export function latentView(models, walk) {
  const all = [...models.values()];
  const drawing = drawingView("the lines of the code");
  const plane = latentPlane((x, y) => walk.drag(x, y));
  const bars = codeBars(all[0].kl.length);
  const caption = element("span", {});
  const explanation = element("p", { class: "vecnb-lead" });
  const weights = choice({
    label: "Weight of the divergence",
    options: weightOptions(all),
    change: (name) => walk.switchTo(name),
  });
  const digitPicker = (label, change) =>
    drawingPicker({ label, names: DIGITS.map((digit) => `${label} ${digit}`), change });
  const from = digitPicker("from", (digit) => walk.setFrom(digit));
  const to = digitPicker("to", (digit) => walk.setTo(digit));
  const position = slider({
    label: "way",
    bounds: [0, 1],
    step: 0.01,
    value: 0,
    format: percent,
    change: (share) => walk.setShare(share),
  });
  const playButton = wideButton("Play", () => walk.play());
  const samples = drawingPicker({
    label: "prior",
    names: DIGITS.map((_, i) => `sample ${i + 1} of the prior`),
    change: (i) => walk.chooseSample(i),
  });
  const axisMenus = ["across", "up"].map((label, which) => {
    return menu({ label: `${label}, number`, change: (number) => walk.chooseAxis(which, Number(number)) });
  });
  const drawings = element(
    "div",
    {},
    panel(caption, drawing.node),
    panel("the code, its busiest numbers first; → and ↑ are on the plane", bars.node),
  );

  return {
    nodes: [
      weights.node,
      explanation,
      columns(drawings, panel(row(...axisMenus.map(({ node }) => node)), plane.node)),
      from.node,
      to.node,
      row(playButton, position.node),
      samples.node,
      row(button("Ten others", () => walk.resample())),
    ],
    plane,
    showModel(model) {
      weights.value = model.name;
      explanation.textContent = explain(model);
      const digits = model.mu.map((mu) => decode(model, mu));
      [from, to].forEach(({ show }) => show(digits));
    },
    showAxes(model, axes) {
      const options = model.order.map((k) => [k, `${k} (${model.kl[k].toFixed(1)} nats)`]);
      axisMenus.forEach((menu, i) => {
        menu.options = options;
        menu.value = axes[i];
      });
    },
    showCode(model, z, axes) {
      drawing.show(decode(model, z));
      plane.mark(z, axes);
      bars.show(z, model.order, axes);
    },
    showSamples(model, codes) {
      samples.show(codes.map((code) => decode(model, code)));
    },
    showPath(path) {
      [from.value, to.value, position.value] = [path.from, path.to, path.share];
      const place = `${path.from} to ${path.to}: ${percent(path.share)}`;
      this.describe(path.share === 0 ? `the code of this ${path.from}` : place);
    },
    describe(text, sample = -1) {
      caption.textContent = text;
      samples.value = sample;
    },
    set playing(on) {
      playButton.textContent = on ? "Pause" : "Play";
    },
  };
}

/** The models by their weights, and by name too where two have the same weight. */
function weightOptions(models) {
  const isShared = ({ weight }) => models.filter((one) => one.weight === weight).length > 1;
  return models.map((one) => {
    return [one.name, isShared(one) ? `${one.weight} (${one.name})` : String(one.weight)];
  });
}

function explain({ kl, weight }) {
  const active = kl.filter((value) => value > ACTIVE).length;
  const suggestion = weight === 0
    ? "Nothing keeps them near the prior: how many of its samples are digits?"
    : "Pick two digits and play the way between them; drag the point on the plane; then ask the prior.";
  return `${active} of the code's ${kl.length} numbers are in use. ${suggestion}`;
}
