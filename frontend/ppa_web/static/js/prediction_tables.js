// The tables of the live page: next outcomes, hours without a prediction, and active models.
import { now } from "./api.js";
import { field, letter, quote, decisionMark, view } from "./predictions.js";
import { $, empty, h } from "./dom.js";
import { count, countdown, num, pct, price, labelText, signedPct, when, words } from "./format.js";
import { numberColumn, table } from "./table.js";
import { withdrawnMark } from "./withdrawn.js";

const MAX_SHOWN = 6; // models on the chart
/** @type {Column<Prediction>[]} */
export const PREDICTION_COLUMNS = [
	{ key: "ts", label: "Hour", cell: p => h("span", {}, when(p.ts), withdrawnMark(p)) },
	{ key: "id", label: "Model" },
	{ key: "origin", label: "Made" },
	{ key: "decision", label: "Said", cell: p => (p.reason ? words(p.reason) : decisionMark(p)) },
	numberColumn("probability", "Probability", pct),
	numberColumn("price", "Price", price),
	numberColumn("target", "Target", price),
	{ key: "resolvesAt", label: "Known at", cell: p => when(p.resolvesAt) }
];
/** @type {(p: Prediction) => HTMLElement} */
export const remaining = p => h("span", { "data-until": p.resolvesAt }, countdown(p.resolvesAt, now()));
/** @type {(p: Prediction) => number | null} */
const distance = p => (quote && p.target ? p.target / quote.price - 1 : null);
/** @type {Column<Prediction>[]} */
export const PENDING_COLUMNS = [
	...PREDICTION_COLUMNS,
	{ key: "distance", label: "To go", numeric: true, value: distance, cell: p => signedPct(distance(p), 2) },
	{ key: "remaining", label: "Known in", numeric: true, value: p => Date.parse(p.resolvesAt), cell: remaining }
];
/** @type {(key: string, label: string, texts: () => Record<string, string>) => Column} */
const explanation = (key, label, texts) => ({
	key,
	label,
	text: true,
	value: p => texts()[p.reason],
	cell: p => texts()[p.reason] ?? "–"
});
/** @type {Column<Prediction>[]} */
export const NO_PREDICTION_COLUMNS = [
	...PREDICTION_COLUMNS.slice(0, 2),
	{ key: "reason", label: "Reason", cell: p => words(p.reason) },
	{ key: "detail", label: "What happened", text: true },
	explanation("meaning", "What that means", () => view.reasons),
	explanation("remedy", "What to do", () => view.remedies)
];
/** @type {Column<Api.LiveModel>[]} */
export const LEADERBOARD_COLUMNS = [
	{
		key: "model_id",
		label: "Model",
		cell: m =>
			h(
				"label",
				{},
				h("input", {
					type: "checkbox",
					name: "overlay",
					value: m.model_id,
					form: "view",
					checked: view.shown.includes(m.model_id),
					disabled: view.shown.includes(m.model_id) ? view.shown.length === 1 : view.shown.length >= MAX_SHOWN
				}),
				h("b", { class: "letter" }, letter(m.model_id) ?? ""),
				m.model_id
			)
	},
	{
		key: "now",
		label: "Says now",
		numeric: true,
		value: m => m.says,
		cell: m =>
			m.says === null
				? "–"
				: h("span", {}, decisionMark({ decision: m.says >= m.decision_threshold }), ` ${pct(m.says, 0)}`)
	},
	numberColumn("accuracy_low", "Lower end", pct),
	numberColumn("accuracy", "Accuracy", pct),
	numberColumn("base_rate", "Commoner class", pct),
	numberColumn("lift", "Lift", signedPct),
	{
		key: "verdict",
		label: "Verdict",
		text: true,
		cell: m =>
			h("a", { href: `/performance/${m.model_id}${field.made.value === "live" ? "" : "?origin=replay"}` }, m.verdict)
	},
	numberColumn("roc_auc", "ROC AUC", num),
	numberColumn("brier", "Brier", num),
	numberColumn("profit", "After fees", signedPct),
	numberColumn("effective_n", "Independent", count),
	{ key: "label", label: "Label", value: labelText, cell: labelText }
];

/** @type {Record<string, TableElement>} */
const tables = {};

/**
 * Show a table in the region `id`. A table that is there keeps its order and its scroll position.
 * @param {string} id
 * @param {any[]} rows
 * @param {Child} emptyText shown where there are no rows
 * @param {Omit<TableOptions, "rows">} options
 */
export function showTable(id, rows, emptyText, options) {
	const region = $(id);
	region.setAttribute("aria-busy", "false");
	if (!rows.length) {
		delete tables[id];
		region.replaceChildren(empty(...[emptyText].flat()));
		return;
	}
	if (tables[id]?.isConnected) {
		tables[id].update(rows);
		return;
	}
	tables[id] = table({ ...options, rows });
	region.replaceChildren(tables[id]);
}
