// The page of a model: description, metrics, curves, training, registry, policies and history.
import { get } from "./api.js";
import { $, facts, fill, h } from "./dom.js";
import { activation } from "./activation.js";
import { calibration, roc } from "./roc_calibration.js";
import { confusionMatrix, whisker } from "./small_charts.js";
import { count, day, num, pct, labelText, when } from "./format.js";
import { metricFacts } from "./metrics.js";
import { mlflowLink } from "./mlflow.js";
import { whenNear } from "./lazy.js";
import { chips, historyTable, registryForm } from "./registry.js";
import { verdictList } from "./verdicts.js";
import { withdrawnWarnings } from "./withdrawn.js";

const id = $("#main").dataset.model;
/** @type {Promise<Api.ModelDetails> | null} */
let request = null;
/** @type {() => Promise<Api.ModelDetails>} */
const loadModel = () =>
	(request ??= get(`models/${id}`).catch(error => {
		request = null;
		throw error;
	}));
/** @type {(items: [string, Child][]) => HTMLElement} */
const definitionList = items =>
	h(
		"dl",
		{ class: "definition-list" },
		items.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])
	);

/** What the platform measured under a name of the author's. @type {(metrics: Fields, name: string) => string} */
const measuredText = (metrics, name) => (metrics?.[name] === undefined ? "" : ` (here ${num(metrics[name])})`);

/** @param {Api.Model} model */
function splitBar({ train_from: a, train_to: b, test_from: c, test_to: d }) {
	const [start, trained, tested, end] = [a, b, c, d].map(value => Date.parse(value));
	if (!(end > start)) return null;
	/** @type {(from: number, to: number) => string} */
	const part = (from, to) => `width:${((to - from) / (end - start)) * 100}%`;
	return h(
		"div",
		{
			class: "timeline-split",
			role: "img",
			"aria-label": `Trained ${day(a)} to ${day(b)}, tested ${day(c)} to ${day(d)}`,
			style: "margin-bottom:1rem"
		},
		h("i", { class: "train", style: part(start, trained) }),
		h("i", { class: "hatch", style: part(trained, tested) }),
		h("i", { class: "test", style: part(tested, end) })
	);
}

fill($("#title"), loadModel, one => {
	const message = h(
		"p",
		{ class: "message", role: "status" },
		one.active
			? "Predicting every closed hour."
			: "Not active. Ticking predicts recent hours at once as buffer, then one every hour."
	);
	return [
		h("p", { class: "lede" }, `${one.estimator} for ${one.asset}, ${labelText(one)}. `, one.notes ?? ""),
		withdrawnWarnings(one),
		h("p", { class: "chips" }, chips(one)),
		h("p", {}, activation(one, message, { labelled: true, onChange: refresh })),
		message,
		h(
			"p",
			{},
			h("a", { href: `/performance/${id}` }, "Performance since it was made"),
			" · ",
			h("a", { href: `/models?label=${one.label_id}` }, "Models of the same label"),
			" · MLflow: ",
			mlflowLink(one)
		)
	];
});
const showRegistry = () => fill($("#registry"), loadModel, one => registryForm(one, $("#registry-message"), refresh));
const showHistory = () =>
	fill(
		$("#history"),
		() => get(`models/${id}/history`),
		(/** @type {Api.History} */ { events }) => historyTable(events)
	);
function refresh() {
	request = null;
	showRegistry();
	showHistory();
	loadModel().then(
		one => $(".chips").replaceChildren(...chips(one)),
		() => {}
	);
}
showRegistry();
showHistory();
fill($("#verdicts"), loadModel, one =>
	one.verdicts.length
		? verdictList(one.verdicts)
		: h("p", { class: "empty" }, "It was uploaded before the steps were kept.")
);
fill($("#metrics"), loadModel, one =>
	one.metrics
		? [
				h(
					"p",
					{ style: "margin-bottom:1rem" },
					whisker(one.metrics),
					` ${pct(one.metrics.accuracy)} beside a base rate of ${pct(one.metrics.base_rate)}`
				),
				facts(metricFacts(one.metrics) ?? [])
			]
		: h("p", { class: "empty" }, "It has not been measured.")
);
fill(
	$("#confusion"),
	loadModel,
	one => one.metrics && confusionMatrix("Confusion on held-out hours", one.metrics.confusion)
);
fill($("#training"), loadModel, one => [
	splitBar(one),
	definitionList([
		["Trained on", `${when(one.train_from)} to ${when(one.train_to)}`],
		["Tested on", `${when(one.test_from)} to ${when(one.test_to)}`],
		["Label", h("a", { href: `/models?label=${one.label_id}`, class: "id" }, one.label_id)],
		["Data", one.source],
		["Decision threshold", one.decision_threshold],
		["Uploaded", `${when(one.uploaded_at)} by ${one.uploaded_by}`],
		["SHA-256", h("span", { class: "id" }, one.sha256)],
		[
			"Libraries",
			Object.entries(one.libraries ?? {})
				.map(([name, version]) => `${name} ${version}`)
				.join(", ")
		],
		[
			"Your own figures",
			Object.entries(one.user_metrics ?? {})
				.map(([name, value]) => `${name} ${value}${measuredText(one.metrics, name)}`)
				.join(", ")
		],
		[
			"Features",
			h(
				"details",
				{},
				h("summary", {}, `${count(one.features?.length)} in order`),
				h("span", { class: "id" }, one.features?.join(", "))
			)
		]
	])
]);
loadModel()
	.then(one => {
		/** @type {(name: "roc" | "calibration") => any[]} */
		const series = pick => [
			{ name: one.model_id, points: one.curves?.[pick], auc: one.metrics?.roc_auc, ece: one.metrics?.ece }
		];
		roc($("#roc"), series("roc"));
		calibration($("#calibration"), series("calibration"));
	})
	.catch(() => {
		roc($("#roc"), []);
		calibration($("#calibration"), []);
	});
whenNear($("#policies"), async () => (await import("./policies.js")).modelPolicies($("#policies"), id));
whenNear($("#novelty-profile"), async () =>
	(await import("./novelty_profile.js")).noveltyProfile($("#novelty-profile"), id)
);
