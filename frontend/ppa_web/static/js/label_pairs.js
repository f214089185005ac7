// The comparison of labels: definitions, positive rates by year, and the agreement of each pair.
import { get } from "./api.js";
import { empty, fill, h } from "./dom.js";
import { count, num, pct, rangeText, labelText, duration } from "./format.js";

/** @type {[string, (one: Api.LabelDetails) => Child][]} */
const FACTS = [
	["Rule", one => `${one.asset}, ${labelText(one)}`],
	["Range", rangeText],
	["Models", one => count(one.models)],
	["Rises", ({ summary: s }) => pct(s.share_positive)],
	["Rises, hours", ({ summary: s }) => count(s.positives)],
	["Unknown, hours", ({ summary: s }) => count(s.unknown)],
	["Independent events", ({ summary: s }) => count(s.independent_events)],
	["Longest run of rises", ({ summary: s }) => duration(s.longest_run_hours * 3600)]
];

/** @param {Api.LabelDetails[]} labels */
function sideBySide(labels) {
	const years = [...new Set(labels.flatMap(({ summary }) => Object.keys(summary.by_year)))].sort();
	const largest = Math.max(0.01, ...labels.flatMap(({ summary }) => Object.values(summary.by_year)));
	/** @type {(share: number) => Child} */
	const bar = share =>
		[
			h("span", {}, pct(share)),
			share !== undefined && h("i", { "aria-hidden": "true", style: `width:${(share / largest) * 6}rem` })
		].filter(Boolean);
	/** @type {(name: string, cell: (one: Api.LabelDetails) => Child) => HTMLElement} */
	const row = (name, cell) =>
		h(
			"tr",
			{},
			h("th", { scope: "row" }, name),
			labels.map(one => h("td", {}, cell(one)))
		);
	return h(
		"div",
		{ class: "scroll", tabindex: 0, role: "region", "aria-label": "Labels side by side" },
		h(
			"table",
			{ class: "side-by-side" },
			h("caption", {}, "Labels side by side"),
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					h("td"),
					labels.map(({ name }) => h("th", { scope: "col" }, name))
				)
			),
			h(
				"tbody",
				{},
				FACTS.map(([name, cell]) => row(name, cell)),
				years.map(year => row(`Rises in ${year}`, ({ summary }) => bar(summary.by_year[year])))
			)
		)
	);
}

/**
 * @param {Api.Agreement} pair
 * @param {Record<string, string>} names
 */
function agreement(pair, names) {
	/** @type {(kind: string, value: number) => HTMLElement} */
	const part = (kind, value) => h("i", { class: kind, style: `width:${(value / (pair.hours || 1)) * 100}%` });
	const [first, second] = [names[pair.first], names[pair.second]];
	const sentence = `Of ${count(pair.hours)} hours that both know, both call ${count(pair.both)} a rise and ${count(pair.neither)} none; only ${first} calls ${count(pair.only_first)} one, only ${second} ${count(pair.only_second)}.`;
	return h(
		"div",
		{ class: "pair-of" },
		h("h3", {}, first, " and ", second),
		h(
			"div",
			{ class: "balance", role: "img", "aria-label": sentence },
			part("rise", pair.both),
			part("first", pair.only_first),
			part("second", pair.only_second),
			part("none", pair.neither)
		),
		h("p", { class: "hint" }, sentence),
		h(
			"p",
			{},
			h("b", {}, pct(pair.agreement)),
			" of the hours alike; Cohen’s κ ",
			h("b", {}, num(pair.kappa, 2)),
			", where 0 is chance; of hours that either calls a rise, both do in ",
			h("b", {}, pct(pair.overlap)),
			"."
		)
	);
}

/**
 * @param {HTMLElement} region
 * @param {string[]} ids
 */
export function showPairs(region, ids) {
	region.hidden = !ids.length;
	if (ids.length < 2) {
		region.replaceChildren(empty("Tick one more to put them side by side."));
		return null;
	}
	return fill(
		region,
		() => get("labels/comparison", { labels: ids.join(",") }),
		(/** @type {Api.LabelComparison} */ { labels, pairs }) => {
			const names = Object.fromEntries(labels.map(({ label_id: id, name }) => [id, name]));
			return [sideBySide(labels), ...pairs.map(pair => agreement(pair, names))];
		}
	);
}
