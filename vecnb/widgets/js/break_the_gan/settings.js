// The settings of "Break the GAN": presets, sliders, the choice of a loss.

import { choice, LOGARITHMIC, slider } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { block } from "../ui/layout.js";
import { setTraits } from "../ui/mount.js";

export const LOSSES = [["minimax", "minimax"], ["non_saturating", "non-saturating"]];
const decimals = (places) => (value) => value.toFixed(places);

export const SLIDERS = {
  noise: { label: "noise on both sides", step: 0.02, format: decimals(2) },
  r1: { label: "weight of R1, γ", step: 0.05, format: decimals(2) },
  discriminator_steps: { label: "steps of r for one of the corners", step: 1 },
  learning_rate: { label: "rate of the corners", step: 0.05, format: decimals(2) },
  discriminator_learning_rate: {
    label: "rate of r",
    step: 0.05,
    format: (value) => String(Number(value.toPrecision(2))),
    scale: LOGARITHMIC,
  },
};

const COMMON = {
  learning_rate: 1,
  discriminator_learning_rate: 5e-3,
  discriminator_steps: 10,
  loss: "minimax",
};
const PRESETS = {
  thesis: {
    name: "As the thesis",
    traits: { ...COMMON, noise: 0, r1: 0 },
    note:
      "Watch the accuracy: the hexagon reaches the circle, then r learns to tell the two thin curves apart, " +
      "grows sure, turns into a cliff, and chases the corners about instead of leading them.",
  },
  noise: {
    name: "With noise",
    traits: { ...COMMON, noise: 0.3, r1: 0 },
    note: "Watch the samples: as clouds the two sides overlap, the accuracy falls to a half, " +
      "and the hexagon comes to rest around the circle.",
  },
  r1: {
    name: "With R1",
    traits: { ...COMMON, noise: 0, r1: 0.5 },
    note: "Watch the grey: R1 keeps it a gentle slope. The hexagon walks rather than runs, " +
      "and r, never sure, lets go of it once it has arrived.",
  },
};
const OWN_NOTE = "Your own: does the hexagon come home, and does it stay?";

/** {nodes {presets, settings}, follow()}; follow sets the controls to the model's traits. */
export function controls(model, restart) {
  const bounds = model.get("bounds");
  const sliders = Object.entries(SLIDERS).map(([trait, settings]) => {
    const change = (value) => setTraits(model, { [trait]: value });
    return [trait, slider({ ...settings, bounds: bounds[trait], value: model.get(trait), change })];
  });
  const loss = choice({
    label: "loss",
    options: LOSSES,
    value: model.get("loss"),
    change: (value) => setTraits(model, { loss: value }),
  });
  const note = element("p", { class: "vecnb-note" });
  const preset = choice({
    label: "Try",
    options: Object.entries(PRESETS).map(([key, { name }]) => [key, name]),
    change: (key) => {
      setTraits(model, PRESETS[key].traits);
      restart();
    },
  });
  const follow = () => {
    for (const [trait, control] of sliders) control.value = model.get(trait);
    loss.value = model.get("loss");
    const found = Object.entries(PRESETS).find(([, { traits }]) =>
      Object.entries(traits).every(([trait, value]) => model.get(trait) === value)
    );
    preset.value = found?.[0];
    note.textContent = found?.[1].note ?? OWN_NOTE;
  };
  follow();
  return {
    follow,
    nodes: {
      presets: element("div", {}, preset.node, note),
      settings: block("vecnb-settings", ...sliders.map(([, { node }]) => node), loss.node),
    },
  };
}
