// The four parts of the method, as buttons that lead to the strokes after each.

import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";

const STAGES = {
  proposed: ["Propose", "the skeleton of the ink"],
  fitted: ["Fit", "smooth curves along it"],
  refined: ["Refine", "moved until they draw the picture"],
  simplified: ["Simplify", "the same with fewer numbers"],
};

/** {node, enable(frames), mark(frame)}; choose(stage) is called on a click. */
export function stageButtons(choose) {
  const buttons = Object.entries(STAGES).map(([stage, [name, text]]) => {
    const look = element("span", { class: "vecnb-look" });
    const node = button("", () => choose(stage), { class: "vecnb-button vecnb-stage", disabled: "" });
    node.append(element("strong", {}, name, look), element("span", {}, text));
    return { stage, node, look };
  });
  return {
    node: element(
      "div",
      { class: "vecnb-stages", role: "group", "aria-label": "Parts of the method" },
      ...buttons.map(({ node }) => node),
    ),
    enable(frames) {
      for (const { stage, node, look } of buttons) {
        node.disabled = !frames.some((frame) => frame.stage === stage);
        node.setAttribute("aria-pressed", false);
        look.textContent = "";
      }
    },
    mark(frame) {
      for (const { stage, node, look } of buttons) {
        node.setAttribute("aria-pressed", stage === frame.stage);
        if (stage === "refined") look.textContent = stage === frame.stage ? `, look ${frame.look}` : "";
      }
    },
  };
}
