import { get, send, url } from "./api.js";
import { chart, note, restyle } from "./chart.js";
import { $, $$, empty, facts, fill, h, later, options, problem, query, remember } from "./dom.js";
import { strip } from "./figures.js";
import { count, day, iso, pct, percentage, plain, price, reach, rule, short, span, when } from "./format.js";
import { table } from "./table.js";

const DAY = 864e5;
const POINTS = 2000;
const MOST = 5;
const form = $("#design");
const field = form.elements;
const figure = $("#chart");
let assets = [];
let features = [];
let chosen = new Set();
let history = { from: 0, to: 1 };
let data = null; // what is drawn: the range, and finer points where it was zoomed into
let regions = [];
let pending = { chart: null, preview: null };

const asset = () => assets.find(({ id }) => id === field.asset.value);
// A range that reaches the end of the data stays open, so that the label goes on with the hours to come.
const limits = () => ({ from: field.from.value > field.from.min ? `${field.from.value}T00:00:00Z` : null, to: field.to.value < field.to.max ? iso(Date.parse(field.to.value) + DAY) : null });
const view = () => [`${field.from.value}T00:00:00`, plain(iso(Date.parse(field.to.value) + DAY))];
const definition = () => ({ asset: field.asset.value, mode: field.mode.value, lookahead: field.lookahead.valueAsNumber, threshold: +(field.threshold.valueAsNumber / 100).toFixed(8), ...limits() });
const state = () => ({ asset: field.asset.value, from: limits().from && field.from.value, to: limits().to && field.to.value, mode: field.mode.value, lookahead: field.lookahead.value, threshold: field.threshold.value, features: [...chosen].join(","), scale: field.scale.value === "z" ? "z" : "" });

// One abortable request a purpose: a newer one takes the place of the older.
function latest(name, path, parameters) {
  pending[name]?.abort();
  pending[name] = new AbortController();
  return get(path, parameters, pending[name].signal);
}

const ask = (zoom = limits()) => latest("chart", "chart", { asset: field.asset.value, ...zoom, points: POINTS, features: [...chosen].join(",") });

// ── the label ─────────────────────────────────────────────────────────────────────────────────

function sentence({ asset: id, mode, lookahead, threshold }) {
  const pair = assets.find((one) => one.id === id)?.pair ?? id;
  const what = mode === "touch" ? ["the ", h("b", {}, `highest close of the next ${lookahead} hours`), " is more than "] : ["the ", h("b", {}, `close ${lookahead} hours later`), " is at least "];
  $("#definition").replaceChildren(`An hour of ${pair} counts as a rise when `, ...what, h("b", {}, percentage(threshold)), " above its own close.");
}

function years(by) {
  const most = Math.max(0.01, ...Object.values(by).map((share) => share ?? 0));
  return h("table", { class: "years" }, h("caption", {}, "Share of rises by year"), h("tbody", {}, Object.entries(by).map(([year, share]) =>
    h("tr", {}, h("th", { scope: "row" }, year), h("td", { class: "n" }, pct(share)), h("td", {}, h("i", { "aria-hidden": "true", style: `width:${((share ?? 0) / most) * 100}%` }))))));
}

function summary({ summary: s, saved }) {
  const all = s.positives + s.negatives + s.unknown || 1;
  const part = (kind, value) => h("i", { class: kind, style: `width:${(value / all) * 100}%` });
  return [
    h("div", { class: "facts" }, h("div", { class: "balance", role: "img", "aria-label": `${count(s.positives)} rises, ${count(s.negatives)} without, ${count(s.unknown)} unknown` }, part("rise", s.positives), part("none", s.negatives), part("hatch", s.unknown)),
      h("p", { class: "hint", style: "margin:.25rem 0 1rem" }, saved ? "This very label is saved already." : "Filled: a rise follows. Empty: none does. Hatched: not known yet."),
      facts([["Rises", pct(s.share_positive), `${count(s.positives)} hours`], ["No rise", pct(1 - s.share_positive), `${count(s.negatives)} hours`], ["Unknown", count(s.unknown), "hours, never counted"], ["Independent events", count(s.independent_events), "windows that do not overlap"], ["Longest run of rises", span(s.longest_run_hours * 3600)]])),
    years(s.by_year),
    s.warnings.length > 0 && h("ul", { class: "warnings" }, s.warnings.map((words) => h("li", {}, words))),
  ];
}

// ── the chart ─────────────────────────────────────────────────────────────────────────────────

// All regions as one filled outline on an axis of its own: thousands of shapes would take seconds.
const outline = () => ({
  x: regions.flatMap(([from, to]) => [plain(from), plain(from), plain(to), plain(to)]),
  y: regions.flatMap(() => [0, 1, 1, 0]),
});

