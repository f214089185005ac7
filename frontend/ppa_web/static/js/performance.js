// The performance of a model, with the baselines to beat.
import { get, url } from "./api.js";
import { note } from "./chart.js";
import { equityChart, NONE_RESOLVED, accuracyChart } from "./performance_charts.js";
import { $, $$, empty, facts, fill, h, debounce, problem, query, replaceQuery, clearBusy } from "./dom.js";
import { calibration, roc } from "./roc_calibration.js";
import { confusionMatrix, whisker } from "./small_charts.js";
import { count, num, pct, price, interval, significant, signedPct, when, words } from "./format.js";
import { metricFacts } from "./metrics.js";
import { numberColumn, table } from "./table.js";

const id = $("#main").dataset.model;
const form = $("#view");
const field = form.elements;
const PAGE_SIZE = 100;
/** @type {Record<string, string>} */
const ORIGIN_TEXTS = {
	live: "Made in its own hour, before anyone could know. The only ones that count.",
	replay: "Made afterwards over past hours, each from what was known in its own hour.",
	buffer: "Made at activation over the hours before it, to have something to look at. Never counted as live."
};
/** @type {Record<string, string>} */
const WINDOW_NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All" };
/** @type {Record<string, [mark: string, text: string]>} */
const DRIFT_LEVELS = {
	outside: ["⊘", "beyond what training saw"],
	shifted: ["◆", "shifted"],
	moderate: ["◇", "moved a little"],
	stable: ["·", "stable"],
	"too few": ["?", "too few hours to tell"]
};
const LEVEL_ORDER = Object.keys(DRIFT_LEVELS);
/** @type {(value: boolean | number | null) => Child} */
const decisionMark = value =>
	value === null ? "–" : h("span", { class: value ? "up" : "down" }, value ? "▲ rise" : "▼ none");
const parameters = () => ({ origin: field.origin.value, window: field.window.value, fee: field.fee.value / 100 });
let generation = 0;

/** @type {(origins: Record<string, number>) => HTMLElement[]} */
const otherOrigins = origins =>
	Object.keys(ORIGIN_TEXTS)
		.filter(one => origins[one] && one !== field.origin.value)
		.map(one =>
			h(
				"p",
				{ class: "other-origins" },
				h(
					"button",
					{
						type: "button",
						onclick: () => {
							field.origin.value = one;
							show();
						}
					},
					`Look at ${count(origins[one])} ${{ replay: "replayed", buffer: "buffered" }[one] ?? one} ones`
				),
				` ${ORIGIN_TEXTS[one]}`
			)
		);

/** @param {any} response */
function metricList({ counts, evaluation, base_rates: base, in_training: inTraining, test, origins }) {
	const metricItems = metricFacts(evaluation) ?? [];
	return [
		...(evaluation ? [] : otherOrigins(origins)),
		facts([
			[
				"Predictions",
				count(counts.predictions),
				[
					`${count(counts.without)} hours without, ${count(counts.pending)} open`,
					inTraining && `, ${count(inTraining)} in training, not counted`
				]
					.filter(Boolean)
					.join("")
			],
			...metricItems.slice(0, 3),
			base.last_hour_reverses !== undefined && [
				"Last hour reverses",
				pct(base.last_hour_reverses),
				"always saying the opposite"
			],
			test?.n && ["In the test", pct(test.accuracy), `of ${count(test.n)} held-out hours`],
			...metricItems.slice(3)
		])
	];
}

/** @type {(response: { windows: any[] }) => Child} */
const windowTable = ({ windows: rows }) =>
	table({
		caption: "Accuracy by window",
		rows,
		columns: [
			{
				key: "window",
				label: "Window",
				value: row => Object.keys(WINDOW_NAMES).indexOf(row.window),
				cell: row => WINDOW_NAMES[row.window]
			},
			{
				key: "accuracy",
				label: "Accuracy",
				numeric: true,
				cell: row => (row.n ? h("span", {}, whisker(row), ` ${pct(row.accuracy)}`) : "–")
			},
			numberColumn("base_rate", "Commoner class", pct),
			numberColumn("last_hour_reverses", "Last hour reverses", pct),
			numberColumn("effective_n", "Independent", count),
			numberColumn("n", "Hours", count),
			{ key: "verdict", label: "Verdict", text: true }
		]
	});

