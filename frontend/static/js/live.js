import { get, now } from "./api.js";
import { chart, note } from "./chart.js";
import { $, $$, empty, h, options, problem, query, remember, settle } from "./dom.js";
import { count, countdown, iso, pct, plain, price, span, when, words } from "./format.js";
import { table } from "./table.js";

const EVERY = 15e3;
const SLOWEST = 240e3;
const DAY = 864e5;
const STALE_HOURS = 2.5;
const form = $("#view");
const field = form.elements;
const pulse = $("#pulse");
let models = [];
let wait = EVERY;
let timer = null;
let seen = "";

// What is told apart by shape, fill and colour at once.
const KINDS = [
  ["rise, hit", "up", "triangle-up", (p) => p.decision && p.outcome === 1], ["rise, missed", "up", "triangle-up-open", (p) => p.decision && p.outcome === 0],
  ["rise, open", "up", "triangle-up-dot", (p) => p.decision && p.outcome === null], ["no rise, hit", "down", "triangle-down", (p) => !p.decision && p.outcome === 0],
  ["no rise, missed", "down", "triangle-down-open", (p) => !p.decision && p.outcome === 1], ["no rise, open", "down", "triangle-down-dot", (p) => !p.decision && p.outcome === null],
];
const mine = () => models.filter((model) => model.active && model.asset === field.asset.value);
const chosen = () => (field.model.value ? mine().filter(({ model_id: id }) => id === field.model.value) : mine());
const said = (p) => (p.decision === null ? "–" : h("span", { class: p.decision ? "up" : "down" }, p.decision ? "▲ rise" : "▼ no rise"));

function marks(predictions, c) {
  return KINDS.map(([name, colour, symbol, fits]) => {
    const some = predictions.filter((p) => !p.reason && fits(p));
    return { name, x: some.map((p) => plain(p.matures_at)), y: some.map((p) => (p.decision ? p.target_price : p.price)), customdata: some.map((p) => [when(p.ts), p.probability, p.model_id, p.origin]), mode: "markers",
      marker: { symbol, size: some.map((p) => (p.origin === "buffer" ? 6 : 9)), color: c[colour], line: { width: symbol.endsWith("open") ? 1.5 : 0, color: c[colour] }, opacity: symbol.endsWith("dot") ? 0.6 : 1 },
      hovertemplate: `${name}, %{customdata[1]:.0%}<br>%{customdata[2]}, %{customdata[3]}, hour %{customdata[0]}<extra></extra>` };
  });
}

// Each origin by itself: buffered predictions never count as live.
const scores = (made) => ["live", "buffer", "replay"].map((origin) => [origin, made.filter((p) => p.origin === origin)]).filter(([, own]) => own.length).map(([origin, own]) => {
  const matured = own.filter((p) => p.outcome !== null);
  return `${own.length} ${origin} predictions, ${matured.filter((p) => +p.decision === p.outcome).length} of ${matured.length} with an outcome right.`;
}).join(" ");

