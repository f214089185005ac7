import { changed, get, now } from "./api.js";
import { chart, line, note } from "./chart.js";
import { strip } from "./coverage.js";
import { $, $$, empty, h, options, problem, query, remember, settle } from "./dom.js";
import { count, countdown, iso, num, pct, plain, price, rule, span, when, words } from "./format.js";
import { table } from "./table.js";

const [EVERY, HIDDEN, SLOWEST] = [15e3, 60e3, 240e3];
const HOUR = 36e5;
const STALE_HOURS = 2.5;
const STALE_PRICE = 300; // seconds
const MOST = 6;
const form = $("#view");
const field = form.elements;
const pulse = $("#pulse");
const signed = (value, digits = 1) => (value === null || value === undefined ? "–" : `${value < 0 ? "−" : "+"}${pct(Math.abs(value), digits)}`);
const RANKS = { lower: "accuracy, lower end", accuracy: "accuracy", lift: "lift over the better rule", auc: "ROC AUC", brier: "Brier score", profit: "profit after fees" };
const ORIGINS = { l: "live", b: "buffer", r: "replay" };
let [view, quote, pair, unit] = [null, null, "", ""];
let [tag, have, last, wait, timer, wanted] = ["", "", null, EVERY, null, []];
let answers = [];
let turn = 0;

const letter = (id) => "ABCDEF"[view.shown.indexOf(id)];
const said = (p) => (p.decision === null ? "–" : h("span", { class: p.decision ? "up" : "down" }, p.decision ? "▲ rise" : "▼ no rise"));
const came = (p) => (p.outcome === null ? "open" : +p.decision === p.outcome ? "hit" : "missed");

// Columns become answers, oldest first; `hour` counts from the view's first.
function unpack() {
  const since = Date.parse(view.since);
  const models = new Map(view.models.map((model) => [model.model_id, model]));
  answers = Object.entries(view.answers).flatMap(([id, told]) => told.hour.map((hour, at) => {
    const ts = since + hour * HOUR;
    const [reason, detail] = told.gaps[hour] ?? [null, null];
    return { id, hour, ts: iso(ts), matures: iso(ts + (1 + models.get(id).lookahead) * HOUR), origin: ORIGINS[told.origin[at]], probability: told.probability[at], decision: told.decision[at], outcome: told.outcome[at], price: told.price[at], target: told.target[at], reason, detail };
  }));
}

const newest = () => Date.parse(view.since) + (view.close.length - 1) * HOUR;
const made = () => answers.filter((p) => !p.reason);

// Each origin by itself: buffered predictions never count as live.
const scores = () => Object.values(ORIGINS).map((origin) => [origin, made().filter((p) => p.origin === origin)]).filter(([, own]) => own.length).map(([origin, own]) => {
  const known = own.filter((p) => p.outcome !== null);
  return `${own.length} ${origin} predictions, ${known.filter((p) => came(p) === "hit").length} of ${known.length} with an outcome right.`;
}).join(" ");

// Direction by shape and colour; a hit is full, a miss hollow, what is open pale with a dot.
function marks(id, index, c, step) {
  const own = made().filter((p) => p.id === id);
  const colour = own.map((p) => (p.decision ? c.up : c.down));
  const small = +field.days.value > 7 ? 0.6 : 1;
  return { name: id, x: own.map((p) => plain(p.matures)), y: own.map((p) => (p.decision ? p.target + index * step : p.price - index * step)), mode: "markers",
    customdata: own.map((p) => [when(p.ts), p.probability, `${p.decision ? "rise" : "no rise"}, ${came(p)}`, p.origin]),
    marker: { symbol: own.map((p) => `triangle-${p.decision ? "up" : "down"}${{ hit: "", missed: "-open", open: "-dot" }[came(p)]}`), size: own.map((p) => (p.origin === "buffer" ? 7 : 10) * small), color: colour, opacity: own.map((p) => (p.outcome === null ? 0.55 : 1)),
      line: { width: own.map((p) => (came(p) === "missed" ? 1.5 : index ? 1 : 0)), color: index ? c[`m${index + 1}`] : colour } },
    hovertemplate: `${letter(id)} ${id}<br>%{customdata[2]}, %{customdata[1]:.0%}, %{customdata[3]}<br>hour %{customdata[0]}<extra></extra>` };
}

