// Step 3: polls the predictions of the active models and shows them.
import {
	predictions,
	field,
	form,
	HOUR,
	letter,
	predicted,
	newestHour,
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
import { showConsensus } from "./consensus.js";
import { coverageRow } from "./coverage.js";
import { $, clearBusy, empty, h, options, problem, query, replaceQuery, setContent } from "./dom.js";
import { count, iso, pct, price, duration, when } from "./format.js";
import { showQuote, updateClocks } from "./live_quote.js";
import { drawChart } from "./live_chart.js";

const [POLL_MS, HIDDEN_POLL_MS, MAX_POLL_MS] = [15e3, 60e3, 240e3];
const STALE_HOURS = 2.5;
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
	setContent(
		"#coverage",
		...(view.shown.length
			? view.shown.map((id, row) => coverageRow(id, letter(id) ?? "", row, view, predictions))
			: [empty("No model is active.")])
	);
	setContent(
		"#next-outcome",
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

async function update() {
	const parameters = {
		asset: field.asset.value,
		days: field.days.value,
		made: field.made.value,
		rank: field.rank.value,
		models: requested.join(",")
	};
	const own = generation;
	/** @type {{ body: Api.Live, etag: string } | null} */
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
	/** @type {Api.Asset[]} */
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