function scored(values) {
  const known = values.filter((value) => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const spread = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) || 1;
  return values.map((value) => (value === null ? null : (value - mean) / spread));
}

function build(c) {
  const x = data.ts.map(plain);
  const names = Object.keys(data.features);
  const over = field.scale.value === "z";
  const room = over ? 0 : (0.2 * names.length) / (1 + 0.2 * names.length); // a strip is a fifth of the price chart
  const traces = [
    { ...outline(), yaxis: "y2", mode: "lines", line: { width: 0 }, fill: "tozeroy", fillcolor: c.upWash, hoverinfo: "skip" },
    { x, y: data.close, name: "close", mode: "lines", line: { color: c.ink, width: 1.3 }, hovertemplate: `%{y:,.2f} ${data.unit}` },
  ];
  const layout = {
    uirevision: `${view()}${field.asset.value}`, xaxis: { type: "date", range: view(), anchor: "free", position: 0 },
    yaxis: { side: "right", domain: [room, 1], tickformat: ",~g" }, yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true, tickmode: "auto" },
  };
  names.forEach((name, index) => {
    const { unit, values } = data.features[name];
    const number = over ? 3 : index + 3;
    traces.push({ x, y: over ? scored(values) : values, name, yaxis: `y${number}`, mode: "lines", line: { color: c[`m${(index % 5) + 2}`], width: 1.1 }, hovertemplate: over ? "%{y:.2f} σ" : `%{y:.5~g} ${unit}` });
    const top = room - index * (room / names.length);
    layout[`yaxis${number}`] = over ? { overlaying: "y", side: "left", showgrid: false, tickmode: "auto", ticksuffix: " σ", tickfont: { color: c.ink2 } } : { side: "right", domain: [top - room / names.length + 0.02, top - 0.03], nticks: 3, fixedrange: true };
  });
  if (over && names.length) layout.margin = { l: 44, r: 60, t: 10, b: 44 };
  return { traces, layout };
}

const key = (c) => [h("span", {}, h("i", { class: "swatch", style: `background:${c.upWash};height:.9em;vertical-align:-.1em` }), " rise follows"),
  ...Object.entries(data.features).map(([name, { unit }], index) => h("span", {}, h("b", { style: `color:${c[`m${(index % 5) + 2}`]}` }, "— "), `${name}, ${unit}`))];

function tabled() {
  const names = Object.keys(data.features);
  return {
    columns: [{ key: "ts", label: "Hour", cell: (row) => when(row.ts) }, { key: "close", label: `Close, ${data.unit}`, numeric: true, cell: (row) => price(row.close) }, ...names.map((name) => ({ key: name, label: name, numeric: true, cell: (row) => short(row[name]) }))],
    rows: data.ts.map((ts, index) => ({ ts, close: data.close[index], ...Object.fromEntries(names.map((name) => [name, data.features[name].values[index]])) })),
  };
}

async function draw() {
  figure.style.setProperty("--strips", field.scale.value === "z" ? 0 : Object.keys(data.features).length);
  const known = data.close.filter((value) => value !== null);
  const plot = await chart(figure, {
    title: `${data.pair}, hourly close`, units: data.unit, build, key, table: tabled,
    summary: known.length ? `${day(data.from)} to ${day(data.to)}, from ${price(known[0])} to ${price(known.at(-1))}, lowest ${price(Math.min(...known))}, highest ${price(Math.max(...known))} ${data.unit}. ${regions.length} stretches of hours before a rise.` : "No prices in this range.",
  });
  if (!plot.dataset.listens && plot.on) { plot.dataset.listens = "yes"; plot.on("plotly_relayout", later(zoomed, 120)); }
}

// Finer points for what is in view, between the coarse ones around it.
function merged(coarse, fine) {
  const keep = coarse.ts.map((ts, index) => index).filter((index) => coarse.ts[index] < fine.ts[0] || coarse.ts[index] > fine.ts.at(-1));
  const before = keep.filter((index) => coarse.ts[index] < fine.ts[0]);
  const after = keep.slice(before.length);
  const join = (outer, inner) => [...before.map((index) => outer[index]), ...inner, ...after.map((index) => outer[index])];
  return { ...coarse, ts: join(coarse.ts, fine.ts), close: join(coarse.close, fine.close), features: Object.fromEntries(Object.entries(coarse.features).map(([name, one]) => [name, { ...one, values: join(one.values, fine.features[name]?.values ?? []) }])) };
}

