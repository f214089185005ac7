// The lower part of a comparison: scores by month, significance, feature importance and training. Loaded when it is nearly in view.
import { get } from "./api.js";
import { $, empty, h } from "./dom.js";
import { chart } from "./chart.js";
import { modelDash, legend, modelColour } from "./roc_calibration.js";
import { mlflowLink } from "./mlflow.js";
import { day, num, pct } from "./format.js";
import { table } from "./table.js";

const score = $("#score");
/** @type {Api.Comparison} */
let comparison;

/** @type {Column<Api.ComparedModel>[]} */
const TRAINING_COLUMNS = [
	{ key: "model_id", label: "Model" },
	{ key: "estimator", label: "Estimator" },
	{ key: "version", label: "Version", numeric: true },
	{ key: "train_from", label: "Split in time", cell: row => splitBar(row) },
	{ key: "train_to", label: "Trained", cell: row => `${day(row.train_from)} to ${day(row.train_to)}` },
	{ key: "test_to", label: "Held out", cell: row => `${day(row.test_from)} to ${day(row.test_to)}` },
	{ key: "libraries", label: "Libraries", value: libraryText, cell: libraryText },
	{ key: "mlflow", label: "MLflow", value: row => row.mlflow.state, cell: mlflowLink }
];
/** @param {Api.ComparedModel} row */
function libraryText(row) {
	return Object.entries(row.libraries)
		.map(([name, version]) => `${name} ${version}`)
		.join(", ");
}
const timeSpan = () => [
	Math.min(...comparison.models.map(one => Date.parse(one.train_from))),
	Math.max(...comparison.models.map(one => Date.parse(one.test_to)))
];

/**
 * A model's training and held-out hours, on the time span of all compared models.
 * @param {Api.Model} model
 */
function splitBar({ train_from: a, train_to: b, test_from: c, test_to: d }) {
	const [begin, end] = timeSpan();
	/** @type {(kind: string, from: number, to: number) => HTMLElement} */
	const part = (kind, from, to) => h("i", { class: kind, style: `width:${((to - from) / (end - begin)) * 100}%` });
	const [start, trained, tested, last] = [a, b, c, d].map(value => Date.parse(value));
	return h(
		"div",
		{
			class: "timeline-split",
			role: "img",
			"aria-label": `Trained ${day(a)} to ${day(b)}, held out ${day(c)} to ${day(d)}`
		},
		part("", begin, start),
		part("train", start, trained),
		part("hatch", trained, tested),
		part("test", tested, last)
	);
}

function showMonths() {
	/** @type {keyof Api.MonthlyMetrics} */
	const name = score.value;
	const shown = comparison.models.map(one => ({
		name: one.model_id,
		values: one.by_month.map(month => month[name])
	}));
	const format = ["roc_auc", "log_loss", "brier", "average_precision"].includes(name) ? num : pct;
	const base = name === "accuracy" && comparison.models[0].by_month.map(month => month.base_rate);
	chart($("#months"), {
		units: score.selectedOptions[0].text,
		key: legend(shown),
		summary: shown
			.map(one => {
				const values = one.values.filter((/** @type {number | null} */ value) => value !== null);
				return values.length
					? `${one.name}: ${format(Math.min(...values))} to ${format(Math.max(...values))}`
					: `${one.name}: unknown`;
			})
			.join("; "),
		build: c => ({
			traces: [
				...(base
					? [
							{
								name: "base rate",
								x: comparison.months,
								y: base,
								mode: "lines",
								line: { color: c.edge, width: 1, dash: "dot" }
							}
						]
					: []),
				...shown.map((one, index) => ({
					name: one.name,
					x: comparison.months,
					y: one.values,
					mode: "lines+markers",
					line: { color: modelColour(c, index), width: 2, dash: modelDash(index) },
					marker: { color: modelColour(c, index), size: 6 }
				}))
			],
			layout: {
				xaxis: { type: "category", nticks: 12 },
				yaxis: { side: "right", tickformat: format === pct ? ".0%" : ".2f" }
			}
		}),
		table: () => ({
			columns: [
				{ key: "month", label: "Month" },
				...shown.map((one, index) => ({
					key: one.name,
					label: one.name,
					numeric: true,
					value: (/** @type {any} */ row) => row.values[index],
					cell: (/** @type {any} */ row) => format(row.values[index])
				}))
			],
			rows: comparison.months.map((month, row) => ({ month, values: shown.map(one => one.values[row]) }))
		})
	});
}

