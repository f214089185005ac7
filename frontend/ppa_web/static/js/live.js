// Step 3: polls the predictions of the active models and shows them.
import {
	predictions,
	field,
	form,
	HOUR,
	letter,
	predicted,
	newestHour,
	pair,
	quote,
	decisionMark,
	receive,
	view
} from "./predictions.js";
import {
	NO_PREDICTION_COLUMNS,
	remaining,
	PENDING_COLUMNS,
	showTable,
	LEADERBOARD_COLUMNS
} from "./prediction_tables.js";
import { getIfChanged, get, now } from "./api.js";
import { note } from "./chart.js";
import { coverageRow } from "./coverage.js";
import { $, $$, empty, h, options, problem, query, replaceQuery, clearBusy } from "./dom.js";
import { count, countdown, iso, num, pct, price, labelText, duration, when } from "./format.js";
import { drawChart } from "./live_chart.js";

const [POLL_MS, HIDDEN_POLL_MS, MAX_POLL_MS] = [15e3, 60e3, 240e3];
const STALE_HOURS = 2.5;
const MAX_PRICE_AGE = 300; // seconds
const pulse = $("#pulse");
const RANKS = {
	lower: "accuracy, lower end",
	accuracy: "accuracy",
	lift: "lift over the better rule",
	auc: "ROC AUC",
	brier: "Brier score",
	profit: "profit after fees"
};
let [etag, versionToken, wait] = ["", "", POLL_MS];
/** @type {number | null} */
let lastUpdate = null;
/** @type {any} */
let timer;
/** @type {string[]} */
let requested = [];
let generation = 0;

function showConsensus() {
	const element = $("#consensus");
	element.setAttribute("aria-busy", "false");
	if (!view.together.length) {
		const sameLabel = new Set(view.models.map(one => one.label_id)).size < view.models.length;
		element.replaceChildren(
			h(
				"p",
				{ class: "hint" },
				sameLabel
					? "The active models of a label have answered no live hour together yet."
					: "No two active models share a label, so that there is nothing to agree on."
			)
		);
		return;
	}
	element.replaceChildren(
		...view.together
			.slice(0, 3)
			.map(one =>
				h(
					"div",
					{},
					h(
						"p",
						{ class: "vote" },
						h("b", {}, `${one.rises} of ${one.models}`),
						" say ",
						h("span", { class: "up" }, "▲ rise")
					),
					h(
						"div",
						{ class: "balance", role: "img", "aria-label": `${pct(one.share, 0)} say rise` },
						h("i", { class: "rise", style: `flex:${one.rises}` }),
						h("i", { class: "none", style: `flex:${one.models - one.rises}` })
					),
					h(
						"p",
						{ class: "hint" },
						`${one.agree} of ${one.models} agree, mean probability ${pct(one.probability, 0)}, hour ${when(one.ts).slice(11)}. ${labelText(view.models.find(m => m.label_id === one.label_id))}. Not independent: ${one.effective ? `worth about ${num(one.effective, 1)} that are` : "they learned from the same hours"}.`
					)
				)
			)
	);
}

function showPending() {
	const pending = predicted()
		.filter(p => p.outcome === null && Date.parse(p.resolvesAt) > now())
		.sort((a, b) => Date.parse(a.resolvesAt) - Date.parse(b.resolvesAt));
	showTable("#next", pending, "Nothing is open: every prediction made so far has its outcome.", {
		caption: "Next outcomes",
		sort: ["remaining", 1],
		columns: PENDING_COLUMNS
	});
	return pending;
}

function show() {
	const pending = showPending();
	/** @type {any} */
	const element = document.activeElement;
	const focused = element?.name === "overlay" && element.value;
	showTable(
		"#models",
		view.models,
		["No model of this price is active. ", h("a", { href: "/models" }, "Tick one in step 2"), "."],
		{ caption: "Active models, best first", columns: LEADERBOARD_COLUMNS }
	);
	if (focused) $(`[name=overlay][value="${CSS.escape(focused)}"]`)?.focus();
	showTable(
		"#gaps",
		predictions.filter(p => p.reason),
		"None: every hour in this span has its prediction.",
		{ caption: "Hours without a prediction", sort: ["ts", -1], columns: NO_PREDICTION_COLUMNS }
	);
	$("#coverage").setAttribute("aria-busy", "false");
	$("#coverage").replaceChildren(
		...(view.shown.length
			? view.shown.map((id, row) => coverageRow(id, letter(id) ?? "", row, view, predictions))
			: [empty("No model is active.")])
	);
	$("#next-outcome").setAttribute("aria-busy", "false");
	$("#next-outcome").replaceChildren(
		...(pending.length
			? [
					h("p", { class: "big" }, remaining(pending[0])),
					h("p", {}, decisionMark(pending[0]), ` ${pct(pending[0].probability, 0)}, ${pending[0].id}`),
					h("p", { class: "hint" }, `Known at ${when(pending[0].resolvesAt)}, target ${price(pending[0].target)}`)
				]
			: [h("p", { class: "hint" }, "Nothing is open.")])
	);
	showConsensus();
	const active = view.models.length;
	$("#sentence").replaceChildren(
		...(active
			? [
					`${count(active)} active ${active === 1 ? "model predicts" : "models predict"} every closed hour. Each mark stands where its window ends.`
				]
			: [
					"No model of this price is active. ",
					h("a", { href: "/models" }, "Tick one in step 2"),
					" and its recent hours are predicted at once."
				])
	);
	drawChart();
}