/** @type {(response: { profit: any }) => Child} */
const profitFacts = ({ profit: p }) =>
	p
		? facts([
				["Following", signedPct(p.total), `after ${pct(p.fee, 2)} a trade`],
				["Holding", signedPct(p.hold_total), "bought once, kept"],
				["Trades", count(p.trades), `${count(p.wins)} won`],
				[
					"Mean of a trade",
					signedPct(p.mean),
					p.mean_interval
						? `interval ${signedPct(p.mean_interval.low)} to ${signedPct(p.mean_interval.high)}`
						: "too few for an interval"
				],
				["Deepest fall", pct(p.drawdown), `holding ${pct(p.hold_drawdown)}`],
				["Invested", pct(p.exposure, 0), "of the time"]
			])
		: empty("Nothing to reckon yet.");

/** @param {any} response */
function expectedFacts({ expected: { pending, matured: resolved, calibrated }, evaluation }) {
	if (!pending && !resolved) return empty("No prediction of this kind is open or has matured.");
	return facts([
		pending && [
			"Accuracy to expect",
			pct(pending.accuracy),
			`${interval(pending.accuracy_low, pending.accuracy_high)} of so few outcomes`
		],
		pending && ["Open predictions", count(pending.n), `${count(pending.effective_n)} independent`],
		pending && [
			"Rises to expect",
			pct(pending.rises),
			`${count(pending.confusion.tp)} of ${count(pending.confusion.tp + pending.confusion.fp)} said`
		],
		!pending && ["Open predictions", "0"],
		resolved &&
			evaluation && [
				"How far to trust it",
				`${pct(resolved.accuracy)} expected`,
				`of what has matured; ${pct(evaluation.accuracy)} came true`
			],
		!calibrated && ["Not calibrated", "as said", "the held-out hours can no longer be asked"]
	]);
}

/** @type {(value: number | null) => Child} */
const psiBar = value =>
	h("span", { class: "psi", style: `--w:${Math.min(100, (value ?? 0) * 200).toFixed(0)}%` }, num(value));

