// Step 2: choose a label, then the models that are compared.
import { get } from "./api.js";
import { $, empty, fill, h, query, remember } from "./dom.js";
import { activation } from "./activation.js";
import { compare } from "./compare.js";
import { whisker } from "./small_charts.js";
import { count, day, num, pct, reach, rule } from "./format.js";
import { mlflow } from "./mlflow.js";
import { near } from "./lazy.js";
import { strip } from "./sparkline.js";
import { figure, table } from "./table.js";

const MOST = 6;
const said = $("#said");
let chosen = query().label;
let ticked = (query().models ?? "").split(",").filter(Boolean);

const keep = () => remember({ ...query(), label: chosen, models: ticked.join(",") });
const show = () => {
	keep();
	compare(ticked);
};

// The price, and as areas how much of each stretch the label marks; the line below is the label's range.
function picture(drawn) {
	if (!drawn) return null;
	const { close, share } = drawn;
	const svg = strip(close, close.length);
	const bars = share.map((part, at) => (part ? `M${at} 100v${-100 * part}h1V100z` : "")).join("");
	const inside = share.map((part, at) => (part === null ? -1 : at)).filter(at => at >= 0);
	svg.prepend(h("path", { class: "area", d: bars }));
	if (inside.length) svg.append(h("path", { class: "reach", d: `M${inside[0]} 99H${inside.at(-1) + 1}` }));
	return h("span", { class: "strip" }, svg);
}

function card(label) {
	const { label_id: id, name, models, picture: drawn } = label;
	const pick = () => {
		chosen = id;
		ticked = [];
		list();
	};
	const marked =
		drawn &&
		pct(drawn.share.reduce((sum, part) => sum + part, 0) / drawn.share.filter(part => part !== null).length, 0);
	return h(
		"label",
		{ class: "card" },
		h(
			"span",
			{},
			h("input", { type: "radio", name: "label", value: id, checked: id === chosen, onchange: pick }),
			h("b", {}, name)
		),
		h("span", {}, `${label.asset}, ${rule(label)}`),
		picture(drawn),
		h(
			"small",
			{},
			`${count(models)} ${models === 1 ? "model" : "models"} · ${reach(label)}${drawn ? ` · marks ${marked} of hours` : ""}`,
			label.mlflow && [" · ", h("a", { href: label.mlflow, "aria-label": `${name} in MLflow` }, "MLflow")]
		)
	);
}

function tick(row) {
	return h(
		"label",
		{},
		h("input", {
			type: "checkbox",
			checked: ticked.includes(row.model_id),
			"aria-label": `Compare ${row.model_id}`,
			onchange: ({ target }) => {
				if (target.checked && ticked.length >= MOST) {
					target.checked = false;
					said.textContent = `At most ${MOST} models are compared: untick one first.`;
					return;
				}
				ticked = target.checked ? [...ticked, row.model_id] : ticked.filter(id => id !== row.model_id);
				show();
			}
		})
	);
}

const metric = (key, label, show) => figure(key, label, show, row => row.metrics?.[key]);
const columns = [
	{
		key: "name",
		label: "Model",
		value: row => row.model_id,
		cell: row => h("a", { href: `/models/${row.model_id}` }, row.model_id)
	},
	{ key: "compare", label: "Compare", value: row => +ticked.includes(row.model_id), numeric: true, cell: tick },
	{ key: "active", label: "Active", value: row => +row.active, numeric: true, cell: row => activation(row, said) },
	{
		key: "accuracy",
		label: "Accuracy",
		numeric: true,
		value: row => row.metrics?.accuracy,
		cell: row => (row.metrics ? h("span", {}, whisker(row.metrics), ` ${pct(row.metrics.accuracy)}`) : "–")
	},
	metric("base_rate", "Base rate", pct),
	metric("effective_n", "Independent", count),
	metric("roc_auc", "ROC AUC", num),
	metric("log_loss", "Log loss", num),
	metric("ece", "Cal. error", num),
	{
		key: "aliases",
		label: "Known as",
		value: row => [...row.aliases, ...row.tags].join(", "),
		cell: row => [...row.aliases, ...row.tags].join(", ") || "–"
	},
	{
		key: "warnings",
		label: "Gate",
		value: row => row.warnings.length,
		cell: row => (row.warnings.length ? `! ${row.warnings.join(", ").toLowerCase()}` : "passed")
	},
	{ key: "mlflow", label: "MLflow", value: row => row.mlflow.state, cell: mlflow },
	{ key: "uploaded_at", label: "Uploaded", cell: row => `${day(row.uploaded_at)}, ${row.uploaded_by}` }
];

async function list() {
	await fill(
		$("#models"),
		() => get("models", { label_id: chosen }),
		({ models }) => {
			ticked = ticked.filter(id => models.some(({ model_id: one }) => one === id));
			if (!ticked.length)
				ticked = [...models]
					.sort((a, b) => b.aliases.length - a.aliases.length)
					.slice(0, 2)
					.map(({ model_id: id }) => id);
			return models.length
				? table({ caption: "Models", rows: models, columns, sort: ["accuracy", -1] })
				: empty(
						"No model of this label yet. Train one on its dataset and upload it below, or let ",
						h("code", {}, "ppa train"),
						" do it."
					);
		}
	);
	show();
}

const pick = () =>
	fill(
		$("#labels"),
		() => get("comparison/labels"),
		({ labels }) => {
			chosen ||= labels[0]?.label_id;
			return labels.length
				? h("div", { class: "cards", role: "radiogroup", "aria-label": "Available labels" }, labels.map(card))
				: empty("No label is saved yet: ", h("a", { href: "/configure" }, "configure one"), ".");
		}
	);

near($("#upload"), async () =>
	(await import("./upload.js")).uploadWith(() => {
		pick();
		list();
	})
);
if (chosen && ticked.length) compare(ticked);
if (chosen) {
	pick();
	list();
} else pick().finally(list);
