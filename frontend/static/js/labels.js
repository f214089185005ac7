// The labels that were saved: list, downloads, the lines for Python, and saving one more.
import { get, send, url } from "./api.js";
import { $, empty, fill, h } from "./dom.js";
import { count, day, reach, rule } from "./format.js";
import { table } from "./table.js";

const dataset = (id, end_, parameters) => `${url(`labels/${id}/${end_}`, parameters)}`;
function snippet({ label_id: id }) {
  const box = $("#snippet");
  const text = `import pandas as pd\n\nurl = "${location.origin}${dataset(id, "dataset.csv")}"\ndf = pd.read_csv(url, index_col="ts", parse_dates=["ts"])`;
  box.hidden = false;
  $("code", box).textContent = text;
  const button = $("button", box);
  button.textContent = "Copy";
  button.onclick = () => navigator.clipboard?.writeText(text).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Select and copy by hand"; });
}
const link = (href, text, label) => h("a", { href, download: "", "aria-label": label }, text);
// `open(label)` puts a label into the controls.
export const listLabels = (open) => fill($("#labels"), () => get("labels"), ({ labels }) => {
  if (!labels.length) return empty("No label is saved yet. Set one up above and give it a name.");
  snippet(labels[0]);
  return table({
    caption: "Saved labels", rows: labels, sort: ["created_at", -1],
    columns: [
      { key: "name", label: "Name" }, { key: "rule", label: "Rule", value: (row) => row.asset + rule(row), cell: (row) => `${row.asset}, ${rule(row)}` },
      { key: "range_from", label: "Range", cell: reach },
      { key: "models", label: "Models", numeric: true, cell: (row) => (row.models ? h("span", { class: "links" }, h("a", { href: `/models?label=${row.label_id}` }, count(row.models)), row.mlflow && h("a", { href: row.mlflow, "aria-label": `${row.name} in MLflow` }, "MLflow")) : "0") },
      { key: "created_at", label: "Saved", cell: (row) => `${day(row.created_at)}, ${row.created_by}` },
      { key: "label_id", label: "Download", cell: ({ label_id: id, name }) => h("span", { class: "links" }, link(dataset(id, "dataset.csv"), "CSV", `${name} as CSV`), link(dataset(id, "dataset.csv", { gzip: 1 }), "gzip", `${name} as gzipped CSV`), link(dataset(id, "dataset.parquet"), "Parquet", `${name} as Parquet`), link(dataset(id, "manifest.json"), "manifest", `Manifest of ${name}`)) },
      { key: "use", label: "Use", value: (row) => row.name, cell: (row) => h("span", { class: "links" }, h("button", { type: "button", onclick: () => open(row), "aria-label": `Open ${row.name}` }, "Open"), h("button", { type: "button", onclick: () => snippet(row), "aria-label": `Python for ${row.name}` }, "Python")) },
    ],
  });
});
// Saves what `definition()` gives, under the name in the form; `after()` runs once it is saved.
export const saveWith = (definition, after) => $("#save").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = $("#saved");
  said.textContent = "Saving…";
  try {
    const label = await send("POST", "labels", { name: event.target.elements.name.value, ...definition() });
    said.textContent = `Saved as ${label.label_id}.`;
    after();
  } catch (error) { said.textContent = error.message; }
});