/** @param {{ features: any[], predictions: any, hours: number, since: string }} response */
function driftTable({ features, predictions, hours, since }) {
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
		rows: rows.sort((a, b) => LEVEL_ORDER.indexOf(a.level) - LEVEL_ORDER.indexOf(b.level) || b.psi - a.psi),
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

/** @type {Record<string, string>} */
const RIGHT_TEXTS = { true: "✓ right", false: "✗ wrong" };
/** @type {Column[]} */
const COLUMNS = [
	{ key: "ts", label: "Hour", cell: p => when(p.ts) },
	{ key: "probability", label: "Probability", numeric: true, cell: p => pct(p.probability) },
	{
		key: "decision",
		label: "Said",
		cell: p =>
			p.reason ? h("details", {}, h("summary", {}, words(p.reason)), h("p", {}, p.detail)) : decisionMark(p.decision)
	},
	{ key: "outcome", label: "Happened", cell: p => (p.outcome === null ? "–" : decisionMark(p.outcome)) },
	{ key: "right", label: "Right", cell: p => RIGHT_TEXTS[p.right] ?? "–" },
	{ key: "price", label: "Price", numeric: true, cell: p => price(p.price) },
	{ key: "target_price", label: "Target", numeric: true, cell: p => price(p.target_price) },
	{ key: "novelty", label: "Novelty", numeric: true, cell: p => num(p.novelty, 2) },
	{ key: "matures_at", label: "Known at", cell: p => when(p.matures_at) }
];

/** @param {{ results: any[], counts: any }} response */
function resultTable({ results, counts }) {
	let rows = results;
	const total = counts.predictions + counts.without;
	let [sort, order] = ["ts", "desc"];
	const updateCount = () => {
		$("#more").hidden = rows.length >= total;
		$("#shown").textContent = total ? `${count(rows.length)} of ${count(total)} hours` : "";
	};
	/** @type {(from: number) => Promise<void>} */
	const loadPage = async from => {
		const own = generation;
		const { origin, window } = parameters();
		const page = await get(`models/${id}/results`, { origin, window, sort, order, offset: from, limit: PAGE_SIZE });
		if (own !== generation) return;
		rows = from ? [...rows, ...page.results] : page.results;
		resultRows.update(rows);
		updateCount();
	};
	/** @type {(from: number) => Promise<void>} */
	const tryLoadPage = from =>
		loadPage(from).catch(error => {
			$("#shown").textContent = error.message;
		});
	const resultRows = table({
		caption: "Results",
		rows,
		columns: COLUMNS,
		sort: ["ts", -1],
		onSort: (column, direction) => {
			[sort, order] = [column, direction > 0 ? "asc" : "desc"];
			tryLoadPage(0);
		}
	});
	$("#more").onclick = () => tryLoadPage(rows.length);
	updateCount();
	return total ? resultRows : empty("There are no predictions of this kind.");
}

async function show() {
	const own = ++generation;
	const { origin, window, fee } = parameters();
	replaceQuery({ origin, window: window === "all" ? "" : window, fee: fee === 0.002 ? "" : field.fee.value });
	$("#origin-text").textContent = ORIGIN_TEXTS[origin];
	$("#csv").href = url(`models/${id}/results.csv`, { origin, window });
	const firstDrift = get(`models/${id}/drift`, { origin, window });
	firstDrift.catch(() => null);
	let data;
	try {
		data = await get(`models/${id}/performance`, { origin, window, fee });
	} catch (error) {
		if (own !== generation) return;
		$("#verdict").textContent = "The performance could not be read.";
		clearBusy();
		$("#figures").replaceChildren(problem(error, show));
		for (const figure of $$(".chart")) note(figure, empty("Nothing came."));
		return;
	}
	if (own !== generation) return;
	/** @type {(selector: string, render: (data: any) => Child) => Promise<unknown>} */
	const showPart = (selector, render) => fill($(selector), () => Promise.resolve(data), render);
	$("#verdict").textContent = data.verdict;
	$("#main").classList.toggle("no-outcomes", !data.evaluation);
	for (const place of $$("[data-count]")) place.textContent = count(data.origins[place.dataset.count] ?? 0);
	showPart("#figures", metricList);
	showPart("#windows", windowTable);
	showPart("#confusion", () =>
		data.evaluation
			? confusionMatrix(`Confusion, ${origin}, ${WINDOW_NAMES[window].toLowerCase()}`, data.evaluation.confusion)
			: empty(NONE_RESOLVED)
	);
	showPart("#profit", profitFacts);
	showPart("#expected", expectedFacts);
	showPart("#results", resultTable);
	accuracyChart(data);
	equityChart(data);
	/** @type {(name: string) => any[]} */
	const series = pick => [
		{ name: origin, points: data.curves[pick], auc: data.evaluation?.roc_auc, ece: data.evaluation?.ece }
	];
	roc($("#roc"), series("roc"), NONE_RESOLVED);
	calibration($("#calibration"), series("calibration"), NONE_RESOLVED);
	/** @type {Promise<any> | null} */
	let unusedDrift = firstDrift;
	fill(
		$("#drift"),
		() => {
			const request = unusedDrift ?? get(`models/${id}/drift`, { origin, window });
			unusedDrift = null;
			return request;
		},
		driftTable
	);
}

form.addEventListener("change", show);
field.fee.addEventListener(
	"input",
	debounce(() => field.fee.checkValidity() && show(), 300)
);
form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
const state = query();
if (ORIGIN_TEXTS[state.origin ?? ""]) field.origin.value = state.origin;
if (WINDOW_NAMES[state.window ?? ""]) field.window.value = state.window;
if (state.fee) field.fee.value = state.fee;
show();