let whole = null;
async function zoomed(event) {
  const [from, to] = [event["xaxis.range[0]"], event["xaxis.range[1]"]];
  if (!whole || (!from && !event["xaxis.autorange"])) return;
  if (!from) { data = whole; draw(); return; }
  try {
    const fine = await ask({ from: iso(Date.parse(`${from.replace(" ", "T")}Z`)), to: iso(Date.parse(`${to.replace(" ", "T")}Z`)) });
    if (fine.ts.length > 1) { data = merged(whole, fine); draw(); }
  } catch (error) { if (error.name !== "AbortError") $("#saved").textContent = error.message; }
}

async function refresh() {
  try {
    whole = await ask();
    data = whole;
    await draw();
  } catch (error) {
    if (error.name !== "AbortError") note(figure, problem(error, refresh));
  }
}

async function preview() {
  if (!form.checkValidity()) { form.reportValidity(); return; }
  const now = definition();
  sentence(now);
  await fill($("#summary"), () => latest("preview", "labels/preview", now), (answer) => {
    regions = answer.regions;
    if (data && window.Plotly && $(".plot", figure).data) { const { x, y } = outline(); restyle(figure, { x: [x], y: [y] }, [0]); }
    return summary(answer);
  });
}

// ── controls ──────────────────────────────────────────────────────────────────────────────────

const soon = later(preview, 80);
const soonChart = later(refresh, 80);
function changed(range) { remember(state()); soon(); if (range) soonChart(); }

const brush = $("#brush");
const [start, end] = $$("input", brush);
function placeBrush() {
  const days = Math.max(1, Math.round((history.to - history.from) / DAY));
  const at = (value) => Math.min(days, Math.max(0, Math.round((Date.parse(value) - history.from) / DAY)));
  for (const [input, name] of [[start, "from"], [end, "to"]]) {
    input.max = days;
    input.value = at(field[name].value);
    input.setAttribute("aria-valuetext", field[name].value);
  }
  brush.style.setProperty("--a", start.value / days);
  brush.style.setProperty("--b", end.value / days);
}
function brushed(event) {
  if (+start.value >= +end.value) event.target.value = event.target === start ? +end.value - 1 : +start.value + 1;
  field.from.value = day(iso(history.from + start.value * DAY));
  field.to.value = day(iso(history.from + end.value * DAY));
  placeBrush();
  changed(true);
}
for (const input of [start, end]) input.addEventListener("input", brushed);

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", ({ target }) => {
  if (target.dataset.of) field[target.dataset.of].value = target.value;
  const slider = $(`[data-of="${target.name}"]`, form);
  if (slider) slider.value = target.value;
  if (target.id === "find") { listFeatures(); return; }
  if (target.name === "scale") { remember(state()); draw(); return; }
  if (target.name === "feature") {
    if (target.checked && chosen.size >= MOST) { target.checked = false; $("#beside .said").textContent = `At most ${MOST} at once: untick one first.`; return; }
    $("#beside .said").textContent = "";
    chosen[target.checked ? "add" : "delete"](target.value);
    remember(state());
    soonChart();
    return;
  }
  if (target.name === "asset") takeAsset();
  if (target.type === "date") placeBrush();
  changed(["asset", "from", "to"].includes(target.name));
});
for (const button of $$("[data-days]", form)) {
  button.addEventListener("click", () => {
    const days = +button.dataset.days;
    field.to.value = day(iso(history.to));
    field.from.value = day(iso(days ? Math.max(history.from, history.to - days * DAY) : history.from));
    placeBrush();
    changed(true);
  });
}

function listFeatures() {
  const wanted = $("#find").value.toLowerCase();
  const found = features.filter(({ name, group, description }) => `${name} ${group} ${description}`.toLowerCase().includes(wanted));
  const groups = Map.groupBy ? Map.groupBy(found, ({ group }) => group) : found.reduce((all, one) => all.set(one.group, [...(all.get(one.group) ?? []), one]), new Map());
  $("#features").replaceChildren(...(found.length ? [...groups].flatMap(([group, members]) => [h("p", { class: "group" }, group), ...members.map(({ name, unit, description, sources }) =>
    h("label", { title: `${description} ${sources.join(", ")}` }, h("input", { type: "checkbox", name: "feature", value: name, checked: chosen.has(name) }), name, h("small", {}, unit)))]) : [empty("No feature matches.")]));
}

function takeAsset() {
  const { first, last, id } = asset();
  history = { from: Math.floor(Date.parse(first) / DAY) * DAY, to: Math.floor(Date.parse(last) / DAY) * DAY };
  for (const name of ["from", "to"]) Object.assign(field[name], { min: day(iso(history.from)), max: day(iso(history.to)) });
  if (!field.from.value || field.from.value < field.from.min || field.from.value > field.from.max) field.from.value = field.from.min;
  if (!field.to.value || field.to.value > field.to.max || field.to.value < field.to.min) field.to.value = field.to.max;
  get("chart", { asset: id, from: first, to: last, points: 400 }).then(({ close }) => $(".strip", brush).replaceChildren(strip(close))).catch(() => {});
  placeBrush();
}

