// One to six models on the same hours: figures, curves, and a threshold that moves.
import { get } from "./api.js";
import { $, empty, fill, h, query, remember } from "./dom.js";
import { calibration, precisionRecall, rings, roc } from "./roc_calibration.js";
import { matrix } from "./small_charts.js";
import { count, day, num, pct, range, signed } from "./format.js";
import { near } from "./lazy.js";
import { figure, table } from "./table.js";

const NONE = "Tick “compare” on a model in the table above to see it here.";
const slider = $("#threshold");
let found = null;
let own = !query().threshold; // each model at its own threshold, until the threshold is moved
let closer = null; // what draws the lower part, once someone comes near it

const link = ({ model_id: id }) => h("a", { href: `/models/${id}` }, id);
const column = (key, label, show) => figure(key, label, show, ({ metrics }) => metrics[key]);
const COLUMNS = [
	{ key: "model_id", label: "Model", cell: link },
	{
		...column("accuracy", "Accuracy"),
		cell: ({ metrics: m }) => `${pct(m.accuracy)} (${range(m.accuracy_low, m.accuracy_high)})`
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
	column("profit", "Profit", signed),
	column("hold", "Buy and hold", signed),
	column("trades", "Trades", count)
];
// Where a model stands: at its own threshold, or at the slider's.
function at({ sweep, metrics, decision_threshold: threshold }) {
	const { n, rises } = found.hours;
	if (own) return { ...metrics, ...metrics.confusion, threshold };
	const [tp, fp, trades, growth] = ["tp", "fp", "trades", "growth"].map(name => sweep[name][slider.value]);
	const right = tp + fp;
	return {
		tp,
		fp,
		fn: rises - tp,
		tn: n - rises - fp,
		trades,
		threshold: found.thresholds[slider.value],
		precision: right ? tp / right : null,
		recall: rises ? tp / rises : null,
		profit: Math.expm1(growth + trades * Math.log1p(-found.fee))
	};
}

function series() {
	const { n, rises } = found.hours;
	return found.models.map(one => ({
		name: one.model_id,
		auc: one.metrics.roc_auc,
		ap: one.metrics.average_precision,
		ece: one.metrics.ece,
		roc: one.roc,
		pr: one.precision_recall,
		calibration: one.calibration,
		onRoc: () => {
			const { tp, fp } = at(one);
			return [fp / (n - rises), tp / rises];
		},
		onPr: () => {
			const { recall, precision } = at(one);
			return [recall, precision];
		}
	}));
}
const pick = (points, ring) => series().map(one => ({ ...one, points: one[points], at: ring && one[ring] }));

function matrices() {
	const value = found.thresholds[slider.value];
	const text = own ? "each at its own" : num(value);
	$("#threshold-at").textContent = text;
	slider.setAttribute("aria-valuetext", text);
	$("#own").disabled = own;
	$("#matrices").replaceChildren(
		...found.models.map(one => {
			const now = at(one);
			const fact = (name, text_, small) => h("div", {}, h("dt", {}, name), h("dd", {}, text_, h("small", {}, small)));
			return h(
				"div",
				{},
				matrix(`${one.model_id} at ${num(now.threshold)}`, now),
				h(
					"dl",
					{ class: "facts" },
					fact("Precision", pct(now.precision), "of signals come true"),
					fact("Recall", pct(now.recall), "of rises found"),
					fact("Signals", count(now.tp + now.fp), `${count(now.trades)} trades`),
					fact("Profit", signed(now.profit), `holding ${signed(one.metrics.hold)}`)
				)
			);
		})
	);
}

function moved(to) {
	own = to;
	remember({ ...query(), threshold: own ? "" : found.thresholds[slider.value] });
	matrices();
	rings($("#roc"), pick("roc", "onRoc"));
	rings($("#pr"), pick("pr", "onPr"));
}

function explain({ hours, models, left_out: out, fee, lookahead }) {
	const left = Object.entries(out)
		.map(([id, why]) => `${id} is left out: ${why}`)
		.join(" ");
	const both =
		{ 1: "that it was", 2: "that both models were" }[models.length] ?? `that all ${models.length} models were`;
	return [
		h(
			"p",
			{ class: "hint" },
			`Everything below is over the ${count(hours.n)} hours from ${day(hours.from)} to ${day(hours.to)} ${both} held out from; ${count(hours.effective)} are independent, ${pct(hours.rises / hours.n)} rose. Profit: all in at the close of a signal, out ${lookahead} h later, one position at a time, ${pct(fee)} a round trip. ${left}`
		)
	];
}

function undrawn(why) {
	found = null;
	for (const where of ["#roc", "#pr", "#calibration"]) roc($(where), [], why);
	$("#matrices").replaceChildren();
}

function draw(data) {
	found = data;
	$("#closer").style.cssText = `--pairs:${found.pairs.length};--models:${found.models.length}`; // the room it will take
	slider.max = found.thresholds.length - 1;
	const start = Number(query().threshold ?? 0.5);
	slider.value = found.thresholds.reduce(
		(best, value, index) => (Math.abs(value - start) < Math.abs(found.thresholds[best] - start) ? index : best),
		0
	);
	matrices();
	roc($("#roc"), pick("roc", "onRoc"));
	precisionRecall(
		$("#pr"),
		pick("pr", "onPr"),
		found.hours.rises / found.hours.n,
		"One class only: there is no curve."
	);
	calibration($("#calibration"), pick("calibration"));
	closer?.(found);
	return [
		...explain(found),
		table({ caption: "Figures on the common hours", rows: found.models, columns: COLUMNS, sort: ["log_loss", 1] })
	];
}

let wanted = null;
export async function compare(ids) {
	if (wanted === ids.join()) return;
	wanted = ids.join();
	const asked = wanted;
	if (!asked) {
		fill(
			$("#figures"),
			() => null,
			() => empty(NONE)
		);
		return undrawn(NONE);
	}
	const stale = () => {
		throw new DOMException("Others are wanted by now.", "AbortError");
	};
	const answer = await fill(
		$("#figures"),
		() => get("comparison", { models: asked }).then(data => (wanted === asked ? data : stale())),
		draw
	);
	if (!answer && wanted === asked) undrawn("The models could not be compared.");
}

near($("#closer"), async () => {
	closer = (await import("./comparison_details.js")).closer;
	if (found) closer(found);
});

slider.addEventListener("input", () => found && moved(false));
$("#own").addEventListener("click", () => found && moved(true));
