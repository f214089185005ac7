// Step 3: how good one model has been, beside the rules to beat.
import { get, url } from "./api.js";
import { note } from "./chart.js";
import { equity, NONE, running } from "./performance_charts.js";
import { $, $$, empty, facts, fill, h, later, problem, query, remember, settle } from "./dom.js";
import { calibration, roc } from "./roc_calibration.js";
import { matrix, whisker } from "./small_charts.js";
import { count, num, pct, price, range, short, signed, when, words } from "./format.js";
import { metrics } from "./metrics.js";
import { figure, table } from "./table.js";

const id = $("#main").dataset.model;
const form = $("#view");
const field = form.elements;
const PAGE = 100;
const WHAT = {
	live: "Made in its own hour, before anyone could know. The only ones that count.",
	replay: "Made afterwards over past hours, each from what was known in its own hour.",
	buffer: "Made at activation over the hours before it, to have something to look at. Never counted as live."
};
const NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All" };
const LEVELS = {
	outside: ["⊘", "beyond what training saw"],
	shifted: ["◆", "shifted"],
	moderate: ["◇", "moved a little"],
	stable: ["·", "stable"],
	"too few": ["?", "too few hours to tell"]
};
const RANK = Object.keys(LEVELS);
const sign = value => (value === null ? "–" : h("span", { class: value ? "up" : "down" }, value ? "▲ rise" : "▼ none"));
const asked = () => ({ origin: field.origin.value, window: field.window.value, fee: field.fee.value / 100 });
let turn = 0;

const elsewhere = origins =>
	Object.keys(WHAT)
		.filter(one => origins[one] && one !== field.origin.value)
		.map(one =>
			h(
				"p",
				{ class: "elsewhere" },
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
				` ${WHAT[one]}`
			)
		);

function figures({ counts, evaluation, base_rates: base, in_training: seen, test, origins }) {
	const own = metrics(evaluation) ?? [];
	return [
		...(evaluation ? [] : elsewhere(origins)),
		facts([
			[
				"Predictions",
				count(counts.predictions),
				[
					`${count(counts.without)} hours without, ${count(counts.pending)} open`,
					seen && `, ${count(seen)} in training, not counted`
				]
					.filter(Boolean)
					.join("")
			],
			...own.slice(0, 3),
			base.last_hour_reverses !== undefined && [
				"Last hour reverses",
				pct(base.last_hour_reverses),
				"always saying the opposite"
			],
			test?.n && ["In the test", pct(test.accuracy), `of ${count(test.n)} held-out hours`],
			...own.slice(3)
		])
	];
}

const windows = ({ windows: rows }) =>
	table({
		caption: "Accuracy by window",
		rows,
		columns: [
			{
				key: "window",
				label: "Window",
				value: row => Object.keys(NAMES).indexOf(row.window),
				cell: row => NAMES[row.window]
			},
			{
				key: "accuracy",
				label: "Accuracy",
				numeric: true,
				cell: row => (row.n ? h("span", {}, whisker(row), ` ${pct(row.accuracy)}`) : "–")
			},
			figure("base_rate", "Commoner class", pct),
			figure("last_hour_reverses", "Last hour reverses", pct),
			figure("effective_n", "Independent", count),
			figure("n", "Hours", count),
			{ key: "verdict", label: "Verdict", text: true }
		]
	});

const earned = ({ profit: p }) =>
	p
		? facts([
				["Following", signed(p.total), `after ${pct(p.fee, 2)} a trade`],
				["Holding", signed(p.hold_total), "bought once, kept"],
				["Trades", count(p.trades), `${count(p.wins)} won`],
				[
					"Mean of a trade",
					signed(p.mean),
					p.mean_interval
						? `interval ${signed(p.mean_interval.low)} to ${signed(p.mean_interval.high)}`
						: "too few for an interval"
				],
				["Deepest fall", pct(p.drawdown), `holding ${pct(p.hold_drawdown)}`],
				["Invested", pct(p.exposure, 0), "of the time"]
			])
		: empty("Nothing to reckon yet.");