// ── saved labels ──────────────────────────────────────────────────────────────────────────────

const dataset = (id, end_, parameters) => `${url(`labels/${id}/${end_}`, parameters)}`;
function open(label) {
  Object.assign(field.asset, { value: label.asset });
  for (const [name, value] of [["mode", label.mode], ["lookahead", label.lookahead], ["threshold", +(label.threshold * 100).toFixed(6)], ["from", label.range_from ? day(label.range_from) : ""], ["to", label.range_to ? day(iso(Date.parse(label.range_to) - 1000)) : ""]]) field[name].value = value;
  for (const slider of $$("[data-of]", form)) slider.value = field[slider.dataset.of].value;
  takeAsset();
  changed(true);
  scrollTo(0, 0);
}
function snippet({ label_id: id }) {
  const box = $("#snippet");
  const text = `import pandas as pd\n\nurl = "${location.origin}${dataset(id, "dataset.csv")}"\ndf = pd.read_csv(url, float_precision="round_trip", index_col="ts", parse_dates=["ts"])`;
  box.hidden = false;
  $("code", box).textContent = text;
  const button = $("button", box);
  button.textContent = "Copy";
  button.onclick = () => navigator.clipboard?.writeText(text).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Select and copy by hand"; });
}
const link = (href, text, label) => h("a", { href, download: "", "aria-label": label }, text);
const listLabels = () => fill($("#labels"), () => get("labels"), ({ labels }) => {
  if (!labels.length) return empty("No label is saved yet. Set one up above and give it a name.");
  snippet(labels[0]);
  return table({
    caption: "Saved labels", rows: labels, sort: ["created_at", -1],
    columns: [
      { key: "name", label: "Name" }, { key: "rule", label: "Rule", value: (row) => row.asset + rule(row), cell: (row) => `${row.asset}, ${rule(row)}` },
      { key: "range_from", label: "Range", cell: reach },
      { key: "models", label: "Models", numeric: true, cell: (row) => (row.models ? h("a", { href: `/models?label=${row.label_id}` }, count(row.models)) : "0") },
      { key: "created_at", label: "Saved", cell: (row) => `${day(row.created_at)}, ${row.created_by}` },
      { key: "label_id", label: "Download", cell: ({ label_id: id, name }) => h("span", { class: "links" }, link(dataset(id, "dataset.csv"), "CSV", `${name} as CSV`), link(dataset(id, "dataset.csv", { gzip: 1 }), "gzip", `${name} as gzipped CSV`), link(dataset(id, "dataset.parquet"), "Parquet", `${name} as Parquet`), link(dataset(id, "manifest.json"), "manifest", `Manifest of ${name}`)) },
      { key: "use", label: "Use", value: (row) => row.name, cell: (row) => h("span", { class: "links" }, h("button", { type: "button", onclick: () => open(row), "aria-label": `Open ${row.name}` }, "Open"), h("button", { type: "button", onclick: () => snippet(row), "aria-label": `Python for ${row.name}` }, "Python")) },
    ],
  });
});
$("#save").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = $("#saved");
  said.textContent = "Saving…";
  try {
    const label = await send("POST", "labels", { name: event.target.elements.name.value, ...definition() });
    said.textContent = `Saved as ${label.label_id}.`;
    listLabels();
    soon();
  } catch (error) { said.textContent = error.message; }
});

async function begin() {
  const known = query();
  try {
    [{ assets }, { features }] = await Promise.all([get("assets"), get("features")]);
  } catch (error) {
    for (const place of $$(".region")) { place.setAttribute("aria-busy", "false"); place.replaceChildren(); }
    note(figure, problem(error, begin));
    return;
  }
  assets = assets.filter(({ first }) => first);
  if (!assets.length) {
    for (const place of $$(".region")) { place.setAttribute("aria-busy", "false"); place.replaceChildren(); }
    note(figure, empty("No prices are stored yet: import a file with ppa import-csv, or wait for the first hour."));
    return;
  }
  options(field.asset, assets.map(({ id, pair }) => [id, pair]), known.asset);
  for (const name of ["from", "to", "mode", "lookahead", "threshold"]) if (known[name]) field[name].value = known[name];
  if (known.scale === "z") field.scale.value = "z";
  for (const slider of $$("[data-of]", form)) slider.value = field[slider.dataset.of].value;
  chosen = new Set((known.features ?? "").split(",").filter((name) => features.some((one) => one.name === name)).slice(0, MOST));
  takeAsset();
  listFeatures();
  $("#features").setAttribute("aria-busy", "false");
  listLabels();
  await Promise.all([preview(), refresh()]);
}
begin();
