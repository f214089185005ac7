import { get } from "./api.js";
import { chart, note, restyle } from "./chart.js";
import { $, $$, empty, fill, h, later, options, problem, query, remember, settle } from "./dom.js";
import { strip } from "./figures.js";
import { day, iso, percentage, plain, price, short, when } from "./format.js";
import { listLabels, saveWith } from "./labels.js";
import { summary } from "./summary.js";

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

function open(label) {
  Object.assign(field.asset, { value: label.asset });
  for (const [name, value] of [["mode", label.mode], ["lookahead", label.lookahead], ["threshold", +(label.threshold * 100).toFixed(6)], ["from", label.range_from ? day(label.range_from) : ""], ["to", label.range_to ? day(iso(Date.parse(label.range_to) - 1000)) : ""]]) field[name].value = value;
  for (const slider of $$("[data-of]", form)) slider.value = field[slider.dataset.of].value;
  takeAsset();
  changed(true);
  scrollTo(0, 0);
}
saveWith(definition, () => { listLabels(open); soon(); });

async function begin() {
  const known = query();
  try {
    [{ assets }, { features }] = await Promise.all([get("assets"), get("features")]);
  } catch (error) {
    settle();
    note(figure, problem(error, begin));
    return;
  }
  assets = assets.filter(({ first }) => first);
  if (!assets.length) {
    settle();
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
  listLabels(open);
  await Promise.all([preview(), refresh()]);
}
begin();
