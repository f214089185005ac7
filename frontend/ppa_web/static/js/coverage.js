// Coverage: every hour of a model has an answer, or a reason that explains itself.
import { h } from "./dom.js";
import { iso, when, words } from "./format.js";

const HOUR = 36e5;

// A strip's stretches of hours of one kind; a reason stands for itself.
function runs(id, view, answers) {
	const own = new Map(answers.filter(p => p.id === id).map(p => [p.hour, p]));
	const found = [];
	for (let hour = 0; hour < view.close.length; hour += 1) {
		const p = own.get(hour);
		const kind = p ? (p.reason ? "not" : p.origin) : "none";
		const before = found.at(-1);
		if (before?.kind === kind && before.reason === (p?.reason ?? null)) before.hours += 1;
		else found.push({ kind, reason: p?.reason ?? null, detail: p?.detail, first: hour, hours: 1 });
	}
	return found;
}

function sentence({ kind, reason, detail, first, hours }, view) {
	const at = hour => when(iso(Date.parse(view.since) + hour * HOUR));
	const long = hours > 1 ? `${at(first)} to ${at(first + hours - 1)}, ${hours} hours` : at(first);
	const what = {
		not: [`${words(reason)}.`, view.reasons[reason], detail !== view.reasons[reason] && detail, view.remedies[reason]]
			.filter(Boolean)
			.join(" "),
		none: "no answer: the model was not active",
		live: "predicted live",
		buffer: "buffered at activation",
		replay: "replayed"
	}[kind];
	return `${long}: ${what}`;
}

// A model's hours as a listbox to walk along; `answers` are those of the view, unpacked.
export function strip(id, letter, row, view, answers) {
	const parts = runs(id, view, answers);
	const hours = kind => parts.filter(run => run.kind === kind).reduce((sum, run) => sum + run.hours, 0);
	const tell = h(
		"p",
		{ class: "tell" },
		[
			`${hours("live") + hours("replay")} of ${view.close.length} h predicted`,
			hours("buffer") && `${hours("buffer")} buffered`,
			hours("not") && `${hours("not")} with a reason why not`
		]
			.filter(Boolean)
			.join(", ")
	);
	const summary = tell.textContent;
	const cells = parts.map((run, at) =>
		h("i", {
			role: "option",
			id: `run-${row}-${at}`,
			class: run.kind,
			style: `flex-grow:${run.hours}`,
			"aria-label": sentence(run, view),
			"aria-selected": "false"
		})
	);
	let chosen = -1;
	const choose = at => {
		cells[chosen]?.setAttribute("aria-selected", "false");
		chosen = at;
		cells[at]?.setAttribute("aria-selected", "true");
		if (at < 0) box.removeAttribute("aria-activedescendant");
		else box.setAttribute("aria-activedescendant", cells[at].id);
		tell.textContent = at < 0 ? summary : sentence(parts[at], view);
	};
	const keys = {
		ArrowRight: () => Math.min(chosen + 1, cells.length - 1),
		ArrowLeft: () => Math.max(chosen - 1, 0),
		Home: () => 0,
		End: () => cells.length - 1,
		Escape: () => -1
	};
	const point = ({ target }) => {
		const at = cells.indexOf(target);
		if (at >= 0) choose(at);
	};
	const box = h(
		"div",
		{
			class: "cells",
			role: "listbox",
			tabindex: 0,
			"aria-label": `Coverage of ${id}: ${summary}`,
			onpointerover: point,
			onclick: point,
			onpointerleave: () => choose(-1),
			onblur: () => choose(-1),
			onfocus: () => chosen < 0 && choose(cells.length - 1),
			onkeydown: event => {
				if (keys[event.key]) {
					event.preventDefault();
					choose(keys[event.key]());
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
		tell
	);
}
