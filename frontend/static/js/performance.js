import { get } from "./api.js";
import { chart, line, note } from "./chart.js";
import { $, $$, empty, facts, fill, h, problem, query, remember, settle } from "./dom.js";
import { calibration, roc } from "./curves.js";
import { matrix, metrics } from "./figures.js";
import { count, pct, plain, price, when, words } from "./format.js";
import { table } from "./table.js";

const id = $("#main").dataset.model;
const form = $("#origins");
const WHAT = {
  live: "Made in its own hour, before anyone could know. The only ones that count.",
  replay: "Made afterwards over past hours, each from what was known in its own hour.",
  buffer: "Made at activation over the hours before it, to have something to look at. Never counted as live.",
};
const COLUMNS = ["ts", "probability", "decision", "outcome", "price", "target_price", "matures_at", "reason"];
const verdictOf = (p) => (p.outcome === null || p.decision === null ? null : +(p.decision == p.outcome));
const sign = (value) => (value === null ? "–" : h("span", { class: value ? "up" : "down" }, value ? "▲ rise" : "▼ none"));
let rows = [];

function running(answer) {
  const points = answer.curves?.running ?? [];
  const figure = $("#running");
  if (!points.length) { note(figure, empty("No prediction of this kind has matured yet.")); return; }
  const column = (index) => points.map((point) => point[index]);
  const x = column(0).map(plain);
  const reverses = answer.base_rates?.last_hour_reverses;
  const [, last, low, high, majority] = points.at(-1);
  const level = (name, y, colour, dash) => ({ name, x, y: Array.isArray(y) ? y : x.map(() => y), mode: "lines", line: { color: colour, width: 1.3, dash }, hovertemplate: "%{y:.1%}" });
  chart(figure, {
    summary: `${points.length} matured predictions: ${pct(last)} right, interval ${pct(low)} to ${pct(high)}, base rate ${pct(majority)}.`,
    key: (c) => [["accuracy and interval", c.ink, null], ["commoner class", c.edge, "8 4"], reverses !== undefined && ["last hour reverses", c.edge, "2 3"], answer.test?.n && ["in the test", c.m2, "8 3 2 3"]].filter(Boolean).map(([name, colour, dash]) => h("span", {}, line(colour, dash), name)),
    build: (c) => ({
      traces: [
        { x, y: column(2), mode: "lines", line: { width: 0 }, hoverinfo: "skip" },
        { x, y: column(3), mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: c.grid, hoverinfo: "skip" },
        level("commoner class", column(4), c.edge, "dash"), reverses !== undefined && level("last hour reverses", reverses, c.edge, "dot"), answer.test?.n && level("in the test", answer.test.accuracy, c.m2, "dashdot"),
        { x, y: column(1), name: "accuracy", mode: "lines", line: { color: c.ink, width: 2 }, hovertemplate: "%{y:.1%}" },
      ].filter(Boolean),
      layout: { xaxis: { type: "date" }, yaxis: { side: "right", tickformat: ".0%", range: [0, 1] } },
    }),
    table: () => ({ columns: ["Hour", "Accuracy", "Low", "High", "Base rate"].map((label, index) => ({ key: label, label, numeric: index > 0, value: (row) => row[index], cell: (row) => (index ? pct(row[index]) : when(row[0])) })), rows: points }),
  });
}

function figures({ counts, evaluation, base_rates: base, test }) {
  const own = metrics(evaluation) ?? [];
  return facts([
    ["Predictions", count(counts.predictions), `${count(counts.without)} hours without, ${count(counts.pending)} open`], ...own.slice(0, 3),
    base?.last_hour_reverses !== undefined && ["Last hour reverses", pct(base.last_hour_reverses), "always saying the opposite"], test?.n && ["In the test", pct(test.accuracy), `of ${count(test.n)} held-out hours`], ...own.slice(3),
  ]);
}

const results = (answer) => (answer.results.length ? table({
  caption: "Results", rows: answer.results, sort: ["ts", -1],
  columns: [
    { key: "ts", label: "Hour", cell: (p) => when(p.ts) }, { key: "probability", label: "Probability", numeric: true, cell: (p) => pct(p.probability) },
    { key: "decision", label: "Said", cell: (p) => (p.reason ? words(p.reason) : sign(p.decision)) }, { key: "outcome", label: "Happened", cell: (p) => (p.outcome === null ? "–" : sign(p.outcome)) },
    { key: "right", label: "Right", value: verdictOf, cell: (p) => ({ 1: "✓ right", 0: "✗ wrong" })[verdictOf(p)] ?? "–" },
    { key: "price", label: "Price", numeric: true, cell: (p) => price(p.price) }, { key: "target_price", label: "Target", numeric: true, cell: (p) => price(p.target_price) }, { key: "matures_at", label: "Known at", cell: (p) => when(p.matures_at) },
  ],
}) : empty("There are no predictions of this kind."));

function csv() {
  const cell = (value) => (/[",\n]/.test(value ?? "") ? `"${value.replaceAll('"', '""')}"` : (value ?? ""));
  const text = [COLUMNS, ...rows.map((row) => COLUMNS.map((name) => cell(row[name])))].map((row) => row.join(",")).join("\n");
  const address = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/csv" }));
  h("a", { href: address, download: `${id}-${form.elements.origin.value}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function show() {
  const origin = form.elements.origin.value;
  remember({ origin });
  $("#origin-text").textContent = WHAT[origin];
  let answer = null;
  const once = get(`models/${id}/performance`, { origin });
  const load = () => (answer ? Promise.resolve(answer) : once);
  try {
    answer = await once;
  } catch (error) {
    $("#verdict").textContent = "The performance could not be read.";
    settle();
    $("#figures").replaceChildren(problem(error, show));
    for (const figure of $$(".chart")) note(figure, empty("Nothing came."));
    return;
  }
  ({ results: rows } = answer);
  $("#verdict").textContent = answer.verdict;
  for (const place of $$("[data-count]")) place.textContent = count(answer.origins[place.dataset.count] ?? 0);
  $("#csv").disabled = !rows.length;
  fill($("#figures"), load, figures);
  running(answer);
  const none = "No prediction of this kind has matured yet.";
  const series = (pick) => [{ name: origin, points: answer.curves?.[pick], auc: answer.evaluation?.roc_auc, ece: answer.evaluation?.ece }];
  roc($("#roc"), series("roc"), none);
  calibration($("#calibration"), series("calibration"), none);
  fill($("#confusion"), load, () => (answer.evaluation ? matrix(`Confusion, ${origin}`, answer.evaluation.confusion) : empty(none)));
  fill($("#results"), load, results);
}

form.addEventListener("change", show);
form.addEventListener("submit", (event) => event.preventDefault());
$("#csv").addEventListener("click", csv);
if (WHAT[query().origin]) form.elements.origin.value = query().origin;
show();