/** @type {(text: string, isError?: boolean) => void} */
const setStatus = (text, isError = false) => {
	if (pulse.textContent !== text) pulse.textContent = text;
	pulse.classList.toggle("lost", isError);
};

function showFreshness() {
	const age = (now() - newestHour() - HOUR) / HOUR;
	const hour = when(iso(newestHour()));
	setStatus(
		age > STALE_HOURS
			? `Stale: the newest hour is ${hour}, closed ${duration(Math.floor(age) * 3600)} ago.`
			: `Current to the hour ${hour}.`,
		age > STALE_HOURS
	);
}

function showQuote() {
	const element = $("#quote");
	element.setAttribute("aria-busy", "false");
	document.title = quote ? `${price(quote.price)} ${pair} · Live` : "Live";
	element.replaceChildren(
		...(quote
			? [
					h("p", { class: "big" }, price(quote.price)),
					h("p", {}, `${pair}, `, h("span", { "data-since": quote.ts }), `, ${quote.source}`)
				]
			: [
					h("p", { class: "big" }, price(view.close.findLast(value => value !== null))),
					h("p", {}, `${pair}, last close; no live price yet`)
				])
	);
	updateClocks();
}

function updateClocks() {
	for (const element of $$("[data-until]")) element.textContent = countdown(element.dataset.until, now());
	for (const element of $$("[data-since]")) {
		const age = Math.max(0, (now() - Date.parse(element.dataset.since)) / 1000);
		element.textContent = `${duration(age)} old`;
		element.classList.toggle("old", age > MAX_PRICE_AGE);
	}
}

async function update() {
	const parameters = {
		asset: field.asset.value,
		days: field.days.value,
		made: field.made.value,
		rank: field.rank.value,
		models: requested.join(",")
	};
	const own = generation;
	const change = await getIfChanged("live", { ...parameters, have: versionToken }, etag);
	if (own !== generation) return; // a newer request has been sent
	if (change) {
		({ mark: versionToken } = change.body);
		({ etag } = change);
		if (receive(change.body)) show();
		else showPending();
		showQuote();
	}
	lastUpdate = now();
	showFreshness();
}

async function poll() {
	clearTimeout(timer);
	try {
		await update();
		wait = document.hidden ? HIDDEN_POLL_MS : POLL_MS;
	} catch (error) {
		wait = Math.min(Math.max(wait, POLL_MS) * 2, MAX_POLL_MS);
		const since = lastUpdate ? `last update ${iso(lastUpdate).slice(11, 19)}` : "nothing came yet";
		setStatus(
			`${error.status === 0 ? "Connection lost" : error.message.replace(/\.$/, "")}, ${since}. Next try in ${duration(wait / 1000)}; what is shown may be old.`,
			true
		);
		if (!view) {
			clearBusy();
			note($("#chart"), problem(error, poll));
		}
		if (!("status" in error)) throw error;
	} finally {
		clearTimeout(timer);
		timer = setTimeout(poll, wait);
	}
}

function restart() {
	replaceQuery({
		asset: field.asset.value,
		days: field.days.value,
		made: field.made.value === "live" ? "" : field.made.value,
		rank: field.rank.value === "lower" ? "" : field.rank.value,
		models: requested.join(",")
	});
	[etag, versionToken] = ["", ""];
	generation += 1;
	poll();
}

form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
addEventListener("change", event => {
	/** @type {any} */
	const target = event.target;
	if (target.form !== form) return;
	if (target.name === "overlay") {
		requested = target.checked ? [...view.shown, target.value] : view.shown.filter(id => id !== target.value);
	}
	if (target.name === "asset") requested = [];
	restart();
});
addEventListener("online", poll);
document.addEventListener("visibilitychange", () => {
	if (!document.hidden) poll();
});
setInterval(updateClocks, 1000);

async function start() {
	const state = query();
	/** @type {any[]} */
	let assets;
	try {
		({ assets } = await get("assets"));
	} catch (error) {
		clearBusy();
		setStatus("Not connected.", true);
		note($("#chart"), problem(error, start));
		return;
	}
	options(
		field.asset,
		assets.map(({ id, pair: name }) => [id, name]),
		state.asset
	);
	options(field.rank, Object.entries(RANKS), state.rank);
	if (["2", "7", "30"].includes(state.days ?? "")) field.days.value = state.days;
	if (state.made === "replay") field.made.value = "replay";
	requested = (state.models ?? "").split(",").filter(Boolean);
	poll();
}
start();
