// Step 2: choose a label and the models to compare.
import { get } from "./api.js";
import { $, empty, fill, h, query, replaceQuery } from "./dom.js";
import { activation } from "./activation.js";
import { compare } from "./compare.js";
import { whisker } from "./small_charts.js";
import { count, day, num, pct, rangeText, labelText } from "./format.js";
import { mlflowLink } from "./mlflow.js";
import { whenNear } from "./lazy.js";
import { sparkline } from "./sparkline.js";
import { numberColumn, table } from "./table.js";

const MAX_COMPARED = 6;
const message = $("#message");
let selectedLabel = query().label;
let comparedIds = (query().models ?? "").split(",").filter(Boolean);

const saveState = () => replaceQuery({ ...query(), label: selectedLabel, models: comparedIds.join(",") });
const showComparison = () => {
	saveState();
	compare(comparedIds);
};

// The price with the positive rate of each stretch as an area; the line below is the label's range.
/** @param {Api.Sparkline | null} sparklineData */
function labelSparkline(sparklineData) {
	if (!sparklineData) return null;
	const { close, share } = sparklineData;
	const svg = sparkline(close, close.length);
	const bars = share.map((part, at) => (part ? `M${at} 100v${-100 * part}h1V100z` : "")).join("");
	const inside = share.map((part, at) => (part === null ? -1 : at)).filter(at => at >= 0);
	svg.prepend(h("path", { class: "area", d: bars }));
	if (inside.length) svg.append(h("path", { class: "reach", d: `M${inside[0]} 99H${inside[inside.length - 1] + 1}` }));
	return h("span", { class: "strip" }, svg);
}

/** @param {Api.PicturedLabel} label */
function labelCard(label) {
	const { label_id: id, name, models, picture: sparklineData } = label;
	const select = () => {
		selectedLabel = id;
		comparedIds = [];
		showModels();
	};
	const positiveRate =
		sparklineData &&
		pct(
			sparklineData.share.reduce((/** @type {number} */ sum, part) => sum + (part ?? 0), 0) /
				sparklineData.share.filter(part => part !== null).length,
			0
		);
	return h(
		"label",
		{ class: "card" },
		h(
			"span",
			{},
			h("input", { type: "radio", name: "label", value: id, checked: id === selectedLabel, onchange: select }),
			h("b", {}, name)
		),
		h("span", {}, `${label.asset}, ${labelText(label)}`),
		labelSparkline(sparklineData),
		h(
			"small",
			{},
			`${count(models)} ${models === 1 ? "model" : "models"} · ${rangeText(label)}${sparklineData ? ` · marks ${positiveRate} of hours` : ""}`,
			label.mlflow && [" · ", h("a", { href: label.mlflow, "aria-label": `${name} in MLflow` }, "MLflow")]
		)
	);
}

/** @param {Api.Model} row */
function compareBox(row) {
	return h(
		"label",
		{},
		h("input", {
			type: "checkbox",
			checked: comparedIds.includes(row.model_id),
			"aria-label": `Compare ${row.model_id}`,
			onchange: (/** @type {{ target: HTMLInputElement }} */ { target }) => {
				if (target.checked && comparedIds.length >= MAX_COMPARED) {
					target.checked = false;
					message.textContent = `At most ${MAX_COMPARED} models are compared: untick one first.`;
					return;
				}
				comparedIds = target.checked ? [...comparedIds, row.model_id] : comparedIds.filter(id => id !== row.model_id);
				showComparison();
			}
		})
	);
}

/** @type {(key: string, label: string, format: Format) => Column} */
const metric = (key, label, format) => numberColumn(key, label, format, row => row.metrics?.[key]);
/** @type {Column<Api.Model>[]} */
const columns = [
	{
		key: "name",
		label: "Model",
		value: row => row.model_id,
		cell: row => h("a", { href: `/models/${row.model_id}` }, row.model_id)
	},
	{
		key: "compare",
		label: "Compare",
		value: row => +comparedIds.includes(row.model_id),
		numeric: true,
		cell: compareBox
	},
	{ key: "active", label: "Active", value: row => +row.active, numeric: true, cell: row => activation(row, message) },
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
	{ key: "mlflow", label: "MLflow", value: row => row.mlflow.state, cell: mlflowLink },
	{ key: "uploaded_at", label: "Uploaded", cell: row => `${day(row.uploaded_at)}, ${row.uploaded_by}` }
];

async function showModels() {
	await fill(
		$("#models"),
		() => get("models", { label_id: selectedLabel }),
		(/** @type {Api.Models} */ { models }) => {
			comparedIds = comparedIds.filter(id => models.some(({ model_id: one }) => one === id));
			if (!comparedIds.length) {
				comparedIds = [...models]
					.sort((a, b) => b.aliases.length - a.aliases.length)
					.slice(0, 2)
					.map(({ model_id: id }) => id);
			}
			return models.length
				? table({ caption: "Models", rows: models, columns, sort: ["accuracy", -1] })
				: empty(
						"No model of this label yet. Train one on its dataset and upload it below, or let ",
						h("code", {}, "ppa train"),
						" do it."
					);
		}
	);
	showComparison();
}

const showLabels = () =>
	fill(
		$("#labels"),
		() => get("comparison/labels"),
		(/** @type {Api.PicturedLabels} */ { labels }) => {
			selectedLabel ||= labels[0]?.label_id;
			return labels.length
				? h("div", { class: "cards", role: "radiogroup", "aria-label": "Available labels" }, labels.map(labelCard))
				: empty("No label is saved yet: ", h("a", { href: "/configure" }, "configure one"), ".");
		}
	);

whenNear($("#upload"), async () =>
	(await import("./upload.js")).showUpload(() => {
		showLabels();
		showModels();
	})
);
if (selectedLabel && comparedIds.length) compare(comparedIds);
if (selectedLabel) {
	showLabels();
	showModels();
} else showLabels().finally(showModels);
