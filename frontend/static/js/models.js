import { get, once, send } from "./api.js";
import { $, empty, fill, h, options, query, remember } from "./dom.js";
import { activation } from "./activation.js";
import { calibration, roc } from "./curves.js";
import { matrix, whisker } from "./figures.js";
import { count, day, num, pct, reach, rule } from "./format.js";
import { table } from "./table.js";

const MOST = 6;
const choice = $("#label");
const said = $("#said");
let labels = [];
let ticked = (query().models ?? "").split(",").filter(Boolean);

const metric = (key, label, show) => ({ key, label, numeric: true, value: (row) => row.metrics?.[key], cell: (row) => show(row.metrics?.[key]) });

const columns = [
  { key: "name", label: "Model", value: (row) => row.model_id, cell: (row) => h("a", { href: `/models/${row.model_id}` }, row.model_id) },
  { key: "compare", label: "Compare", value: (row) => +ticked.includes(row.model_id), numeric: true, cell: tick },
  { key: "active", label: "Active", value: (row) => +row.active, numeric: true, cell: (row) => activation(row, said) },
  { key: "accuracy", label: "Accuracy", numeric: true, value: (row) => row.metrics?.accuracy, cell: (row) => (row.metrics ? h("span", {}, whisker(row.metrics), ` ${pct(row.metrics.accuracy)}`) : "–") },
  metric("base_rate", "Base rate", pct), metric("effective_n", "Independent", count), metric("balanced_accuracy", "Balanced", pct), metric("precision", "Precision", pct), metric("recall", "Recall", pct),
  metric("f1", "F1", num), metric("roc_auc", "ROC AUC", num), metric("average_precision", "Avg. precision", num), metric("log_loss", "Log loss", num), metric("brier", "Brier", num), metric("ece", "Cal. error", num),
  { key: "estimator", label: "Estimator" }, { key: "test_from", label: "Tested on", cell: (row) => `${day(row.test_from)} to ${day(row.test_to)}` },
];

function tick(row) {
  return h("label", {}, h("input", { type: "checkbox", checked: ticked.includes(row.model_id), "aria-label": `Compare ${row.model_id}`, onchange: ({ target }) => {
    if (target.checked && ticked.length >= MOST) { target.checked = false; said.textContent = `At most ${MOST} models are compared: untick one first.`; return; }
    ticked = target.checked ? [...ticked, row.model_id] : ticked.filter((id) => id !== row.model_id);
    keep();
    compare();
  } }));
}

const keep = () => remember({ label: choice.value, models: ticked.join(",") });

async function compare() {
  const words = "Tick “compare” on a model in the table to see its curve here.";
  const models = await fill($("#matrices"), () => Promise.all(ticked.map((id) => get(`models/${id}`))), (found) => found.filter(({ metrics }) => metrics).map((model) => matrix(model.model_id, model.metrics.confusion)));
  const series = (pick) => (models ?? []).map((model) => ({ name: model.model_id, points: model.curves?.[pick], auc: model.metrics?.roc_auc, ece: model.metrics?.ece }));
  roc($("#roc"), series("roc"), words);
  calibration($("#calibration"), series("calibration"), words);
}

function explain() {
  const label = labels.find(({ label_id: id }) => id === choice.value);
  $("#label-text").textContent = label ? `${label.asset}, ${rule(label)}, ${reach(label)}` : "Only models of one label are comparable: choose one.";
}

async function list() {
  explain();
  await fill($("#models"), () => get("models", { label_id: choice.value }), ({ models }) => {
    ticked = ticked.filter((id) => models.some(({ model_id: one }) => one === id));
    if (!ticked.length) ticked = models.slice(0, 2).map(({ model_id: id }) => id);
    return models.length ? table({ caption: "Models", rows: models, columns, sort: ["accuracy", -1] }) : empty("No model of this label yet. Train one on its dataset and upload it below, or let ", h("code", {}, "ppa train"), " do it.");
  });
  keep();
  compare();
}

choice.addEventListener("change", () => { ticked = []; list(); });

$("#upload").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = event.target.elements;
  const words = $(".said", event.target);
  let more;
  try { more = JSON.parse(field.more.value || "{}"); } catch { words.textContent = "The further metadata is not JSON: correct it, or leave it empty."; field.more.focus(); return; }
  const body = new FormData();
  body.append("file", field.file.files[0]);
  body.append("metadata", JSON.stringify({ ...more, label_id: field.label_id.value, name: field.name.value, train_from: `${field.train_from.value}T00:00:00Z`, train_to: `${field.train_to.value}T23:00:00Z` }));
  words.textContent = "Uploading and measuring on held-out hours…";
  try {
    const model = await send("POST", "models", body);
    words.replaceChildren("Accepted: ", h("a", { href: `/models/${model.model_id}` }, model.model_id), ".");
    list();
  } catch (error) { words.textContent = error.message; }
});

once("labels").then((answer) => {
  ({ labels } = answer);
  const items = labels.map((label) => [label.label_id, `${label.name} (${label.models})`]);
  options(choice, [["", "All labels"], ...items], query().label);
  options($("#upload select"), items, query().label);
}).catch(() => {}).finally(list);
