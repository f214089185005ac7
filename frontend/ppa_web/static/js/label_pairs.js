// Labels side by side: what each says and holds, by year, and how far each two agree on the same hours.
import { get } from "./api.js";
import { empty, fill, h } from "./dom.js";
import { count, num, pct, reach, rule, span } from "./format.js";

const FACTS = [
	["Rule", one => `${one.asset}, ${rule(one)}`],
	["Range", reach],
	["Models", one => count(one.models)],
	["Rises", ({ summary: s }) => pct(s.share_positive)],
	["Rises, hours", ({ summary: s }) => count(s.positives)],
	["Unknown, hours", ({ summary: s }) => count(s.unknown)],
	["Independent events", ({ summary: s }) => count(s.independent_events)],
	["Longest run of rises", ({ summary: s }) => span(s.longest_run_hours * 3600)]
];

function sides(labels) {
	const years = [...new Set(labels.flatMap(({ summary }) => Object.keys(summary.by_year)))].sort();
	const most = Math.max(0.01, ...labels.flatMap(({ summary }) => Object.values(summary.by_year)));
	const bar = share =>
		[
			h("span", {}, pct(share)),
			share !== undefined && h("i", { "aria-hidden": "true", style: `width:${(share / most) * 6}rem` })
		].filter(Boolean);
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
			{ class: "sides" },
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

function agreement(pair, names) {
	const part = (kind, value) => h("i", { class: kind, style: `width:${(value / (pair.hours || 1)) * 100}%` });
	const [first, second] = [names[pair.first], names[pair.second]];
	const words = `Of ${count(pair.hours)} hours that both know, both call ${count(pair.both)} a rise and ${count(pair.neither)} none; only ${first} calls ${count(pair.only_first)} one, only ${second} ${count(pair.only_second)}.`;
	return h(
		"div",
		{ class: "pair-of" },
		h("h3", {}, first, " and ", second),
		h(
			"div",
			{ class: "balance", role: "img", "aria-label": words },
			part("rise", pair.both),
			part("first", pair.only_first),
			part("second", pair.only_second),
			part("none", pair.neither)
		),
		h("p", { class: "hint" }, words),
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

export function pairs(region, ids) {
	region.hidden = !ids.length;
	if (ids.length < 2) {
		region.replaceChildren(empty("Tick one more to put them side by side."));
		return null;
	}
	return fill(
		region,
		() => get("labels/comparison", { labels: ids.join(",") }),
		({ labels, pairs: found }) => {
			const names = Object.fromEntries(labels.map(({ label_id: id, name }) => [id, name]));
			return [sides(labels), ...found.map(pair => agreement(pair, names))];
		}
	);
}