function expected({ expected: { pending, matured, calibrated }, evaluation }) {
	if (!pending && !matured) return empty("No prediction of this kind is open or has matured.");
	return facts([
		pending && [
			"Accuracy to expect",
			pct(pending.accuracy),
			`${range(pending.accuracy_low, pending.accuracy_high)} of so few outcomes`
		],
		pending && ["Open predictions", count(pending.n), `${count(pending.effective_n)} independent`],
		pending && [
			"Rises to expect",
			pct(pending.rises),
			`${count(pending.confusion.tp)} of ${count(pending.confusion.tp + pending.confusion.fp)} said`
		],
		!pending && ["Open predictions", "0"],
		matured &&
			evaluation && [
				"How far to trust it",
				`${pct(matured.accuracy)} expected`,
				`of what has matured; ${pct(evaluation.accuracy)} came true`
			],
		!calibrated && ["Not calibrated", "as said", "the held-out hours can no longer be asked"]
	]);
}

const bar = value =>
	h("span", { class: "psi", style: `--w:${Math.min(100, (value ?? 0) * 200).toFixed(0)}%` }, num(value));

function drift({ features, predictions, hours, since }) {
	const rows = [
		...(predictions
			? [{ feature: "what it says", unit: "probability, beside the held-out hours", ...predictions }]
			: []),
		...features
	];
	const many = (...levels) => features.filter(row => levels.includes(row.level)).length;
	$("#drift-text").textContent = rows.length
		? `${count(hours)} hour${hours === 1 ? "" : "s"} since ${when(since)} beside training: ${many("shifted")} of ${features.length} features have shifted, ${many("outside")} lie beyond what training saw, ${many("moderate")} moved a little. PSI above 0.25 and beyond chance counts as shifted.`
		: "No hour of this kind to look at.";
	if (!rows.length) return empty("There are no predictions of this kind.");
	const share = (name, label) => ({ key: name, label, numeric: true, cell: row => pct(row[name]) });
	return table({
		caption: "Drift of features and predictions",
		rows: rows.sort((a, b) => RANK.indexOf(a.level) - RANK.indexOf(b.level) || b.psi - a.psi),
		columns: [
			{
				key: "feature",
				label: "Feature",
				cell: row => [row.feature, row.unit && h("small", {}, ` ${row.unit}`)].filter(Boolean)[0]
			},
			{
				key: "level",
				label: "Has it moved?",
				value: row => RANK.indexOf(row.level),
				cell: row =>
					h(
						"span",
						{ class: `level ${row.level.replace(" ", "-")}` },
						h("i", { "aria-hidden": "true" }, LEVELS[row.level][0]),
						LEVELS[row.level][1]
					)
			},
			{ key: "psi", label: "PSI", numeric: true, cell: row => bar(row.psi) },
			{ key: "by_chance", label: "By chance", numeric: true, cell: row => num(row.by_chance, 2) },
			{ key: "p_value", label: "Same population? p", numeric: true, cell: row => num(row.p_value) },
			{ key: "effective", label: "Independent", numeric: true, cell: row => count(row.effective) },
			share("outside", "Beyond training"),
			share("missing", "Missing"),
			share("missing_before", "Missing in training"),
			{ key: "median", label: "Median", numeric: true, cell: row => short(row.median) },
			{ key: "median_before", label: "Median in training", numeric: true, cell: row => short(row.median_before) }
		]
	});
}

const RIGHT = { true: "✓ right", false: "✗ wrong" };
const COLUMNS = [
	{ key: "ts", label: "Hour", cell: p => when(p.ts) },
	{ key: "probability", label: "Probability", numeric: true, cell: p => pct(p.probability) },
	{
		key: "decision",
		label: "Said",
		cell: p => (p.reason ? h("details", {}, h("summary", {}, words(p.reason)), h("p", {}, p.detail)) : sign(p.decision))
	},
	{ key: "outcome", label: "Happened", cell: p => (p.outcome === null ? "–" : sign(p.outcome)) },
	{ key: "right", label: "Right", cell: p => RIGHT[p.right] ?? "–" },
	{ key: "price", label: "Price", numeric: true, cell: p => price(p.price) },
	{ key: "target_price", label: "Target", numeric: true, cell: p => price(p.target_price) },
	{ key: "novelty", label: "Novelty", numeric: true, cell: p => num(p.novelty, 2) },
	{ key: "matures_at", label: "Known at", cell: p => when(p.matures_at) }
];

