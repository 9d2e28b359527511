// The settings of "Watch gradient descent draw".

import { fixed } from "../lib/numbers.js";
import { choice, inPixels, slider } from "../ui/controls.js";
import { setTraits } from "../ui/mount.js";

const PIXELS = 28; // a side of the picture
export const SCALES = [[1, "pixels"], [3, "three scales"]];
const SLIDERS = {
  n_lines: { label: "number of lines", step: 1 },
  stroke_width: {
    label: "first width, pixels",
    step: 0.1,
    scale: inPixels(PIXELS),
    format: (width) => fixed(PIXELS * width, 1),
  },
};

/** {nodes, follow()}: sliders and a choice of the error; follow sets them to the model's traits. */
export function controls(model) {
  const bounds = model.get("bounds");
  const sliders = Object.entries(SLIDERS).map(([trait, settings]) => {
    const change = (value) => setTraits(model, { [trait]: value });
    return [trait, slider({ ...settings, bounds: bounds[trait], value: model.get(trait), change })];
  });
  const scales = choice({
    label: "error on",
    options: SCALES.map(([value, text]) => [String(value), text]),
    value: String(model.get("n_scales")),
    change: (value) => setTraits(model, { n_scales: Number(value) }),
  });
  return {
    nodes: [...sliders.map(([, { node }]) => node), scales.node],
    follow() {
      for (const [trait, control] of sliders) control.value = model.get(trait);
      scales.value = String(model.get("n_scales"));
    },
  };
}
