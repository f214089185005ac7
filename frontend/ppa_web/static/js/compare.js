// The comparison of one to six models on the same hours: metrics, curves, and a movable decision threshold.
import { get } from "./api.js";
import { $, empty, fill, h, query, replaceQuery } from "./dom.js";
import { calibration, precisionRecall, moveRings, roc } from "./roc_calibration.js";
import { confusionMatrix } from "./small_charts.js";
import { count, day, num, pct, interval, signedPct } from "./format.js";
import { whenNear } from "./lazy.js";
import { numberColumn, table } from "./table.js";

const NO_MODELS = "Tick “compare” on a model in the table above to see it here.";
const slider = $("#threshold");
/** The comparison on the page; null before there is one. @type {Api.Comparison} */
let comparison = /** @type {any} */ (null);
let useDefaults = !query().threshold; // each model's own decision threshold, until the slider is moved
/** @type {((data: Api.Comparison) => void) | null} */
let showDetails = null; // loaded once the lower part is nearly in view

/** @type {(model: Api.Model) => Child} */
const link = ({ model_id: id }) => h("a", { href: `/models/${id}` }, id);
/** @type {(key: string, label: string, format: Format) => Column} */
const column = (key, label, format) => numberColumn(key, label, format, ({ metrics }) => metrics[key]);
const COLUMNS = [
	{ key: "model_id", label: "Model", cell: link },
	{
		...column("accuracy", "Accuracy", pct),
		cell: (/** @type {Api.ComparedModel} */ { metrics: m }) =>
			`${pct(m.accuracy)} (${interval(m.accuracy_low, m.accuracy_high)})`
	},
	column("base_rate", "Base rate", pct),
	column("balanced_accuracy", "Balanced", pct),
	column("precision", "Precision", pct),
	column("recall", "Recall", pct),
	column("f1", "F1", num),
	column("roc_auc", "ROC AUC", num),
	column("average_precision", "Avg. precision", num),
	column("log_loss", "Log loss", num),
	column("brier", "Brier", num),
	column("ece", "Cal. error", num),
	column("profit", "Profit", signedPct),
	column("hold", "Buy and hold", signedPct),
	column("trades", "Trades", count)
];
/**
 * The confusion matrix and metrics of a model at its own decision threshold, or at the slider's.
 * @param {Api.ComparedModel} model
 * @returns {any}
 */
function operatingPoint({ sweep, metrics, decision_threshold: threshold }) {
	const { n, rises } = comparison.hours;
	if (useDefaults) return { ...metrics, ...metrics.confusion, threshold };
	const [tp, fp, trades, growth] = [sweep.tp, sweep.fp, sweep.trades, sweep.growth].map(values => values[slider.value]);
	const right = tp + fp;
	return {
		tp,
		fp,
		fn: rises - tp,
		tn: n - rises - fp,
		trades,
		threshold: comparison.thresholds[slider.value],
		precision: right ? tp / right : null,
		recall: rises ? tp / rises : null,
		profit: Math.expm1(growth + trades * Math.log1p(-comparison.fee))
	};
}

/** @returns {any[]} */
function series() {
	const { n, rises } = comparison.hours;
	return comparison.models.map(one => ({
		name: one.model_id,
		auc: one.metrics.roc_auc,
		ap: one.metrics.average_precision,
		ece: one.metrics.ece,
		roc: one.roc,
		pr: one.precision_recall,
		calibration: one.calibration,
		onRoc: () => {
			const { tp, fp } = operatingPoint(one);
			return [fp / (n - rises), tp / rises];
		},
		onPr: () => {
			const { recall, precision } = operatingPoint(one);
			return [recall, precision];
		}
	}));
}
/** @type {(points: string, ring?: string) => any[]} */
const curvesOf = (points, ring) => series().map(one => ({ ...one, points: one[points], ring: ring && one[ring] }));

