// What each step of the gate found: all at once, or one after the other while it runs.
import { h } from "./dom.js";

const MARKS = { passed: "✓", warned: "!", failed: "✕", waiting: "·", now: "…" };
const WORDS = { waiting: "not reached yet", now: "under way" };

const line = ({ outcome, title, sentence, remedy }) =>
	h(
		"li",
		{ class: `step-${outcome}` },
		h("b", { role: "img", "aria-label": WORDS[outcome] ?? outcome }, MARKS[outcome]),
		h(
			"div",
			{},
			h("strong", {}, title),
			sentence && h("p", {}, sentence),
			remedy && h("p", { class: "remedy" }, remedy)
		)
	);

export const verdicts = steps => h("ol", { class: "verdicts", "aria-label": "Steps of the gate" }, steps.map(line));

// All steps, waiting; `add(verdict)` tells the next one, and says in words how far it is; `end()` drops what was not reached.
export function underWay(steps) {
	let done = 0;
	const bar = h("progress", { max: steps.length, value: 0, "aria-label": "Steps of the gate that are done" });
	const list = verdicts(steps.map((step, at) => ({ ...step, outcome: at ? "waiting" : "now" })));
	const place = (at, verdict) => list.children[at]?.replaceWith(line(verdict));
	const add = verdict => {
		place(done, verdict);
		bar.value = done += 1;
		const next = verdict.outcome !== "failed" && steps[done];
		if (next) place(done, { ...next, outcome: "now" });
		const found = { passed: "passed", warned: "passed, with a warning", failed: "failed" }[verdict.outcome];
		return `${done} of ${steps.length}: ${verdict.title} ${found}.${next ? ` Now: ${next.title}…` : ""}`;
	};
	const end = () => {
		bar.remove();
		[...list.children].slice(done).forEach(one => one.remove());
	};
	return { parts: [bar, list], add, end, steps: steps.length };
}
