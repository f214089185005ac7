// The summary of a label before it is saved: balance, effective sample size, years, break-even and warnings.
import { facts, h } from "./dom.js";
import { count, pct, exactPct, duration } from "./format.js";

/** @type {(value: number) => string} */
const profitPct = value => (value > 0 ? "+" : "") + pct(value, 2);

/** @param {Record<string, number | null>} shares */
function years(shares) {
	const largest = Math.max(0.01, ...Object.values(shares).map(share => share ?? 0));
	return h(
		"table",
		{ class: "years" },
		h("caption", {}, "Share of rises by year"),
		h(
			"tbody",
			{},
			Object.entries(shares).map(([year, share]) =>
				h(
					"tr",
					{},
					h("th", { scope: "row" }, year),
					h("td", { class: "n" }, pct(share)),
					h("td", {}, h("i", { "aria-hidden": "true", style: `width:${((share ?? 0) / largest) * 100}%` }))
				)
			)
		)
	);
}

/**
 * The precision at which following a model earns its fees.
 * @param {Api.Payoff} payoff
 * @returns {Fact}
 */
export function breakEven({ break_even: share, fee, gain, loss, always }) {
	if (gain === null || loss === null || always === null) {
		return ["Break-even", "–", "needs hours of both kinds", "span"];
	}
	const explanation = `of the rises a model says must come, after a fee of ${exactPct(fee)}: a rise pays ${profitPct(gain)} on average, none ${profitPct(loss)}; acting in every hour ${profitPct(always)}`;
	if (share === null || share > 1) {
		return [
			"Break-even",
			"never",
			`even a model that is always right earns less than the fee: a rise pays ${profitPct(gain)}`,
			"span"
		];
	}
	return ["Break-even", pct(Math.max(0, share)), explanation, "span"];
}

/** @param {Api.LabelPreview} response */
export function summary({ summary: s, payoff, saved }) {
	const all = s.positives + s.negatives + s.unknown || 1;
	/** @type {(kind: string, value: number) => HTMLElement} */
	const part = (kind, value) => h("i", { class: kind, style: `width:${(value / all) * 100}%` });
	return [
		h(
			"div",
			{ class: "facts" },
			h(
				"div",
				{
					class: "balance",
					role: "img",
					"aria-label": `${count(s.positives)} rises, ${count(s.negatives)} without, ${count(s.unknown)} unknown`
				},
				part("rise", s.positives),
				part("none", s.negatives),
				part("hatch", s.unknown)
			),
			h(
				"p",
				{ class: "hint legend" },
				`Filled: a rise follows. Empty: none does. Hatched: not known yet.${saved ? " This very label is saved already." : ""}`
			),
			facts([
				["Rises", pct(s.share_positive), `${count(s.positives)} hours`],
				["No rise", pct(s.share_positive === null ? null : 1 - s.share_positive), `${count(s.negatives)} hours`],
				["Unknown", count(s.unknown), "hours with a price, never counted"],
				["Independent events", count(s.independent_events), "windows that do not overlap"],
				["Longest run of rises", duration(s.longest_run_hours * 3600)],
				breakEven(payoff)
			])
		),
		years(s.by_year),
		h(
			"ul",
			{ class: "warnings" },
			s.warnings.map(text => h("li", {}, text))
		)
	];
}
