import { get, url } from "./api.js";
import { chart, line, note } from "./chart.js";
import { $, $$, empty, facts, fill, h, later, problem, query, remember, settle } from "./dom.js";
import { calibration, roc } from "./curves.js";
import { matrix, metrics, whisker } from "./figures.js";
import { count, num, pct, plain, price, range, short, when, words } from "./format.js";
import { table } from "./table.js";

const id = $("#main").dataset.model;
const form = $("#view");
const field = form.elements;
const PAGE = 100;
const NONE = "No prediction of this kind has matured yet.";
const WHAT = {
  live: "Made in its own hour, before anyone could know. The only ones that count.",
  replay: "Made afterwards over past hours, each from what was known in its own hour.",
  buffer: "Made at activation over the hours before it, to have something to look at. Never counted as live.",
};
const NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All" };
const LEVELS = { outside: ["⊘", "beyond what training saw"], shifted: ["◆", "shifted"], moderate: ["◇", "moved a little"], stable: ["·", "stable"], "too few": ["?", "too few hours to tell"] };
const RANK = Object.keys(LEVELS);
const sign = (value) => (value === null ? "–" : h("span", { class: value ? "up" : "down" }, value ? "▲ rise" : "▼ none"));
const gain = (value) => (value === null || value === undefined ? "–" : `${value < 0 ? "−" : "+"}${pct(Math.abs(value))}`);
const asked = () => ({ origin: field.origin.value, window: field.window.value, fee: field.fee.value / 100 });
let turn = 0;

const level = (name, x, y, colour, dash, step) => ({ name, x, y, mode: "lines", line: { color: colour, width: 1.3, dash, shape: step }, hovertemplate: "%{y:.1%}" });
const key = (items) => (c) => items.filter(Boolean).map(([name, colour, dash]) => h("span", {}, line(c[colour], dash), name));
const band = (c, x, low, high) => [{ x, y: low, mode: "lines", line: { width: 0 }, hoverinfo: "skip" }, { x, y: high, mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: c.grid, hoverinfo: "skip" }];

function running({ curves, test }) {
  const points = curves.running ?? [];
  const figure = $("#running");
  if (!points.length) return note(figure, empty(NONE));
  const column = (index) => points.map((point) => point[index]);
  const x = column(0).map(plain);
  const [, last, low, high, majority, reverses] = points.at(-1);
  const tested = test?.n > 0;
  return chart(figure, {
    summary: `${pct(last)} right so far, interval ${range(low, high)}; always saying the commoner class ${pct(majority)}, saying that the last hour reverses ${pct(reverses)}${tested ? `, in the test ${pct(test.accuracy)}` : ""}.`,
    key: key([["accuracy and interval", "ink"], ["commoner class", "edge", "8 4"], ["last hour reverses", "edge", "2 3"], tested && ["in the test", "m2", "8 3 2 3"]]),
    build: (c) => ({
      traces: [
        ...band(c, x, column(2), column(3)), level("commoner class", x, column(4), c.edge, "dash"), level("last hour reverses", x, column(5), c.edge, "dot"),
        tested && level("in the test", x, x.map(() => test.accuracy), c.m2, "dashdot"),
        { x, y: column(1), name: "accuracy", mode: "lines", line: { color: c.ink, width: 2 }, hovertemplate: "%{y:.1%}" },
      ].filter(Boolean),
      layout: { xaxis: { type: "date" }, yaxis: { side: "right", tickformat: ".0%", range: [0, 1] } },
    }),
    table: () => ({ columns: ["Hour", "Accuracy", "Low", "High", "Commoner class", "Last hour reverses"].map((label, index) => ({ key: label, label, numeric: index > 0, value: (row) => row[index], cell: (row) => (index ? pct(row[index]) : when(row[0])) })), rows: points }),
  });
}

const elsewhere = (origins) => Object.keys(WHAT).filter((one) => origins[one] && one !== field.origin.value)
  .map((one) => h("p", { class: "elsewhere" }, h("button", { type: "button", onclick: () => { field.origin.value = one; show(); } }, `Look at ${count(origins[one])} ${{ replay: "replayed", buffer: "buffered" }[one] ?? one} ones`), ` ${WHAT[one]}`));

function figures({ counts, evaluation, base_rates: base, in_training: seen, test, origins }) {
  const own = metrics(evaluation) ?? [];
  return [...(evaluation ? [] : elsewhere(origins)), facts([
    ["Predictions", count(counts.predictions), [`${count(counts.without)} hours without, ${count(counts.pending)} open`, seen && `, ${count(seen)} in training, not counted`].filter(Boolean).join("")], ...own.slice(0, 3),
    base.last_hour_reverses !== undefined && ["Last hour reverses", pct(base.last_hour_reverses), "always saying the opposite"], test?.n && ["In the test", pct(test.accuracy), `of ${count(test.n)} held-out hours`], ...own.slice(3),
  ])];
}

