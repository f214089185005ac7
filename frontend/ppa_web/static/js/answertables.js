// The tables of the live page: the next outcomes, hours without a prediction, the active models.
import { now } from "./api.js";
import { field, letter, quote, said, view } from "./answers.js";
import { $, empty, h } from "./dom.js";
import { count, countdown, num, pct, price, rule, signed, when, words } from "./format.js";
import { figure, table } from "./table.js";

const MOST = 6; // models beside each other
export const LEDGER = [
	{ key: "ts", label: "Hour", cell: p => when(p.ts) },
	{ key: "id", label: "Model" },
	{ key: "origin", label: "Made" },
	{ key: "decision", label: "Said", cell: p => (p.reason ? words(p.reason) : said(p)) },
	figure("probability", "Probability", pct),
	figure("price", "Price", price),
	figure("target", "Target", price),
	{ key: "matures", label: "Known at", cell: p => when(p.matures) }
];
export const left = p => h("span", { "data-until": p.matures }, countdown(p.matures, now()));
const away = p => (quote && p.target ? p.target / quote.price - 1 : null);
export const NEXT = [
	...LEDGER,
	{ key: "away", label: "To go", numeric: true, value: away, cell: p => signed(away(p), 2) },
	{ key: "left", label: "Known in", numeric: true, value: p => Date.parse(p.matures), cell: left }
];
const told = (key, label, of) => ({
	key,
	label,
	text: true,
	value: p => of()[p.reason],
	cell: p => of()[p.reason] ?? "–"
});
export const GAPS = [
	...LEDGER.slice(0, 2),
	{ key: "reason", label: "Reason", cell: p => words(p.reason) },
	{ key: "detail", label: "What happened", text: true },
	told("meaning", "What that means", () => view.reasons),
	told("remedy", "What to do", () => view.remedies)
];
export const RANKED = [
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
					disabled: view.shown.includes(m.model_id) ? view.shown.length === 1 : view.shown.length >= MOST
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
			m.says === null ? "–" : h("span", {}, said({ decision: m.says >= m.decision_threshold }), ` ${pct(m.says, 0)}`)
	},
	figure("accuracy_low", "Lower end", pct),
	figure("accuracy", "Accuracy", pct),
	figure("base_rate", "Commoner class", pct),
	figure("lift", "Lift", signed),
	{
		key: "verdict",
		label: "Verdict",
		text: true,
		cell: m =>
			h("a", { href: `/performance/${m.model_id}${field.made.value === "live" ? "" : "?origin=replay"}` }, m.verdict)
	},
	figure("roc_auc", "ROC AUC", num),
	figure("brier", "Brier", num),
	figure("profit", "After fees", signed),
	figure("effective_n", "Independent", count),
	{ key: "rule", label: "Label", value: rule, cell: rule }
];

// A table keeps its order and its place while its rows change.
const tables = {};
export function put(id, rows, words, made) {
	const place = $(id);
	place.setAttribute("aria-busy", "false");
	if (!rows.length) {
		delete tables[id];
		place.replaceChildren(empty(...[words].flat()));
		return;
	}
	if (tables[id]?.isConnected) {
		tables[id].update(rows);
		return;
	}
	tables[id] = table({ ...made, rows });
	place.replaceChildren(tables[id]);
}