/**
 * The difference is first minus second, so a negative one favours the first model.
 * @param {Api.ComparedPair} pair
 */
function verdict({ a, b, log_loss: loss, errors }) {
	if (loss.p === null || errors.p === null) return "Too few independent hours to tell.";
	const significant = loss.p < 0.05;
	const [better, worse] = loss.mean < 0 ? [a, b] : [b, a];
	const decisions =
		errors.p < 0.05
			? `${errors.mean < 0 ? a : b} decides right more often`
			: "their decisions are right about as often";
	return significant
		? `${better} gives better probabilities than ${worse}, by more than chance explains; ${decisions}.`
		: `Chance explains the difference between ${a} and ${b}; ${decisions}.`;
}
/** @type {(one: Api.Difference, format: Format) => string} */
const difference = (one, format) =>
	one.low === null ? format(one.mean) : `${format(one.mean)} (${format(one.low)} to ${format(one.high)})`;
/** @type {(rows: Api.ComparedPair[]) => Child} */
const pairTable = rows =>
	rows.length
		? table({
				caption: "Differences between two models",
				rows,
				sort: ["p", 1],
				columns: [
					{ key: "verdict", label: "In words", text: true, value: verdict, cell: verdict },
					{ key: "pair", label: "First and second", value: row => row.a + row.b, cell: row => `${row.a}, ${row.b}` },
					{
						key: "loss",
						label: "Log loss",
						numeric: true,
						value: row => row.log_loss.mean,
						cell: row => difference(row.log_loss, value => num(value, 4))
					},
					{ key: "p", label: "p", numeric: true, value: row => row.log_loss.p, cell: row => num(row.log_loss.p) },
					{
						key: "wrong",
						label: "Wrong decisions",
						numeric: true,
						value: row => row.errors.mean,
						cell: row => difference(row.errors, pct)
					},
					{ key: "q", label: "p of these", numeric: true, value: row => row.errors.p, cell: row => num(row.errors.p) }
				]
			})
		: empty("Compare two models to see whether chance explains their difference.");

// One model at a time: the server computes each in a process of its own the first time.
async function showImportance() {
	const requested = comparison;
	const box = $("#importance");
	/** Drops of the ROC AUC by feature and model. @type {Record<string, Record<string, any>>} */
	const drops = {};
	box.replaceChildren(h("p", { class: "hint" }, "Shuffling one feature after the other…"));
	for (const { model_id: id } of requested.models) {
		/** @type {(Api.ImportanceReport & { error?: undefined }) | { error: Error }} */
		const result = await get(`models/${id}/importance`).catch(error => ({ error }));
		if (comparison !== requested) return;
		if (result.error) {
			box.replaceChildren(h("p", { class: "problem", role: "alert" }, result.error.message));
			return;
		}
		for (const one of result.importance) (drops[one.feature] ??= { feature: one.feature })[id] = one.fall;
	}
	const ids = requested.models.map(({ model_id: id }) => id);
	const rows = Object.values(drops);
	const largest = Math.max(...rows.flatMap(row => ids.map(id => row[id] ?? 0)), 1e-9);
	/** @type {(value: number) => Child} */
	const bar = value => h("span", { class: "bar", style: `--part:${Math.max(0, value) / largest}` }, num(value, 4));
	box.replaceChildren(
		table({
			caption: "Fall of the ROC AUC when a feature is shuffled",
			rows,
			sort: [ids[0], -1],
			columns: [
				{ key: "feature", label: "Feature" },
				...ids.map(id => ({
					key: id,
					label: id,
					numeric: true,
					cell: (/** @type {any} */ row) => (id in row ? bar(row[id]) : "–")
				}))
			]
		})
	);
}
/** @param {Api.Comparison} data */
export function showDetails(data) {
	comparison = data;
	showMonths();
	$("#pairs").replaceChildren(pairTable(comparison.pairs));
	$("#training").replaceChildren(
		table({ caption: "How each was made", rows: comparison.models, columns: TRAINING_COLUMNS })
	);
	showImportance();
}

score.addEventListener("change", showMonths);
