// One model: what it is, what its author says of it, how it was measured, what became of it.
import { get } from "./api.js";
import { $, facts, fill, h } from "./dom.js";
import { activation } from "./activation.js";
import { calibration, roc } from "./roc_calibration.js";
import { matrix, whisker } from "./small_charts.js";
import { count, day, num, pct, rule, when } from "./format.js";
import { metrics } from "./metrics.js";
import { mlflow } from "./mlflow.js";
import { near } from "./lazy.js";
import { chips, history, registry } from "./registry.js";
import { verdicts } from "./verdicts.js";

const id = $("#main").dataset.model;
let request = null;
const model = () =>
	(request ??= get(`models/${id}`).catch(error => {
		request = null;
		throw error;
	}));
const list = items =>
	h(
		"dl",
		{ class: "made" },
		items.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])
	);

function split({ train_from: a, train_to: b, test_from: c, test_to: d }) {
	const [start, trained, tested, end] = [a, b, c, d].map(value => Date.parse(value));
	if (!(end > start)) return null;
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

fill($("#title"), model, one => {
	const said = h(
		"p",
		{ class: "said", role: "status" },
		one.active
			? "Predicting every closed hour."
			: "Not active. Ticking predicts recent hours at once as buffer, then one every hour."
	);
	return [
		h("p", { class: "lede" }, `${one.estimator} for ${one.asset}, ${rule(one)}. `, one.notes ?? ""),
		h("p", { class: "chips" }, chips(one)),
		h("p", {}, activation(one, said, { words: true, after: renew })),
		said,
		h(
			"p",
			{},
			h("a", { href: `/performance/${id}` }, "Performance since it was made"),
			" · ",
			h("a", { href: `/models?label=${one.label_id}` }, "Models of the same label"),
			" · MLflow: ",
			mlflow(one)
		)
	];
});
const keep = () => fill($("#registry"), model, one => registry(one, $("#kept"), renew));
const past = () =>
	fill(
		$("#history"),
		() => get(`models/${id}/history`),
		({ events }) => history(events)
	);
function renew() {
	request = null;
	keep();
	past();
	model().then(
		one => $(".chips").replaceChildren(...chips(one)),
		() => {}
	);
}
keep();
past();
fill($("#verdicts"), model, one =>
	one.verdicts.length
		? verdicts(one.verdicts)
		: h("p", { class: "empty" }, "It was uploaded before the steps were kept.")
);
fill($("#metrics"), model, one =>
	one.metrics
		? [
				h(
					"p",
					{ style: "margin-bottom:1rem" },
					whisker(one.metrics),
					` ${pct(one.metrics.accuracy)} beside a base rate of ${pct(one.metrics.base_rate)}`
				),
				facts(metrics(one.metrics))
			]
		: h("p", { class: "empty" }, "It has not been measured.")
);
fill($("#confusion"), model, one => one.metrics && matrix("Confusion on held-out hours", one.metrics.confusion));
fill($("#made"), model, one => [
	split(one),
	list([
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
				.map(
					([name, value]) =>
						`${name} ${value}${one.metrics?.[name] === undefined ? "" : ` (here ${num(one.metrics[name])})`}`
				)
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
model()
	.then(one => {
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
near($("#rules"), async () => (await import("./policies.js")).modelRules($("#rules"), id));
near($("#reference"), async () => (await import("./reference.js")).reference($("#reference"), id));