// What each model said, a row each, where its window ends; blue from one half on.
function bands(c) {
  const lines = view.shown.map((id) => new Map(made().filter((p) => p.id === id).map((p) => [plain(p.matures), p.probability])));
  const x = [...new Set(lines.flatMap((one) => [...one.keys()]))].sort();
  return { type: "heatmap", x, y: view.shown.map(letter), z: lines.map((one) => x.map((at) => one.get(at) ?? null)), yaxis: "y2", zmin: 0, zmax: 1, colorscale: [[0, c.down], [0.5, c.sheet], [1, c.up]], showscale: false, ygap: 3, hoverongaps: false, hovertemplate: "%{y} says %{z:.0%}<extra></extra>" };
}

function draw() {
  const x = view.close.map((_, at) => plain(iso(Date.parse(view.since) + (at + 1) * HOUR)));
  const known = [...view.close, ...made().map((p) => p.target)].filter((value) => value !== null);
  if (!known.length) { note($("#chart"), empty("No bar of this price is stored yet.")); return; }
  const step = (Math.max(...known) - Math.min(...known)) * 0.018;
  const end = Math.max(newest() + HOUR, ...made().map((p) => Date.parse(p.matures)));
  const rows = view.shown.length;
  const floor = 0.05 + 0.05 * Math.max(1, rows);
  chart($("#chart"), {
    title: `${pair}, predictions at their horizon`, units: unit,
    summary: `${scores()} Last close ${price(view.close.findLast((value) => value !== null))} ${unit}.`,
    key: (c) => [...(rows > 1 ? view.shown.map((id, index) => h("span", {}, line(c[`m${index + 1}`]), letter(id))) : []), ...["▲▼ hit", "△▽ missed", "pale: open", made().some((p) => p.origin === "buffer") && "small: buffered", "band: probability, ▼ to ▲"].filter(Boolean).map((text) => h("span", {}, text))],
    build: (c) => ({
      traces: [
        { x, y: view.close, name: "close", mode: "lines", line: { color: c.ink, width: 1.5 }, hovertemplate: `%{y:,.2f} ${unit}<extra></extra>` },
        ...view.shown.map((id, index) => marks(id, index, c, step)),
        bands(c),
      ],
      layout: {
        hovermode: "closest", uirevision: location.search, xaxis: { type: "date", range: [plain(view.since), plain(iso(end + HOUR))], anchor: "y2" }, yaxis: { side: "right", domain: [floor + 0.04, 1], tickformat: ",~g" },
        yaxis2: { side: "right", domain: [0, floor], type: "category", categoryarray: view.shown.map(letter).reverse(), fixedrange: true, showgrid: false },
        shapes: [{ type: "line", x0: plain(iso(now())), x1: plain(iso(now())), yref: "paper", y0: 0, y1: 1, line: { color: c.edge, width: 1, dash: "dot" } }],
      },
    }),
    table: () => ({ columns: ledger, rows: answers }),
  });
}

const ledger = [
  { key: "ts", label: "Hour", cell: (p) => when(p.ts) }, { key: "id", label: "Model" }, { key: "origin", label: "Made" },
  { key: "decision", label: "Said", cell: (p) => (p.reason ? words(p.reason) : said(p)) }, { key: "probability", label: "Probability", numeric: true, cell: (p) => pct(p.probability) },
  { key: "price", label: "Price", numeric: true, cell: (p) => price(p.price) }, { key: "target", label: "Target", numeric: true, cell: (p) => price(p.target) }, { key: "matures", label: "Known at", cell: (p) => when(p.matures) },
];
const left = (p) => h("span", { "data-until": p.matures }, countdown(p.matures, now()));
const away = (p) => (quote && p.target ? p.target / quote.price - 1 : null);
const NEXT = [...ledger, { key: "away", label: "To go", numeric: true, value: away, cell: (p) => signed(away(p), 2) }, { key: "left", label: "Known in", numeric: true, value: (p) => Date.parse(p.matures), cell: left }];
const told = (key, label, of) => ({ key, label, text: true, value: (p) => of()[p.reason], cell: (p) => of()[p.reason] ?? "–" });
const GAPS = [...ledger.slice(0, 2), { key: "reason", label: "Reason", cell: (p) => words(p.reason) }, { key: "detail", label: "What happened", text: true }, told("meaning", "What that means", () => view.reasons), told("remedy", "What to do", () => view.remedies)];
const RANKED = [
  { key: "model_id", label: "Model", cell: (m) => h("label", {}, h("input", { type: "checkbox", name: "overlay", value: m.model_id, form: "view", checked: view.shown.includes(m.model_id), disabled: view.shown.includes(m.model_id) ? view.shown.length === 1 : view.shown.length >= MOST }), h("b", { class: "letter" }, letter(m.model_id) ?? ""), m.model_id) },
  { key: "now", label: "Says now", numeric: true, value: (m) => m.says, cell: (m) => (m.says === null ? "–" : h("span", {}, said({ decision: m.says >= m.decision_threshold }), ` ${pct(m.says, 0)}`)) },
  ...[["accuracy_low", "Lower end"], ["accuracy", "Accuracy"], ["base_rate", "Commoner class"]].map(([key, label]) => ({ key, label, numeric: true, cell: (m) => pct(m[key]) })),
  { key: "lift", label: "Lift", numeric: true, cell: (m) => signed(m.lift) }, { key: "verdict", label: "Verdict", text: true, cell: (m) => h("a", { href: `/performance/${m.model_id}${field.made.value === "live" ? "" : "?origin=replay"}` }, m.verdict) },
  { key: "roc_auc", label: "ROC AUC", numeric: true, cell: (m) => num(m.roc_auc) }, { key: "brier", label: "Brier", numeric: true, cell: (m) => num(m.brier) },
  { key: "profit", label: "After fees", numeric: true, cell: (m) => signed(m.profit) }, { key: "effective_n", label: "Independent", numeric: true, cell: (m) => count(m.effective_n) }, { key: "rule", label: "Label", value: rule, cell: rule },
];

