import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./fake_dom.mjs";

const f = await load("format");
const { metricFacts } = await load("metrics");

test("a missing value is a dash, and zero is not missing", () => {
	for (const format of [f.count, f.num, f.pct, f.price, f.significant, f.duration, f.when, f.day]) {
		assert.equal(format(null), "–");
		assert.equal(format(undefined), "–");
	}
	assert.equal(f.num(NaN), "–");
	assert.equal(f.count(0), "0");
	assert.equal(f.pct(0), "0.0%");
});

test("negative numbers have a minus sign, not a hyphen", () => {
	assert.equal(f.num(-0.25, 2), "−0.25");
	assert.equal(f.pct(-0.0162, 2), "−1.62%");
	assert.equal(f.signedPct(-0.5), "−50.0%");
	assert.equal(f.signedPct(0.02, 2), "+2.00%");
	assert.equal(f.signedPct(null), "–");
});

test("prices below ten have four decimals", () => {
	assert.equal(f.price(63456.789), "63,456.79");
	assert.equal(f.price(0.12345), "0.1235");
	assert.equal(f.price(9.5), "9.50");
	assert.equal(f.price(63.4567), "63.46");
});

test("durations have the unit that fits", () => {
	assert.equal(f.duration(45), "45 s");
	assert.equal(f.duration(600), "10 min");
	assert.equal(f.duration(7200), "2.0 h");
	assert.equal(f.duration(12 * 3600), "12 h");
	assert.equal(f.duration(47 * 3600), "47 h");
	assert.equal(f.duration(3 * 86400), "3 d");
});

test("sizes are decimal and stop at terabytes", () => {
	assert.equal(f.bytes(0), "0 B");
	assert.equal(f.bytes(999), "999 B");
	assert.equal(f.bytes(1500), "1.5 kB");
	assert.equal(f.bytes(2.5e15), "2500.0 TB");
});

test("a countdown ends as due", () => {
	const now = Date.parse("2026-03-04T10:00:00Z");
	assert.equal(f.countdown("2026-03-05T11:02:03Z", now), "25:02:03");
	assert.equal(f.countdown("2026-03-04T10:00:00Z", now), "due");
});

test("a label is told by mode, look-ahead and threshold", () => {
	const label = {
		mode: "touch",
		lookahead: 24,
		threshold: 0.02,
		stop_loss: null,
		volatility_window: null
	};
	assert.equal(f.labelText(label), "touch, 24 h, 2%");
	assert.equal(
		f.labelText({
			...label,
			mode: "triple_barrier",
			threshold: 1.5,
			stop_loss: 1,
			volatility_window: 168
		}),
		"triple barrier, 24 h, 1.5 σ(168 h) before −1 σ(168 h)"
	);
});

test("a range without ends is all hours, and its end is exclusive", () => {
	assert.equal(f.rangeText({ range_from: null, range_to: null }), "all hours");
	assert.equal(
		f.rangeText({
			range_from: "2024-01-01T00:00:00Z",
			range_to: "2025-01-01T00:00:00Z"
		}),
		"2024-01-01 to 2024-12-31"
	);
	assert.equal(f.rangeText({ range_from: null, range_to: "2025-01-01T00:00:00Z" }), "the beginning to 2024-12-31");
});

test("an interval needs both ends", () => {
	assert.equal(f.interval(0.52, 0.68), "52–68%");
	assert.equal(f.interval(null, 0.68), "–");
});

test("times for plotly.js have no zone", () => {
	assert.equal(f.plotlyTime("2026-03-04T10:00:00Z"), "2026-03-04T10:00:00");
	assert.equal(f.iso(Date.UTC(2026, 2, 4, 10)), "2026-03-04T10:00:00Z");
});

test("metrics keep their order and explain the first ones", () => {
	const facts = metricFacts({
		accuracy: 0.61,
		accuracy_low: 0.55,
		accuracy_high: 0.67,
		n: 900,
		effective_n: 38
	});
	assert.equal(facts.length, 12);
	assert.deepEqual(facts[0], ["Accuracy", "61.0%", "interval 55–67%"]);
	assert.equal(facts[2][2], "of 900 hours");
	assert.equal(metricFacts(null), null);
});
