// What each step of the gate found.
import { h } from "./dom.js";

const MARKS = { passed: "✓", warned: "!", failed: "✕" };

export const verdicts = (steps) => h("ol", { class: "verdicts", "aria-label": "Steps of the gate" }, steps.map((step) =>
  h("li", { class: `step-${step.outcome}` }, h("b", { role: "img", "aria-label": step.outcome }, MARKS[step.outcome]),
    h("div", {}, h("strong", {}, step.title), h("p", {}, step.sentence), step.remedy && h("p", { class: "remedy" }, step.remedy)))));
