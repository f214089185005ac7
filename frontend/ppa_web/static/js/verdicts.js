// The verdicts of the gate: all at once, or one by one during an upload.
import { h } from "./dom.js";

/** @type {Record<string, string>} */
const MARKS = { passed: "✓", warned: "!", failed: "✕", waiting: "·", now: "…" };
/** @type {Record<string, string>} */
const WORDS = { waiting: "not reached yet", now: "under way" };

/** @type {(verdict: ShownVerdict) => HTMLElement} */
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

/** @type {(steps: ShownVerdict[]) => HTMLElement} */
export const verdictList = steps => h("ol", { class: "verdicts", "aria-label": "Steps of the gate" }, steps.map(line));

/**
 * The list of all steps, waiting. `add(verdict)` fills in the next one and returns the progress as text;
 * `end()` removes the steps that were not reached.
 * @param {Api.Step[]} steps
 */
export function verdictProgress(steps) {
	let done = 0;
	const bar = h("progress", { max: steps.length, value: 0, "aria-label": "Steps of the gate that are done" });
	const list = verdictList(steps.map((step, at) => ({ ...step, outcome: at ? "waiting" : "now" })));
	/** @type {(at: number, verdict: ShownVerdict) => void} */
	const replace = (at, verdict) => list.children[at]?.replaceWith(line(verdict));
	/** @type {(verdict: Api.Verdict) => string} */
	const add = verdict => {
		replace(done, verdict);
		bar.value = done += 1;
		const next = verdict.outcome !== "failed" && steps[done];
		if (next) replace(done, { ...next, outcome: "now" });
		const outcomeText = { passed: "passed", warned: "passed, with a warning", failed: "failed" }[verdict.outcome];
		return `${done} of ${steps.length}: ${verdict.title} ${outcomeText}.${next ? ` Now: ${next.title}…` : ""}`;
	};
	const end = () => {
		bar.remove();
		[...list.children].slice(done).forEach(one => one.remove());
	};
	return { parts: [bar, list], add, end, steps: steps.length };
}
