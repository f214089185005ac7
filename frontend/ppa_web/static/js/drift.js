// The drift of features and predictions against training.
import { $, empty, h } from "./dom.js";
import { count, num, pct, significant, when } from "./format.js";
import { table } from "./table.js";

/** @type {Record<string, [mark: string, text: string]>} */
const DRIFT_LEVELS = {
	outside: ["⊘", "beyond what training saw"],
	shifted: ["◆", "shifted"],
	moderate: ["◇", "moved a little"],
	stable: ["·", "stable"],
	"too few": ["?", "too few hours to tell"]
};

const LEVEL_ORDER = Object.keys(DRIFT_LEVELS);

/** @type {(value: number | null) => Child} */
const psiBar = value =>
	h("span", { class: "psi", style: `--w:${Math.min(100, (value ?? 0) * 200).toFixed(0)}%` }, num(value));

/** @param {Api.DriftReport} response */
export function driftTable({ features, predictions, hours, since }) {
	const rows = [
		...(predictions
			? [{ feature: "what it says", unit: "probability, beside the held-out hours", ...predictions }]
			: []),
		...features
	];
	/** @type {(...levels: string[]) => number} */
	const countOf = (...levels) => features.filter(row => levels.includes(row.level)).length;
	$("#drift-text").textContent = rows.length
		? `${count(hours)} hour${hours === 1 ? "" : "s"} since ${when(since)} beside training: ${countOf("shifted")} of ${features.length} features have shifted, ${countOf("outside")} lie beyond what training saw, ${countOf("moderate")} moved a little. PSI above 0.25 and beyond chance counts as shifted.`
		: "No hour of this kind to look at.";
	if (!rows.length) return empty("There are no predictions of this kind.");
	/** @type {(name: string, label: string) => Column} */
	const share = (name, label) => ({ key: name, label, numeric: true, cell: row => pct(row[name]) });
	return table({
		caption: "Drift of features and predictions",
		rows: rows.sort(
			(a, b) => LEVEL_ORDER.indexOf(a.level) - LEVEL_ORDER.indexOf(b.level) || (b.psi ?? 0) - (a.psi ?? 0)
		),
		columns: [
			{ key: "feature", label: "Feature" },
			{
				key: "level",
				label: "Has it moved?",
				value: row => LEVEL_ORDER.indexOf(row.level),
				cell: row =>
					h(
						"span",
						{ class: `level ${row.level.replace(" ", "-")}` },
						h("i", { "aria-hidden": "true" }, DRIFT_LEVELS[row.level][0]),
						DRIFT_LEVELS[row.level][1]
					)
			},
			{ key: "psi", label: "PSI", numeric: true, cell: row => psiBar(row.psi) },
			{ key: "by_chance", label: "By chance", numeric: true, cell: row => num(row.by_chance, 2) },
			{ key: "p_value", label: "Same population? p", numeric: true, cell: row => num(row.p_value) },
			{ key: "effective", label: "Independent", numeric: true, cell: row => count(row.effective) },
			share("outside", "Beyond training"),
			share("missing", "Missing"),
			share("missing_before", "Missing in training"),
			{ key: "median", label: "Median", numeric: true, cell: row => significant(row.median) },
			{ key: "median_before", label: "Median in training", numeric: true, cell: row => significant(row.median_before) }
		]
	});
}