function draw(data, predictions) {
  const made = predictions.filter((p) => !p.reason);
  const end = Math.max(Date.parse(data.ts.at(-1) ?? data.from), ...made.map((p) => Date.parse(p.matures_at)));
  const begin = end - (+field.days.value + 1) * DAY;
  return chart($("#chart"), {
    title: `${data.pair}, predictions at their horizon`, units: data.unit,
    summary: `${scores(made)} Last close ${price(data.close.findLast((value) => value !== null))} ${data.unit}.`,
    key: () => [["▲▼", "hit"], ["△▽", "missed"]].map(([sign, text]) => h("span", {}, `${sign} ${text}`)).concat(h("span", {}, "pale: open"), made.some((p) => p.origin === "buffer") ? h("span", {}, "small: buffered") : []),
    build: (c) => ({
      traces: [
        { x: data.ts.map(plain), y: data.close, name: "close", mode: "lines", line: { color: c.ink, width: 1.4 }, hovertemplate: "%{y:,.2f} USD<extra></extra>" },
        ...marks(made, c),
        ...chosen().map((model, index) => { const own = made.filter((p) => p.model_id === model.model_id); return { x: own.map((p) => plain(p.matures_at)), y: own.map((p) => p.probability), yaxis: "y2", name: model.model_id, mode: "lines", line: { color: c[`m${(index % 6) + 1}`], width: 1.2, shape: "hv" }, hovertemplate: `${model.model_id} %{y:.0%}<extra></extra>` }; }),
      ],
      layout: {
        hovermode: "closest", xaxis: { type: "date", range: [plain(iso(begin)), plain(iso(end + 36e5))], anchor: "y2" }, yaxis: { side: "right", domain: [0.26, 1], tickformat: ",~g" },
        yaxis2: { side: "right", domain: [0, 0.18], range: [0, 1], tickvals: [0, 0.5, 1], tickformat: ".0%", fixedrange: true },
        shapes: [{ type: "line", x0: plain(iso(now())), x1: plain(iso(now())), yref: "paper", y0: 0, y1: 1, line: { color: c.edge, width: 1, dash: "dot" } }],
      },
    }),
    table: () => ({ columns: ledger, rows: [...predictions].reverse() }),
  });
}

const ledger = [
  { key: "ts", label: "Hour", cell: (p) => when(p.ts) }, { key: "model_id", label: "Model" },
  { key: "origin", label: "Made" }, { key: "decision", label: "Said", cell: (p) => (p.reason ? words(p.reason) : said(p)) }, { key: "probability", label: "Probability", numeric: true, cell: (p) => pct(p.probability) },
  { key: "price", label: "Price", numeric: true, cell: (p) => price(p.price) }, { key: "target_price", label: "Target", numeric: true, cell: (p) => price(p.target_price) },
  { key: "matures_at", label: "Known at", cell: (p) => when(p.matures_at) },
];

function coverage(predictions, newest) {
  const hours = +field.days.value * 24;
  const end = Math.max(newest, ...predictions.map((p) => Date.parse(p.ts)));
  return chosen().map((model) => {
    const own = new Map(predictions.filter((p) => p.model_id === model.model_id).sort((a, b) => (b.origin > a.origin ? -1 : 1)).map((p) => [Date.parse(p.ts), p]));
    const cells = Array.from({ length: hours }, (_, index) => own.get(end - (hours - 1 - index) * 36e5));
    const many = (fits) => cells.filter((p) => p && fits(p)).length;
    const [made, early, gaps] = [many((p) => !p.reason && p.origin !== "buffer"), many((p) => !p.reason && p.origin === "buffer"), many((p) => p.reason)];
    const text = `${made} of ${hours} h${early ? `, ${early} buffered` : ""}`;
    return h("div", { class: "strip-row" }, h("a", { href: `/performance/${model.model_id}` }, model.model_id),
      h("div", { class: "cells", role: "img", "aria-label": `${text}, ${gaps} with a reason why not, ${hours - made - early - gaps} without an answer` }, cells.map((p) => h("i", { class: p ? (p.reason ? "not" : p.origin === "buffer" && "early") : "none" }))), h("span", {}, text));
  });
}

function show(predictions, newest) {
  const none = (text) => [empty(text)];
  const open = predictions.filter((p) => !p.reason && p.outcome === null && Date.parse(p.matures_at) > now());
  const gaps = predictions.filter((p) => p.reason);
  const put = (id, content) => { const place = $(id); place.setAttribute("aria-busy", "false"); place.replaceChildren(...content); };
  put("#coverage", chosen().length ? coverage(predictions, newest) : none("No model is active."));
  put("#next", open.length ? [table({ caption: "Next outcomes", rows: open, sort: ["matures_at", 1], columns: [...ledger, { key: "left", label: "Known in", numeric: true, value: (p) => Date.parse(p.matures_at), cell: (p) => h("span", { "data-until": p.matures_at }, countdown(p.matures_at, now())) }] })] : none("Nothing is open: every prediction made so far has its outcome."));
  put("#gaps", gaps.length ? [table({ caption: "Hours without a prediction", rows: gaps, sort: ["ts", -1], columns: [ledger[0], ledger[1], { key: "reason", label: "Reason", cell: (p) => words(p.reason) }, { key: "detail", label: "What happened", text: true }] })] : none("None: every hour in this span has its prediction."));
}