function showMatrices() {
	const value = comparison.thresholds[slider.value];
	const text = useDefaults ? "each at its own" : num(value);
	$("#threshold-at").textContent = text;
	slider.setAttribute("aria-valuetext", text);
	$("#default-thresholds").disabled = useDefaults;
	$("#matrices").replaceChildren(
		...comparison.models.map(one => {
			const now = operatingPoint(one);
			/** @type {(name: string, content: Child, small?: Child) => HTMLElement} */
			const term = (name, content, small) =>
				h("div", {}, h("dt", {}, name), h("dd", {}, content, h("small", {}, small)));
			return h(
				"div",
				{},
				confusionMatrix(`${one.model_id} at ${num(now.threshold)}`, now),
				h(
					"dl",
					{ class: "facts" },
					term("Precision", pct(now.precision), "of signals come true"),
					term("Recall", pct(now.recall), "of rises found"),
					term("Signals", count(now.tp + now.fp), `${count(now.trades)} trades`),
					term("Profit", signedPct(now.profit), `holding ${signedPct(one.metrics.hold)}`)
				)
			);
		})
	);
}

/** @param {boolean} to true: each model's own decision threshold */
function moveThreshold(to) {
	useDefaults = to;
	replaceQuery({ ...query(), threshold: useDefaults ? "" : comparison.thresholds[slider.value] });
	showMatrices();
	moveRings($("#roc"), curvesOf("roc", "onRoc"));
	moveRings($("#pr"), curvesOf("pr", "onPr"));
}

/** @param {Api.Comparison} comparison */
function explanation({ hours, models, left_out: leftOut, fee, lookahead }) {
	const excluded = Object.entries(leftOut)
		.map(([id, reason]) => `${id} is left out: ${reason}`)
		.join(" ");
	const heldOutBy =
		{ 1: "that it was", 2: "that both models were" }[models.length] ?? `that all ${models.length} models were`;
	return [
		h(
			"p",
			{ class: "hint" },
			`Everything below is over the ${count(hours.n)} hours from ${day(hours.from)} to ${day(hours.to)} ${heldOutBy} held out from; ${count(hours.effective)} are independent, ${pct(hours.rises / hours.n)} rose. Profit: all in at the close of a signal, out ${lookahead} h later, one position at a time, ${pct(fee)} a round trip. ${excluded}`
		)
	];
}

/** @param {string} reason */
function clearCharts(reason) {
	comparison = /** @type {any} */ (null);
	for (const id of ["#roc", "#pr", "#calibration"]) roc($(id), [], reason);
	$("#matrices").replaceChildren();
}

/** @param {Api.Comparison} data */
function show(data) {
	comparison = data;
	$("#comparison-details").style.cssText = `--pairs:${comparison.pairs.length};--models:${comparison.models.length}`; // reserves its height
	slider.max = comparison.thresholds.length - 1;
	const start = Number(query().threshold ?? 0.5);
	slider.value = comparison.thresholds.reduce(
		(best, value, index) => (Math.abs(value - start) < Math.abs(comparison.thresholds[best] - start) ? index : best),
		0
	);
	showMatrices();
	roc($("#roc"), curvesOf("roc", "onRoc"));
	precisionRecall(
		$("#pr"),
		curvesOf("pr", "onPr"),
		comparison.hours.rises / comparison.hours.n,
		"One class only: there is no curve."
	);
	calibration($("#calibration"), curvesOf("calibration"));
	showDetails?.(comparison);
	return [
		...explanation(comparison),
		table({ caption: "Figures on the common hours", rows: comparison.models, columns: COLUMNS, sort: ["log_loss", 1] })
	];
}

/** @type {string | null} */
let requested = null;
/** Show the comparison of models; none clears it. @param {string[]} ids */
export async function compare(ids) {
	if (requested === ids.join()) return;
	requested = ids.join();
	const current = requested;
	if (!current) {
		fill(
			$("#figures"),
			() => Promise.resolve(null),
			() => empty(NO_MODELS)
		);
		clearCharts(NO_MODELS);
		return;
	}
	const abandon = () => {
		throw new DOMException("Other models have been chosen.", "AbortError");
	};
	const data = await fill(
		$("#figures"),
		() => get("comparison", { models: current }).then(response => (requested === current ? response : abandon())),
		show
	);
	if (!data && requested === current) clearCharts("The models could not be compared.");
}

whenNear($("#comparison-details"), async () => {
	showDetails = (await import("./comparison_details.js")).showDetails;
	if (comparison) showDetails(comparison);
});

slider.addEventListener("input", () => comparison && moveThreshold(false));
$("#default-thresholds").addEventListener("click", () => comparison && moveThreshold(true));