function results({ results: rows, counts }) {
	const total = counts.predictions + counts.without;
	let [sort, order] = ["ts", "desc"];
	const tell = () => {
		$("#more").hidden = rows.length >= total;
		$("#shown").textContent = total ? `${count(rows.length)} of ${count(total)} hours` : "";
	};
	const more = async from => {
		const mine = turn;
		const { origin, window } = asked();
		const page = await get(`models/${id}/results`, { origin, window, sort, order, offset: from, limit: PAGE });
		if (mine !== turn) return;
		rows = from ? [...rows, ...page.results] : page.results;
		shown.update(rows);
		tell();
	};
	const safely = from =>
		more(from).catch(error => {
			$("#shown").textContent = error.message;
		});
	const shown = table({
		caption: "Results",
		rows,
		columns: COLUMNS,
		sort: ["ts", -1],
		onsort: (by, direction) => {
			[sort, order] = [by, direction > 0 ? "asc" : "desc"];
			safely(0);
		}
	});
	$("#more").onclick = () => safely(rows.length);
	tell();
	return total ? shown : empty("There are no predictions of this kind.");
}

async function show() {
	const mine = ++turn;
	const { origin, window, fee } = asked();
	remember({ origin, window: window === "all" ? "" : window, fee: fee === 0.002 ? "" : field.fee.value });
	$("#origin-text").textContent = WHAT[origin];
	$("#csv").href = url(`models/${id}/results.csv`, { origin, window });
	const drifting = get(`models/${id}/drift`, { origin, window });
	drifting.catch(() => null);
	let answer;
	try {
		answer = await get(`models/${id}/performance`, { origin, window, fee });
	} catch (error) {
		if (mine !== turn) return;
		$("#verdict").textContent = "The performance could not be read.";
		settle();
		$("#figures").replaceChildren(problem(error, show));
		for (const figure of $$(".chart")) note(figure, empty("Nothing came."));
		return;
	}
	if (mine !== turn) return;
	const put = (place, render) => fill($(place), () => Promise.resolve(answer), render);
	$("#verdict").textContent = answer.verdict;
	$("#main").classList.toggle("unripe", !answer.evaluation);
	for (const place of $$("[data-count]")) place.textContent = count(answer.origins[place.dataset.count] ?? 0);
	put("#figures", figures);
	put("#windows", windows);
	put("#confusion", () =>
		answer.evaluation
			? matrix(`Confusion, ${origin}, ${NAMES[window].toLowerCase()}`, answer.evaluation.confusion)
			: empty(NONE)
	);
	put("#profit", earned);
	put("#expected", expected);
	put("#results", results);
	running(answer);
	equity(answer);
	const series = pick => [
		{ name: origin, points: answer.curves[pick], auc: answer.evaluation?.roc_auc, ece: answer.evaluation?.ece }
	];
	roc($("#roc"), series("roc"), NONE);
	calibration($("#calibration"), series("calibration"), NONE);
	let found = drifting;
	fill(
		$("#drift"),
		() => {
			const asking = found ?? get(`models/${id}/drift`, { origin, window });
			found = null;
			return asking;
		},
		drift
	);
}

form.addEventListener("change", show);
field.fee.addEventListener(
	"input",
	later(() => field.fee.checkValidity() && show(), 300)
);
form.addEventListener("submit", event => event.preventDefault());
const known = query();
if (WHAT[known.origin]) field.origin.value = known.origin;
if (NAMES[known.window]) field.window.value = known.window;
if (known.fee) field.fee.value = known.fee;
show();