const alive = (text, lost = false) => { if (pulse.textContent !== text) pulse.textContent = text; pulse.classList.toggle("lost", lost); };

async function update() {
  const ids = field.model.value ? [field.model.value] : mine().map(({ model_id: id }) => id);
  const [status, { quotes }] = await Promise.all([get("status"), get("quotes")]);
  const newest = Date.parse(status.last_hour ?? status.now); // imported prices may have ended long ago
  const from = iso(newest - (+field.days.value + 1) * DAY);
  const [data, ...lists] = await Promise.all([get("chart", { asset: field.asset.value, from, points: 1500 }), ...ids.map((id) => get("predictions", { model_id: id, origin: field.origin.value, from, limit: 2000 }))]);
  const quote = quotes.find((one) => one.asset === field.asset.value);
  $("#quote").setAttribute("aria-busy", "false");
  $("#quote").replaceChildren(...(quote ? [h("p", { class: "big" }, price(quote.price)), h("p", {}, `${data.pair}, ${span(quote.age_seconds)} old, ${quote.source}`)] : [h("p", {}, "No live price for it yet.")]));
  const predictions = lists.flatMap((list) => list.predictions);
  const mark = JSON.stringify([predictions, data.ts.at(-1), data.close.length, field.asset.value]);
  if (mark !== seen) { seen = mark; draw(data, predictions); show(predictions, newest); }
  const age = (now() - newest) / 36e5;
  alive(age > STALE_HOURS ? `Stale: the newest hour is ${when(status.last_hour)}, ${span(age * 3600)} ago.` : `Current to the hour ${when(status.last_hour)}.`, age > STALE_HOURS);
}

async function poll() {
  clearTimeout(timer);
  try {
    await update();
    wait = EVERY;
  } catch (error) {
    wait = Math.min(wait * 2, SLOWEST);
    alive(`${error.status === 0 ? "Connection lost" : error.message} Next try in ${span(wait / 1000)}; what is shown may be old.`, true);
    if (!seen) { settle(); note($("#chart"), problem(error, poll)); }
    if (!("status" in error)) throw error;
  } finally {
    timer = setTimeout(poll, wait);
  }
}

function listModels(wanted) {
  options(field.model, [["", "All active models"], ...mine().map((model) => [model.model_id, model.model_id])], wanted ?? mine()[0]?.model_id);
  const active = mine().length;
  $("#sentence").replaceChildren(...(active ? [`${count(active)} active ${active === 1 ? "model predicts" : "models predict"} every closed hour. Each mark stands where its window ends.`] : ["No model of this price is active. ", h("a", { href: "/models" }, "Tick one in step 2"), " and its recent hours are predicted at once."]));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", ({ target }) => {
  if (target.name === "asset") listModels();
  remember({ asset: field.asset.value, model: field.model.value || "all", days: field.days.value, origin: field.origin.value === "replay" ? "replay" : "" });
  seen = "";
  poll();
});
addEventListener("online", poll);
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
setInterval(() => { for (const place of $$("[data-until]")) place.textContent = countdown(place.dataset.until, now()); }, 1000);

async function begin() {
  const known = query();
  let assets;
  try {
    [{ assets }, { models }] = await Promise.all([get("assets"), get("models")]);
  } catch (error) {
    settle();
    alive("Not connected.", true);
    note($("#chart"), problem(error, begin));
    return;
  }
  options(field.asset, assets.map(({ id, pair }) => [id, pair]), known.asset);
  if (known.days) field.days.value = known.days;
  if (known.origin === "replay") field.origin.value = "replay";
  listModels(known.model === "all" ? "" : known.model);
  poll();
}
begin();
