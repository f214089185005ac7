// The upload form: model, manifest, and what its author says; the gate's verdicts step by step.
import { once, send } from "./api.js";
import { $, h, options, query } from "./dom.js";
import { verdicts } from "./verdicts.js";

const form = $("#upload");
const words = (text) => text.split(/[\s,]+/).filter(Boolean);
const figures = (text) => Object.fromEntries(text.split(/[\n,;]+/).map((line) => line.split(/[=:]/).map((part) => part.trim())).filter(([name]) => name).map(([name, value]) => [name, Number(value)]));

function described(field) {
  const days = Number(field.expires.value);
  return {
    name: field.name.value, label_id: field.label_id.value,
    train_from: `${field.train_from.value}T00:00:00Z`, train_to: `${field.train_to.value}T23:00:00Z`,
    notes: field.notes.value, tags: words(field.tags.value), user_metrics: figures(field.metrics.value),
    decision_threshold: Number(field.threshold.value), ...(days && { expires_after_days: days }),
  };
}

// A manifest knows its label and where its hours begin.
async function readManifest({ label_id: label, train_from: from }, file) {
  try {
    const manifest = JSON.parse(await file.text());
    if ([...label.options].some(({ value }) => value === manifest.label_id)) label.value = manifest.label_id;
    if (!from.value) from.value = (manifest.first_hour ?? "").slice(0, 10);
  } catch { /* the gate says what is wrong with it */ }
}

// `after()` runs once a model is registered.
export function uploadWith(after) {
  const field = form.elements;
  const said = $(".said", form);
  const found = $("#verdicts");
  once("labels").then(({ labels }) => options(field.label_id, labels.map(({ label_id: id, name }) => [id, name]), query().label)).catch(() => {});
  $("button", form).disabled = false;
  field.manifest.addEventListener("change", () => field.manifest.files[0] && readManifest(field, field.manifest.files[0]));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const about = described(field);
    const odd = Object.entries(about.user_metrics).find(([, value]) => Number.isNaN(value));
    if (odd) { said.textContent = `The figure of “${odd[0]}” is no number: write a line such as accuracy = 0.61.`; field.metrics.focus(); return; }
    const body = new FormData();
    body.append("file", field.file.files[0]);
    body.append("manifest", field.manifest.files[0]);
    body.append("metadata", JSON.stringify(about));
    $("button", form).disabled = true;
    found.replaceChildren();
    said.textContent = "Uploading; the gate checks it and measures it on held-out hours…";
    try {
      const model = await send("POST", "models", body);
      found.replaceChildren(verdicts(model.verdicts));
      said.replaceChildren("Accepted: ", h("a", { href: `/models/${model.model_id}` }, model.model_id), ".");
      after();
    } catch (error) {
      said.textContent = `Refused. ${error.message}`;
      if (error.verdicts) found.replaceChildren(verdicts(error.verdicts));
    } finally { $("button", form).disabled = false; }
  });
}
