// The performance of a model, with the baselines to beat.
import { get, url } from "./api.js";
import { note } from "./chart.js";
import { equityChart, NONE_RESOLVED, accuracyChart } from "./performance_charts.js";
import { $, $$, empty, facts, fill, h, debounce, problem, query, replaceQuery, clearBusy } from "./dom.js";
import { calibration, roc } from "./roc_calibration.js";
import { confusionMatrix, whisker } from "./small_charts.js";
import { count, num, pct, price, when, words } from "./format.js";
import { driftTable } from "./drift.js";
import { metricFacts } from "./metrics.js";
import { expectedFacts, profitFacts } from "./performance_facts.js";
import { numberColumn, table } from "./table.js";
import { WITHDRAWN, withdrawnMark } from "./withdrawn.js";

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
/** @type {(value: boolean | number | null) => Child} */
const decisionMark = value =>
	value === null ? "–" : h("span", { class: value ? "up" : "down" }, value ? "▲ rise" : "▼ none");
const parameters = () => ({ origin: field.origin.value, window: field.window.value, fee: field.fee.value / 100 });
let generation = 0;

/** @type {(origins: Api.OriginCounts) => HTMLElement[]} */
const otherOrigins = origins =>
	/** @type {(keyof Api.OriginCounts)[]} */ (Object.keys(ORIGIN_TEXTS))
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
					`Look at ${count(origins[one])} ${{ live: "live", replay: "replayed", buffer: "buffered" }[one]} ones`
				),
				` ${ORIGIN_TEXTS[one]}`
			)
		);

/** @param {Api.Performance} response */
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
					inTraining && `, ${count(inTraining)} in training, not counted`,
					counts.withdrawn && `, ${count(counts.withdrawn)} ${WITHDRAWN}`
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

/** @type {(response: Api.Performance) => Child} */
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

/** @type {Record<string, string>} */
const RIGHT_TEXTS = { true: "✓ right", false: "✗ wrong" };
/** @type {Column<Api.Result>[]} */
const COLUMNS = [
	{ key: "ts", label: "Hour", cell: p => h("span", {}, when(p.ts), withdrawnMark(p)) },
	{ key: "probability", label: "Probability", numeric: true, cell: p => pct(p.probability) },
	{
		key: "decision",
		label: "Said",
		cell: p =>
			p.reason ? h("details", {}, h("summary", {}, words(p.reason)), h("p", {}, p.detail)) : decisionMark(p.decision)
	},
	{ key: "outcome", label: "Happened", cell: p => (p.outcome === null ? "–" : decisionMark(p.outcome)) },
	{ key: "right", label: "Right", cell: p => RIGHT_TEXTS[String(p.right)] ?? "–" },
	{ key: "price", label: "Price", numeric: true, cell: p => price(p.price) },
	{ key: "target_price", label: "Target", numeric: true, cell: p => price(p.target_price) },
	{ key: "novelty", label: "Novelty", numeric: true, cell: p => num(p.novelty, 2) },
	{ key: "matures_at", label: "Known at", cell: p => when(p.matures_at) }
];

/** @param {Api.Performance} response */
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
		/** @type {Api.Results} */
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
	/** @type {Api.Performance} */
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
	/** @type {(selector: string, render: (data: Api.Performance) => Child) => Promise<unknown>} */
	const showPart = (selector, render) => fill($(selector), () => Promise.resolve(data), render);
	$("#verdict").textContent = data.verdict;
	$("#main").classList.toggle("no-outcomes", !data.evaluation);
	for (const place of $$("[data-count]")) {
		place.textContent = count(data.origins[/** @type {keyof Api.OriginCounts} */ (place.dataset.count)]);
	}
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
	/** @type {(name: "roc" | "calibration") => any[]} */
	const series = pick => [
		{ name: origin, points: data.curves[pick], auc: data.evaluation?.roc_auc, ece: data.evaluation?.ece }
	];
	roc($("#roc"), series("roc"), NONE_RESOLVED);
	calibration($("#calibration"), series("calibration"), NONE_RESOLVED);
	/** @type {Promise<Api.DriftReport> | null} */
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