const windows = ({ windows: rows }) => table({
  caption: "Accuracy by window", rows,
  columns: [
    { key: "window", label: "Window", value: (row) => Object.keys(NAMES).indexOf(row.window), cell: (row) => NAMES[row.window] },
    { key: "accuracy", label: "Accuracy", numeric: true, cell: (row) => (row.n ? h("span", {}, whisker(row), ` ${pct(row.accuracy)}`) : "–") },
    { key: "base_rate", label: "Commoner class", numeric: true, cell: (row) => pct(row.base_rate) },
    { key: "last_hour_reverses", label: "Last hour reverses", numeric: true, cell: (row) => pct(row.last_hour_reverses) },
    { key: "effective_n", label: "Independent", numeric: true, cell: (row) => count(row.effective_n) },
    { key: "n", label: "Hours", numeric: true, cell: (row) => count(row.n) },
    { key: "verdict", label: "Verdict", text: true },
  ],
});

function equity({ profit }) {
  const figure = $("#equity");
  if (!profit) return note(figure, empty("No prediction of this kind can be followed to its end yet."));
  const x = profit.curve.map(([hour]) => plain(hour));
  const account = (name, index, colour, dash) => ({ name, x, y: profit.curve.map((point) => point[index]), mode: "lines", line: { color: colour, width: dash ? 1.5 : 2, dash }, hovertemplate: "%{y:.4f}" });
  return chart(figure, {
    summary: `Following earned ${gain(profit.total)} after fees in ${count(profit.trades)} trades, holding ${gain(profit.hold_total)}.`,
    key: key([["following", "ink"], ["holding", "m2", "8 4"]]),
    build: (c) => ({ traces: [account("holding", 2, c.m2, "dash"), account("following", 1, c.ink)], layout: { xaxis: { type: "date" }, yaxis: { side: "right", tickformat: ".3~f" } } }),
    table: () => ({ columns: ["Hour", "Following", "Holding"].map((label, index) => ({ key: label, label, numeric: index > 0, value: (row) => row[index], cell: (row) => (index ? num(row[index], 4) : when(row[0])) })), rows: profit.curve }),
  });
}

const earned = ({ profit: p }) => (p ? facts([
  ["Following", gain(p.total), `after ${pct(p.fee, 2)} a trade`], ["Holding", gain(p.hold_total), "bought once, kept"],
  ["Trades", count(p.trades), `${count(p.wins)} won`], ["Mean of a trade", gain(p.mean), p.mean_interval ? `interval ${gain(p.mean_interval.low)} to ${gain(p.mean_interval.high)}` : "too few for an interval"],
  ["Deepest fall", pct(p.drawdown), `holding ${pct(p.hold_drawdown)}`], ["Invested", pct(p.exposure, 0), "of the time"],
]) : empty("Nothing to reckon yet."));

function expected({ expected: { pending, matured, calibrated }, evaluation }) {
  if (!pending && !matured) return empty("No prediction of this kind is open or has matured.");
  return facts([
    pending && ["Accuracy to expect", pct(pending.accuracy), `${range(pending.accuracy_low, pending.accuracy_high)} of so few outcomes`],
    pending && ["Open predictions", count(pending.n), `${count(pending.effective_n)} independent`],
    pending && ["Rises to expect", pct(pending.rises), `${count(pending.confusion.tp)} of ${count(pending.confusion.tp + pending.confusion.fp)} said`],
    !pending && ["Open predictions", "0"],
    matured && evaluation && ["How far to trust it", `${pct(matured.accuracy)} expected`, `of what has matured; ${pct(evaluation.accuracy)} came true`],
    !calibrated && ["Not calibrated", "as said", "the held-out hours can no longer be asked"],
  ]);
}

const bar = (value) => h("span", { class: "psi", style: `--w:${Math.min(100, (value ?? 0) * 200).toFixed(0)}%` }, num(value));

function drift({ features, predictions, hours, since }) {
  const rows = [...(predictions ? [{ feature: "what it says", unit: "probability, beside the held-out hours", ...predictions }] : []), ...features];
  const many = (...levels) => features.filter((row) => levels.includes(row.level)).length;
  $("#drift-text").textContent = rows.length
    ? `${count(hours)} hour${hours === 1 ? "" : "s"} since ${when(since)} beside training: ${many("shifted")} of ${features.length} features have shifted, ${many("outside")} lie beyond what training saw, ${many("moderate")} moved a little. PSI above 0.25 and beyond chance counts as shifted.`
    : "No hour of this kind to look at.";
  if (!rows.length) return empty("There are no predictions of this kind.");
  const share = (name, label) => ({ key: name, label, numeric: true, cell: (row) => pct(row[name]) });
  return table({
    caption: "Drift of features and predictions", rows: rows.sort((a, b) => RANK.indexOf(a.level) - RANK.indexOf(b.level) || b.psi - a.psi),
    columns: [
      { key: "feature", label: "Feature", cell: (row) => [row.feature, row.unit && h("small", {}, ` ${row.unit}`)].filter(Boolean)[0] },
      { key: "level", label: "Has it moved?", value: (row) => RANK.indexOf(row.level), cell: (row) => h("span", { class: `level ${row.level.replace(" ", "-")}` }, h("i", { "aria-hidden": "true" }, LEVELS[row.level][0]), LEVELS[row.level][1]) },
      { key: "psi", label: "PSI", numeric: true, cell: (row) => bar(row.psi) }, { key: "by_chance", label: "By chance", numeric: true, cell: (row) => num(row.by_chance, 2) },
      { key: "p_value", label: "Same population? p", numeric: true, cell: (row) => num(row.p_value) }, { key: "effective", label: "Independent", numeric: true, cell: (row) => count(row.effective) },
      share("outside", "Beyond training"), share("missing", "Missing"), share("missing_before", "Missing in training"),
      { key: "median", label: "Median", numeric: true, cell: (row) => short(row.median) }, { key: "median_before", label: "Median in training", numeric: true, cell: (row) => short(row.median_before) },
    ],
  });
}

