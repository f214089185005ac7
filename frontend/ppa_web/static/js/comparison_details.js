// The lower part of a comparison, drawn once someone comes near it: months, chance, what models rely on, how they were made.
import { get } from "./api.js";
import { $, empty, h } from "./dom.js";
import { chart } from "./chart.js";
import { dash, keyOf, shade } from "./roc_calibration.js";
import { mlflow } from "./mlflow.js";
import { day, num, pct } from "./format.js";
import { table } from "./table.js";

const score = $("#score");
let found = null;

const MADE = [
	{ key: "model_id", label: "Model" },
	{ key: "estimator", label: "Estimator" },
	{ key: "version", label: "Version", numeric: true },
	{ key: "train_from", label: "Split in time", cell: row => split(row) },
	{ key: "train_to", label: "Trained", cell: row => `${day(row.train_from)} to ${day(row.train_to)}` },
	{ key: "test_to", label: "Held out", cell: row => `${day(row.test_from)} to ${day(row.test_to)}` },
	{ key: "libraries", label: "Libraries", value: libraries, cell: libraries },
	{ key: "mlflow", label: "MLflow", value: row => row.mlflow.state, cell: mlflow }
];
function libraries(row) {
	return Object.entries(row.libraries)
		.map(([name, version]) => `${name} ${version}`)
		.join(", ");
}
const reach = () => [
	Math.min(...found.models.map(one => Date.parse(one.train_from))),
	Math.max(...found.models.map(one => Date.parse(one.test_to)))
];

// The hours it was trained on and held out from, on the span of all that are compared.
function split({ train_from: a, train_to: b, test_from: c, test_to: d }) {
	const [begin, end] = reach();
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

function months() {
	const name = score.value;
	const shown = found.models.map(one => ({ name: one.model_id, values: one.by_month.map(month => month[name]) }));
	const form = ["roc_auc", "log_loss", "brier", "average_precision"].includes(name) ? num : pct;
	const base = name === "accuracy" && found.models[0].by_month.map(month => month.base_rate);
	chart($("#months"), {
		units: score.selectedOptions[0].text,
		key: keyOf(shown),
		summary: shown
			.map(one => {
				const known = one.values.filter(value => value !== null);
				return known.length
					? `${one.name}: ${form(Math.min(...known))} to ${form(Math.max(...known))}`
					: `${one.name}: unknown`;
			})
			.join("; "),
		build: c => ({
			traces: [
				...(base
					? [
							{
								name: "base rate",
								x: found.months,
								y: base,
								mode: "lines",
								line: { color: c.edge, width: 1, dash: "dot" }
							}
						]
					: []),
				...shown.map((one, index) => ({
					name: one.name,
					x: found.months,
					y: one.values,
					mode: "lines+markers",
					line: { color: shade(c, index), width: 2, dash: dash(index) },
					marker: { color: shade(c, index), size: 6 }
				}))
			],
			layout: {
				xaxis: { type: "category", nticks: 12 },
				yaxis: { side: "right", tickformat: form === pct ? ".0%" : ".2f" }
			}
		}),
		table: () => ({
			columns: [
				{ key: "month", label: "Month" },
				...shown.map((one, index) => ({
					key: one.name,
					label: one.name,
					numeric: true,
					value: row => row.values[index],
					cell: row => form(row.values[index])
				}))
			],
			rows: found.months.map((month, row) => ({ month, values: shown.map(one => one.values[row]) }))
		})
	});
}

// Lower losses are better: the difference is first minus second.
function verdict({ a, b, log_loss: loss, errors }) {
	if (loss.p === null) return "Too few independent hours to tell.";
	const sure = loss.p < 0.05;
	const [better, worse] = loss.mean < 0 ? [a, b] : [b, a];
	const decided =
		errors.p < 0.05
			? `${errors.mean < 0 ? a : b} decides right more often`
			: "their decisions are right about as often";
	return sure
		? `${better} gives better probabilities than ${worse}, by more than chance explains; ${decided}.`
		: `Chance explains the difference between ${a} and ${b}; ${decided}.`;
}
const gap = (one, form) =>
	one.low === null ? form(one.mean) : `${form(one.mean)} (${form(one.low)} to ${form(one.high)})`;
const pairs = rows =>
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
						cell: row => gap(row.log_loss, value => num(value, 4))
					},
					{ key: "p", label: "p", numeric: true, value: row => row.log_loss.p, cell: row => num(row.log_loss.p) },
					{
						key: "wrong",
						label: "Wrong decisions",
						numeric: true,
						value: row => row.errors.mean,
						cell: row => gap(row.errors, pct)
					},
					{ key: "q", label: "p of these", numeric: true, value: row => row.errors.p, cell: row => num(row.errors.p) }
				]
			})
		: empty("Compare two models to see whether chance explains their difference.");

// One model after the other: each takes a process of its own the first time.
async function importance() {
	const wanted = found;
	const box = $("#importance");
	const falls = {};
	box.replaceChildren(h("p", { class: "hint" }, "Shuffling one feature after the other…"));
	for (const { model_id: id } of wanted.models) {
		const answer = await get(`models/${id}/importance`).catch(error => ({ error }));
		if (found !== wanted) return;
		if (answer.error) {
			box.replaceChildren(h("p", { class: "problem", role: "alert" }, answer.error.message));
			return;
		}
		for (const one of answer.importance) (falls[one.feature] ??= { feature: one.feature })[id] = one.fall;
	}
	const ids = wanted.models.map(({ model_id: id }) => id);
	const rows = Object.values(falls);
	const most = Math.max(...rows.flatMap(row => ids.map(id => row[id] ?? 0)), 1e-9);
	const bar = value => h("span", { class: "bar", style: `--part:${Math.max(0, value) / most}` }, num(value, 4));
	box.replaceChildren(
		table({
			caption: "Fall of the ROC AUC when a feature is shuffled",
			rows,
			sort: [ids[0], -1],
			columns: [
				{ key: "feature", label: "Feature" },
				...ids.map(id => ({ key: id, label: id, numeric: true, cell: row => (id in row ? bar(row[id]) : "–") }))
			]
		})
	);
}
export function closer(compared) {
	found = compared;
	months();
	$("#pairs").replaceChildren(pairs(found.pairs));
	$("#made").replaceChildren(table({ caption: "How each was made", rows: found.models, columns: MADE }));
	importance();
}

score.addEventListener("change", months);
