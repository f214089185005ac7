import assert from "node:assert/strict";
import { test } from "node:test";
import { elementOf, findAll, load } from "./fake_dom.mjs";

const control = (value, more = {}) => ({
	value,
	valueAsNumber: Number(value),
	...more
});
const form = elementOf("#design").elements;
const reset = () =>
	Object.assign(form, {
		asset: control("BTC"),
		mode: control("touch"),
		lookahead: control("24"),
		threshold: control("2"),
		stop: control("1.5"),
		unit: control("pct"),
		window: control("168"),
		fee: control("0.2"),
		from: control("2020-01-01", { min: "2017-08-17", max: "2026-03-04" }),
		to: control("2026-03-04", { min: "2017-08-17", max: "2026-03-04" })
	});
reset();

const { address, definition, fee, limits } = await load("label_form");
const { breakEven, summary } = await load("summary");
const { coveredShares } = await load("label_shading");
const { SNIPPETS } = await load("snippets");

test("percent becomes a fraction without rounding errors", () => {
	reset();
	form.threshold = control("0.07");
	assert.equal(definition().threshold, 0.0007);
	assert.equal(fee(), 0.002);
});

test("a stop loss belongs to the triple barrier alone, and a window to units of volatility", () => {
	reset();
	assert.equal(definition().stop_loss, null);
	assert.equal(definition().volatility_window, null);
	form.mode = control("triple_barrier");
	form.unit = control("sd");
	assert.equal(definition().stop_loss, 1.5);
	assert.equal(definition().threshold, 2);
	assert.equal(definition().volatility_window, 168);
});

test("a range that reaches the end of the data stays open", () => {
	reset();
	assert.deepEqual(limits(), { from: "2020-01-01T00:00:00Z", to: null });
	form.to = control("2025-12-31", { max: "2026-03-04" });
	form.from = control("2017-08-17", { min: "2017-08-17" });
	assert.deepEqual(limits(), { from: null, to: "2026-01-01T00:00:00Z" });
});

test("the address leaves out what is the default", () => {
	reset();
	assert.equal(address().fee, "");
	assert.equal(address().stop, "");
	assert.equal(address().window, "");
	form.fee = control("0.5");
	assert.equal(address().fee, "0.5");
});

test("the break-even precision is never where even every hit loses", () => {
	const payoff = {
		break_even: 0.45,
		fee: 0.002,
		gain: 0.02,
		loss: -0.0162,
		always: 0.001
	};
	assert.equal(breakEven(payoff)[1], "45.0%");
	assert.match(breakEven(payoff)[2], /\+2\.00%.*−1\.62%/);
	assert.equal(breakEven({ ...payoff, break_even: 1.2 })[1], "never");
	assert.equal(breakEven({ ...payoff, break_even: null })[1], "never");
	assert.equal(breakEven({ ...payoff, break_even: -0.1 })[1], "0.0%");
	assert.equal(breakEven({ ...payoff, gain: null })[1], "–");
});

test("the bar of a summary covers all hours", () => {
	const content = summary({
		summary: {
			positives: 30,
			negatives: 60,
			unknown: 10,
			share_positive: 1 / 3,
			independent_events: 4,
			longest_run_hours: 12,
			by_year: { 2024: 0.2, 2025: null },
			warnings: ["Few events."]
		},
		payoff: { break_even: 0.4, fee: 0.002, gain: 0.02, loss: -0.01, always: 0 },
		saved: false
	});
	const widths = findAll(content, "div")
		.find(one => one.attributes.class === "balance")
		.children.map(part => part.style.cssText);
	assert.deepEqual(widths, ["width:30%", "width:60%", "width:10%"]);
	assert.deepEqual(
		findAll(content, "li").map(one => one.textContent),
		["Few events."]
	);
});

test("hours cover the pixel columns they fall into, by their share", () => {
	const hour = 36e5;
	const shares = coveredShares([1, 2, 3, 1], 0, 0, 8 * hour, 8);
	assert.deepEqual([...shares], [0, 1, 1, 0, 0, 0, 1, 0]);
	assert.deepEqual([...coveredShares([1, 2], 0, 0, 8 * hour, 4)], [0.5, 0.5, 0, 0]);
	assert.deepEqual([...coveredShares([0, 100], 0, 0, 8 * hour, 4)], [1, 1, 1, 1]);
});

test("code to read a dataset names the label and the range", () => {
	const label = { label_id: "btc-touch-24h" };
	const address_ = name => `http://localhost/${name}`;
	const lines = (kind, bounds, data) => SNIPPETS[kind].lines(address_, label, bounds, data);
	assert.match(lines("pandas", {})[1], /http:\/\/localhost\/dataset\.csv/);
	assert.equal(lines("shell", {})[1], "ppa dataset btc-touch-24h -o btc-touch-24h.parquet");
	assert.match(lines("shell", { from: "2024-01-01", to: "2025-01-01" })[1], / --from 2024-01-01 --to 2025-01-01$/);
	const data = { bigquery: "project.price_prediction", catalogue: "abc" };
	assert.match(lines("bigquery", { to: "2025-01-01" }, data)[1], /ts < '2025-01-01' AND catalogue_version = 'abc'/);
	assert.match(lines("bigquery", {}, data)[2], /project_id="project"/);
	assert.match(
		lines("train", {}, { fileName: "{label_id}-synthetic" })[1],
		/ ppa train btc-touch-24h-synthetic\.csv --name/
	);
	assert.match(lines("client", { from: "2024-01-01" })[2], /app\.dataset\("btc-touch-24h", since="2024-01-01"\)/);
});