const RIGHT = { true: "✓ right", false: "✗ wrong" };
const COLUMNS = [
  { key: "ts", label: "Hour", cell: (p) => when(p.ts) }, { key: "probability", label: "Probability", numeric: true, cell: (p) => pct(p.probability) },
  { key: "decision", label: "Said", cell: (p) => (p.reason ? h("details", {}, h("summary", {}, words(p.reason)), h("p", {}, p.detail)) : sign(p.decision)) }, { key: "outcome", label: "Happened", cell: (p) => (p.outcome === null ? "–" : sign(p.outcome)) },
  { key: "right", label: "Right", cell: (p) => RIGHT[p.right] ?? "–" }, { key: "price", label: "Price", numeric: true, cell: (p) => price(p.price) },
  { key: "target_price", label: "Target", numeric: true, cell: (p) => price(p.target_price) }, { key: "novelty", label: "Novelty", numeric: true, cell: (p) => num(p.novelty, 2) }, { key: "matures_at", label: "Known at", cell: (p) => when(p.matures_at) },
];

function results({ results: rows, counts }) {
  const total = counts.predictions + counts.without;
  let [sort, order] = ["ts", "desc"];
  const tell = () => {
    $("#more").hidden = rows.length >= total;
    $("#shown").textContent = total ? `${count(rows.length)} of ${count(total)} hours` : "";
  };
  const more = async (from) => {
    const mine = turn;
    const { origin, window } = asked();
    const page = await get(`models/${id}/results`, { origin, window, sort, order, offset: from, limit: PAGE });
    if (mine !== turn) return;
    rows = from ? [...rows, ...page.results] : page.results;
    shown.update(rows);
    tell();
  };
  const safely = (from) => more(from).catch((error) => { $("#shown").textContent = error.message; });
  const shown = table({ caption: "Results", rows, columns: COLUMNS, sort: ["ts", -1], onsort: (by, direction) => { [sort, order] = [by, direction > 0 ? "asc" : "desc"]; safely(0); } });
  $("#more").onclick = () => safely(rows.length);
  tell();
  return total ? shown : empty("There are no predictions of this kind.");
}

async function show() {
  const mine = ++turn;
  const { origin, window, fee } = asked();
  remember({ origin, window: window === "all" ? "" : window, fee: fee === 0.002 ? "" : field.fee.value });
  $("#origin-text").textContent = WHAT[origin];
  $("#csv").href = url(`models/${id}/results.csv`, { origin, window });
  const drifting = get(`models/${id}/drift`, { origin, window });
  drifting.catch(() => null);
  let answer;
  try {
    answer = await get(`models/${id}/performance`, { origin, window, fee });
  } catch (error) {
    if (mine !== turn) return;
    $("#verdict").textContent = "The performance could not be read.";
    settle();
    $("#figures").replaceChildren(problem(error, show));
    for (const figure of $$(".chart")) note(figure, empty("Nothing came."));
    return;
  }
  if (mine !== turn) return;
  const put = (place, render) => fill($(place), () => Promise.resolve(answer), render);
  $("#verdict").textContent = answer.verdict;
  $("#main").classList.toggle("unripe", !answer.evaluation);
  for (const place of $$("[data-count]")) place.textContent = count(answer.origins[place.dataset.count] ?? 0);
  put("#figures", figures);
  put("#windows", windows);
  put("#confusion", () => (answer.evaluation ? matrix(`Confusion, ${origin}, ${NAMES[window].toLowerCase()}`, answer.evaluation.confusion) : empty(NONE)));
  put("#profit", earned);
  put("#expected", expected);
  put("#results", results);
  running(answer);
  equity(answer);
  const series = (pick) => [{ name: origin, points: answer.curves[pick], auc: answer.evaluation?.roc_auc, ece: answer.evaluation?.ece }];
  roc($("#roc"), series("roc"), NONE);
  calibration($("#calibration"), series("calibration"), NONE);
  let first = true;
  fill($("#drift"), () => (first ? ((first = false), drifting) : get(`models/${id}/drift`, { origin, window })), drift);
}

form.addEventListener("change", show);
field.fee.addEventListener("input", later(() => field.fee.checkValidity() && show(), 300));
form.addEventListener("submit", (event) => event.preventDefault());
const known = query();
if (WHAT[known.origin]) field.origin.value = known.origin;
if (NAMES[known.window]) field.window.value = known.window;
if (known.fee) field.fee.value = known.fee;
show();