// A table keeps its order and its place while its rows change.
const tables = {};
function put(id, rows, words, made) {
  const place = $(id);
  place.setAttribute("aria-busy", "false");
  if (!rows.length) { delete tables[id]; place.replaceChildren(empty(...[words].flat())); return; }
  if (tables[id]?.isConnected) { tables[id].update(rows); return; }
  tables[id] = table({ ...made, rows });
  place.replaceChildren(tables[id]);
}

function together() {
  const place = $("#together");
  place.setAttribute("aria-busy", "false");
  if (!view.together.length) {
    const share = new Set(view.models.map((one) => one.label_id)).size < view.models.length;
    place.replaceChildren(h("p", { class: "hint" }, share ? "The active models of a label have answered no live hour together yet." : "No two active models share a label, so that there is nothing to agree on."));
    return;
  }
  place.replaceChildren(...view.together.slice(0, 3).map((one) => h("div", {},
    h("p", { class: "vote" }, h("b", {}, `${one.rises} of ${one.models}`), " say ", h("span", { class: "up" }, "▲ rise")),
    h("div", { class: "balance", role: "img", "aria-label": `${pct(one.share, 0)} say rise` }, h("i", { class: "rise", style: `flex:${one.rises}` }), h("i", { class: "none", style: `flex:${one.models - one.rises}` })),
    h("p", { class: "hint" }, `${one.agree} of ${one.models} agree, mean probability ${pct(one.probability, 0)}, hour ${when(one.ts).slice(11)}. ${rule(view.models.find((m) => m.label_id === one.label_id))}. Not independent: ${one.effective ? `worth about ${num(one.effective, 1)} that are` : "they learned from the same hours"}.`))));
}

function next() {
  const open = made().filter((p) => p.outcome === null && Date.parse(p.matures) > now()).sort((a, b) => Date.parse(a.matures) - Date.parse(b.matures));
  put("#next", open, "Nothing is open: every prediction made so far has its outcome.", { caption: "Next outcomes", sort: ["left", 1], columns: NEXT });
  return open;
}

function show() {
  const open = next();
  const focused = document.activeElement?.name === "overlay" && document.activeElement.value;
  put("#models", view.models, ["No model of this price is active. ", h("a", { href: "/models" }, "Tick one in step 2"), "."], { caption: "Active models, best first", columns: RANKED });
  if (focused) $(`[name=overlay][value="${CSS.escape(focused)}"]`)?.focus();
  put("#gaps", answers.filter((p) => p.reason), "None: every hour in this span has its prediction.", { caption: "Hours without a prediction", sort: ["ts", -1], columns: GAPS });
  $("#coverage").setAttribute("aria-busy", "false");
  $("#coverage").replaceChildren(...(view.shown.length ? view.shown.map((id, row) => strip(id, letter(id), row, view, answers)) : [empty("No model is active.")]));
  $("#soon").setAttribute("aria-busy", "false");
  $("#soon").replaceChildren(...(open.length ? [h("p", { class: "big" }, left(open[0])), h("p", {}, said(open[0]), ` ${pct(open[0].probability, 0)}, ${open[0].id}`), h("p", { class: "hint" }, `Known at ${when(open[0].matures)}, target ${price(open[0].target)}`)] : [h("p", { class: "hint" }, "Nothing is open.")]));
  together();
  const active = view.models.length;
  $("#sentence").replaceChildren(...(active ? [`${count(active)} active ${active === 1 ? "model predicts" : "models predict"} every closed hour. Each mark stands where its window ends.`] : ["No model of this price is active. ", h("a", { href: "/models" }, "Tick one in step 2"), " and its recent hours are predicted at once."]));
  draw();
}

