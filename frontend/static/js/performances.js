import { get } from "./api.js";
import { $, empty, fill, h } from "./dom.js";
import { whisker } from "./figures.js";
import { count, pct, rule } from "./format.js";
import { table } from "./table.js";

const with_ = (model) => get(`models/${model.model_id}/performance`, { origin: "live" }).then((live) => ({ ...model, live }), () => ({ ...model, live: null }));

fill($("#models"), async () => Promise.all((await get("models")).models.map(with_)), (rows) => (rows.length ? table({
  caption: "Performance of every model", rows, sort: ["accuracy", -1],
  columns: [
    { key: "name", label: "Model", cell: (row) => h("a", { href: `/performance/${row.model_id}` }, row.model_id) },
    { key: "rule", label: "Label", value: rule, cell: (row) => `${row.asset}, ${rule(row)}` },
    { key: "active", label: "Active", value: (row) => (row.active ? "yes" : "no"), cell: (row) => (row.active ? "yes" : "no") },
    { key: "accuracy", label: "Live accuracy", numeric: true, value: (row) => row.live?.evaluation?.accuracy, cell: (row) => (row.live?.evaluation ? h("span", {}, whisker(row.live.evaluation), ` ${pct(row.live.evaluation.accuracy)}`) : "–") },
    { key: "base", label: "Base rate", numeric: true, value: (row) => row.live?.base_rates?.majority, cell: (row) => pct(row.live?.base_rates?.majority) },
    { key: "test", label: "Test accuracy", numeric: true, value: (row) => row.metrics?.accuracy, cell: (row) => pct(row.metrics?.accuracy) },
    { key: "matured", label: "Matured", numeric: true, value: (row) => row.live?.counts.matured, cell: (row) => count(row.live?.counts.matured) },
    { key: "verdict", label: "Verdict", text: true, value: (row) => row.live?.verdict, cell: (row) => row.live?.verdict ?? "It could not be read." },
  ],
}) : empty("No model yet. ", h("a", { href: "/models" }, "Upload one in step 2"), ".")));
