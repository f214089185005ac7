// Coverage of the live page: each hour of a model has a prediction, or a no-prediction reason.
import { h } from "./dom.js";
import { iso, when, words } from "./format.js";

const HOUR = 36e5;

/** @typedef {{ kind: string, reason: string, detail?: string | null, first: number, hours: number }} Stretch */

/**
 * Consecutive hours of one kind, and of one reason, as stretches.
 * @param {string} id of the model
 * @param {Api.LiveContent} view
 * @param {Prediction[]} predictions
 * @returns {Stretch[]}
 */
export function stretchesOf(id, view, predictions) {
	const byHour = new Map(predictions.filter(p => p.id === id).map(p => [p.hour, p]));
	/** @type {Stretch[]} */
	const stretches = [];
	for (let hour = 0; hour < view.close.length; hour += 1) {
		const p = byHour.get(hour);
		const kind = p ? (p.reason ? "not" : p.origin) : "none";
		const last = stretches.at(-1);
		if (last && last.kind === kind && last.reason === (p?.reason ?? "")) last.hours += 1;
		else stretches.push({ kind, reason: p?.reason ?? "", detail: p?.detail, first: hour, hours: 1 });
	}
	return stretches;
}

/**
 * @param {Stretch} stretch
 * @param {Api.LiveContent} view
 */
function sentence({ kind, reason, detail, first, hours }, view) {
	/** @type {(hour: number) => string} */
	const at = hour => when(iso(Date.parse(view.since) + hour * HOUR));
	const hoursText = hours > 1 ? `${at(first)} to ${at(first + hours - 1)}, ${hours} hours` : at(first);
	const meaning = {
		not: [`${words(reason)}.`, view.reasons[reason], detail !== view.reasons[reason] && detail, view.remedies[reason]]
			.filter(Boolean)
			.join(" "),
		none: "no answer: the model was not active",
		live: "predicted live",
		buffer: "buffered at activation",
		replay: "replayed"
	}[kind];
	return `${hoursText}: ${meaning}`;
}

/**
 * Make a model's row: its hours as a listbox that arrow keys move along.
 * @param {string} id
 * @param {string} letter
 * @param {number} row
 * @param {Api.LiveContent} view
 * @param {Prediction[]} predictions
 */
export function coverageRow(id, letter, row, view, predictions) {
	const stretches = stretchesOf(id, view, predictions);
	/** @type {(kind: string) => number} */
	const hours = kind => stretches.filter(run => run.kind === kind).reduce((sum, run) => sum + run.hours, 0);
	const status = h(
		"p",
		{ class: "status" },
		[
			`${hours("live") + hours("replay")} of ${view.close.length} h predicted`,
			hours("buffer") && `${hours("buffer")} buffered`,
			hours("not") && `${hours("not")} with a reason why not`
		]
			.filter(Boolean)
			.join(", ")
	);
	const summary = status.textContent;
	const cells = stretches.map((run, index) =>
		h("i", {
			role: "option",
			id: `run-${row}-${index}`,
			class: run.kind,
			style: `flex-grow:${run.hours}`,
			"aria-label": sentence(run, view),
			"aria-selected": "false"
		})
	);
	let selected = -1;
	/** @type {(index: number) => void} */
	const select = at => {
		cells[selected]?.setAttribute("aria-selected", "false");
		selected = at;
		cells[at]?.setAttribute("aria-selected", "true");
		if (at < 0) box.removeAttribute("aria-activedescendant");
		else box.setAttribute("aria-activedescendant", cells[at].id);
		status.textContent = at < 0 ? summary : sentence(stretches[at], view);
	};
	/** @type {Record<string, () => number>} */
	const keys = {
		ArrowRight: () => Math.min(selected + 1, cells.length - 1),
		ArrowLeft: () => Math.max(selected - 1, 0),
		Home: () => 0,
		End: () => cells.length - 1,
		Escape: () => -1
	};
	/** @type {(event: { target: any }) => void} */
	const selectTarget = ({ target }) => {
		const at = cells.indexOf(target);
		if (at >= 0) select(at);
	};
	const box = h(
		"div",
		{
			class: "cells",
			role: "listbox",
			tabindex: 0,
			"aria-label": `Coverage of ${id}: ${summary}`,
			onpointerover: selectTarget,
			onclick: selectTarget,
			onpointerleave: () => select(-1),
			onblur: () => select(-1),
			onfocus: () => selected < 0 && select(cells.length - 1),
			onkeydown: (/** @type {KeyboardEvent} */ event) => {
				if (keys[event.key]) {
					event.preventDefault();
					select(keys[event.key]());
				}
			}
		},
		cells
	);
	return h(
		"div",
		{ class: "strip-row" },
		h("a", { href: `/performance/${id}` }, h("b", { class: "letter" }, letter), id),
		box,
		status
	);
}