const alive = (text, lost = false) => { if (pulse.textContent !== text) pulse.textContent = text; pulse.classList.toggle("lost", lost); };

function shout() {
  const age = (now() - newest() - HOUR) / HOUR;
  const hour = when(iso(newest()));
  alive(age > STALE_HOURS ? `Stale: the newest hour is ${hour}, closed ${span(Math.floor(age) * 3600)} ago.` : `Current to the hour ${hour}.`, age > STALE_HOURS);
}

function tellPrice() {
  const place = $("#quote");
  place.setAttribute("aria-busy", "false");
  document.title = quote ? `${price(quote.price)} ${pair} · Live` : "Live";
  place.replaceChildren(...(quote ? [h("p", { class: "big" }, price(quote.price)), h("p", {}, `${pair}, `, h("span", { "data-since": quote.ts }), `, ${quote.source}`)] : [h("p", { class: "big" }, price(view.close.findLast((value) => value !== null))), h("p", {}, `${pair}, last close; no live price yet`)]));
  tick();
}

function tick() {
  for (const place of $$("[data-until]")) place.textContent = countdown(place.dataset.until, now());
  for (const place of $$("[data-since]")) {
    const age = Math.max(0, (now() - Date.parse(place.dataset.since)) / 1000);
    place.textContent = `${span(age)} old`;
    place.classList.toggle("old", age > STALE_PRICE);
  }
}

async function update() {
  const asked = { asset: field.asset.value, days: field.days.value, made: field.made.value, rank: field.rank.value, models: wanted.join(",") };
  const mine = turn;
  const found = await changed("live", { ...asked, have }, tag);
  if (mine !== turn) return; // something else has been asked for meanwhile
  if (found) {
    ({ body: { quote, pair, unit, mark: have }, tag } = found);
    if (found.body.view) {
      view = found.body.view;
      unpack();
      show();
    } else next();
    tellPrice();
  }
  last = now();
  shout();
}

async function poll() {
  clearTimeout(timer);
  try {
    await update();
    wait = document.hidden ? HIDDEN : EVERY;
  } catch (error) {
    wait = Math.min(Math.max(wait, EVERY) * 2, SLOWEST);
    const seen = last ? `last update ${iso(last).slice(11, 19)}` : "nothing came yet";
    alive(`${error.status === 0 ? "Connection lost" : error.message.replace(/\.$/, "")}, ${seen}. Next try in ${span(wait / 1000)}; what is shown may be old.`, true);
    if (!view) { settle(); note($("#chart"), problem(error, poll)); }
    if (!("status" in error)) throw error;
  } finally {
    clearTimeout(timer);
    timer = setTimeout(poll, wait);
  }
}

function afresh() {
  remember({ asset: field.asset.value, days: field.days.value, made: field.made.value === "live" ? "" : field.made.value, rank: field.rank.value === "lower" ? "" : field.rank.value, models: wanted.join(",") });
  [tag, have] = ["", ""];
  turn += 1;
  poll();
}

form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("change", ({ target }) => {
  if (target.form !== form) return;
  if (target.name === "overlay") wanted = target.checked ? [...view.shown, target.value] : view.shown.filter((id) => id !== target.value);
  if (target.name === "asset") wanted = [];
  afresh();
});
addEventListener("online", poll);
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
setInterval(tick, 1000);

async function begin() {
  const known = query();
  let assets;
  try {
    ({ assets } = await get("assets"));
  } catch (error) {
    settle();
    alive("Not connected.", true);
    note($("#chart"), problem(error, begin));
    return;
  }
  options(field.asset, assets.map(({ id, pair: name }) => [id, name]), known.asset);
  options(field.rank, Object.entries(RANKS), known.rank);
  if (["2", "7", "30"].includes(known.days)) field.days.value = known.days;
  if (known.made === "replay") field.made.value = "replay";
  wanted = (known.models ?? "").split(",").filter(Boolean);
  poll();
}
begin();
