// Step 3: asks again and again what the active models say, and shows it.
import { answers, field, form, HOUR, letter, made, newest, pair, quote, said, take, view } from "./answers.js";
import { GAPS, left, NEXT, put, RANKED } from "./answertables.js";
import { changed, get, now } from "./api.js";
import { note } from "./chart.js";
import { strip } from "./coverage.js";
import { $, $$, empty, h, options, problem, query, remember, settle } from "./dom.js";
import { count, countdown, iso, num, pct, price, rule, span, when } from "./format.js";
import { draw } from "./live_chart.js";

const [EVERY, HIDDEN, SLOWEST] = [15e3, 60e3, 240e3];
const STALE_HOURS = 2.5;
const STALE_PRICE = 300; // seconds
const pulse = $("#pulse");
const RANKS = {
	lower: "accuracy, lower end",
	accuracy: "accuracy",
	lift: "lift over the better rule",
	auc: "ROC AUC",
	brier: "Brier score",
	profit: "profit after fees"
};
let [tag, have, last, wait, timer, wanted] = ["", "", null, EVERY, null, []];
let turn = 0;

function together() {
	const place = $("#together");
	place.setAttribute("aria-busy", "false");
	if (!view.together.length) {
		const share = new Set(view.models.map(one => one.label_id)).size < view.models.length;
		place.replaceChildren(
			h(
				"p",
				{ class: "hint" },
				share
					? "The active models of a label have answered no live hour together yet."
					: "No two active models share a label, so that there is nothing to agree on."
			)
		);
		return;
	}
	place.replaceChildren(
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
						`${one.agree} of ${one.models} agree, mean probability ${pct(one.probability, 0)}, hour ${when(one.ts).slice(11)}. ${rule(view.models.find(m => m.label_id === one.label_id))}. Not independent: ${one.effective ? `worth about ${num(one.effective, 1)} that are` : "they learned from the same hours"}.`
					)
				)
			)
	);
}

function next() {
	const open = made()
		.filter(p => p.outcome === null && Date.parse(p.matures) > now())
		.sort((a, b) => Date.parse(a.matures) - Date.parse(b.matures));
	put("#next", open, "Nothing is open: every prediction made so far has its outcome.", {
		caption: "Next outcomes",
		sort: ["left", 1],
		columns: NEXT
	});
	return open;
}

function show() {
	const open = next();
	const focused = document.activeElement?.name === "overlay" && document.activeElement.value;
	put(
		"#models",
		view.models,
		["No model of this price is active. ", h("a", { href: "/models" }, "Tick one in step 2"), "."],
		{ caption: "Active models, best first", columns: RANKED }
	);
	if (focused) $(`[name=overlay][value="${CSS.escape(focused)}"]`)?.focus();
	put(
		"#gaps",
		answers.filter(p => p.reason),
		"None: every hour in this span has its prediction.",
		{ caption: "Hours without a prediction", sort: ["ts", -1], columns: GAPS }
	);
	$("#coverage").setAttribute("aria-busy", "false");
	$("#coverage").replaceChildren(
		...(view.shown.length
			? view.shown.map((id, row) => strip(id, letter(id), row, view, answers))
			: [empty("No model is active.")])
	);
	$("#soon").setAttribute("aria-busy", "false");
	$("#soon").replaceChildren(
		...(open.length
			? [
					h("p", { class: "big" }, left(open[0])),
					h("p", {}, said(open[0]), ` ${pct(open[0].probability, 0)}, ${open[0].id}`),
					h("p", { class: "hint" }, `Known at ${when(open[0].matures)}, target ${price(open[0].target)}`)
				]
			: [h("p", { class: "hint" }, "Nothing is open.")])
	);
	together();
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
	draw();
}

const alive = (text, lost = false) => {
	if (pulse.textContent !== text) pulse.textContent = text;
	pulse.classList.toggle("lost", lost);
};

function shout() {
	const age = (now() - newest() - HOUR) / HOUR;
	const hour = when(iso(newest()));
	alive(
		age > STALE_HOURS
			? `Stale: the newest hour is ${hour}, closed ${span(Math.floor(age) * 3600)} ago.`
			: `Current to the hour ${hour}.`,
		age > STALE_HOURS
	);
}

function tellPrice() {
	const place = $("#quote");
	place.setAttribute("aria-busy", "false");
	document.title = quote ? `${price(quote.price)} ${pair} · Live` : "Live";
	place.replaceChildren(
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
	const asked = {
		asset: field.asset.value,
		days: field.days.value,
		made: field.made.value,
		rank: field.rank.value,
		models: wanted.join(",")
	};
	const mine = turn;
	const found = await changed("live", { ...asked, have }, tag);
	if (mine !== turn) return; // something else has been asked for meanwhile
	if (found) {
		({ mark: have } = found.body);
		({ tag } = found);
		if (take(found.body)) show();
		else next();
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
		alive(
			`${error.status === 0 ? "Connection lost" : error.message.replace(/\.$/, "")}, ${seen}. Next try in ${span(wait / 1000)}; what is shown may be old.`,
			true
		);
		if (!view) {
			settle();
			note($("#chart"), problem(error, poll));
		}
		if (!("status" in error)) throw error;
	} finally {
		clearTimeout(timer);
		timer = setTimeout(poll, wait);
	}
}

function afresh() {
	remember({
		asset: field.asset.value,
		days: field.days.value,
		made: field.made.value === "live" ? "" : field.made.value,
		rank: field.rank.value === "lower" ? "" : field.rank.value,
		models: wanted.join(",")
	});
	[tag, have] = ["", ""];
	turn += 1;
	poll();
}

form.addEventListener("submit", event => event.preventDefault());
addEventListener("change", ({ target }) => {
	if (target.form !== form) return;
	if (target.name === "overlay")
		wanted = target.checked ? [...view.shown, target.value] : view.shown.filter(id => id !== target.value);
	if (target.name === "asset") wanted = [];
	afresh();
});
addEventListener("online", poll);
document.addEventListener("visibilitychange", () => {
	if (!document.hidden) poll();
});
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
	options(
		field.asset,
		assets.map(({ id, pair: name }) => [id, name]),
		known.asset
	);
	options(field.rank, Object.entries(RANKS), known.rank);
	if (["2", "7", "30"].includes(known.days)) field.days.value = known.days;
	if (known.made === "replay") field.made.value = "replay";
	wanted = (known.models ?? "").split(",").filter(Boolean);
	poll();
}
begin();
