import assert from "node:assert/strict";
import { test } from "node:test";
import { findAll, load } from "./fake_dom.mjs";

const { candles, mergeDetail, pointTable, zoomedRange } = await load("zoom");
const { featureTraces, zScores } = await load("feature_traces");
const { paddedRange } = await load("pricechart");
const { sparkline } = await load("sparkline");
const { whisker } = await load("small_charts");
const { stateOf } = await load("status_charts");

const at = hour => `2026-03-04T${String(hour).padStart(2, "0")}:00:00Z`;
const data = (hours, value) => ({
	pair: "BTC/USD",
	unit: "USD",
	from: at(0),
	to: at(23),
	ts: hours.map(at),
	close: hours.map(() => value),
	features: {
		rsi: { unit: "1", values: hours.map(() => value), age_hours: null }
	}
});

test("a zoom is read from either form of the event, in UTC", () => {
	const range = ["2026-03-04T01:00:00Z", "2026-03-04T02:30:00Z"];
	assert.deepEqual(zoomedRange({ "xaxis.range": ["2026-03-04 01:00", "2026-03-04 02:30"] }), range);
	assert.deepEqual(
		zoomedRange({
			"xaxis.range[0]": "2026-03-04 01:00",
			"xaxis.range[1]": "2026-03-04 02:30"
		}),
		range
	);
	assert.equal(zoomedRange({ "yaxis.range": [0, 1] }), null);
});

test("fine points replace the coarse ones that they cover", () => {
	const merged = mergeDetail(data([0, 4, 8, 12], 1), data([4, 5, 6, 7, 8], 2));
	assert.deepEqual(merged.ts, [0, 4, 5, 6, 7, 8, 12].map(at));
	assert.deepEqual(merged.close, [1, 2, 2, 2, 2, 2, 1]);
	assert.deepEqual(merged.features.rsi.values, merged.close);
	assert.equal(merged.features.rsi.age_hours, null);
});

test("fine points after the last coarse one are appended", () => {
	assert.deepEqual(mergeDetail(data([0, 4], 1), data([2, 9], 2)).ts, [0, 2, 9].map(at));
});

test("the line gives way where there are candles", () => {
	const line = { x: ["2026-03-04T00:00:00", "2026-03-04T01:00:00"], y: [5, 6] };
	const bars = { ts: [at(1)], open: [5], high: [7], low: [4], close: [6] };
	const [rest, bar] = candles(line, bars, "USD", {
		up: "blue",
		down: "orange"
	});
	assert.deepEqual(rest.y, [5, null]);
	assert.deepEqual(bar.x, ["2026-03-04T01:00:00"]);
	assert.equal(bar.increasing.fillcolor, "blue");
});

test("the table of a chart has a column for each feature", () => {
	const { columns, rows } = pointTable(data([0, 1], 3));
	assert.deepEqual(
		columns.map(({ key }) => key),
		["ts", "close", "rsi"]
	);
	assert.deepEqual(rows[1], { ts: at(1), close: 3, rsi: 3 });
});

test("z-scores have mean 0 and deviation 1, and nulls stay", () => {
	assert.deepEqual(zScores([1, null, 3]), [-1, null, 1]);
	assert.deepEqual(zScores([5, 5]), [0, 0]);
});

test("panels share the height without touching", () => {
	const c = { m2: "a", m3: "b" };
	const one = { unit: "1", values: [1, 2] };
	const { axes, traces } = featureTraces({ a: one, b: one }, { c, x: [], share: 0.4, rangeInView: () => [0, 1] });
	const [top, bottom] = [axes.yaxis2.domain, axes.yaxis3.domain];
	assert.ok(top[0] > bottom[1] && bottom[0] > 0 && top[1] < 0.4);
	assert.deepEqual(
		traces.map(({ yaxis }) => yaxis),
		["y2", "y3"]
	);
	const overlay = featureTraces({ a: one }, { c, x: [], overlay: true, rangeInView: () => null });
	assert.equal(overlay.axes.yaxis2.overlaying, "y");
	assert.deepEqual(overlay.traces[0].y, [-1, 1]);
});

test("an axis has room around its values, even around a single one", () => {
	assert.deepEqual(paddedRange([0, null, 100]), [-6, 106]);
	assert.deepEqual(paddedRange([50, 50]), [47, 53]);
	const [low, high] = paddedRange([null]);
	assert.ok(low < 0 && high > 1);
});

test("a gap in a sparkline lifts the pen", () => {
	const [path] = findAll(sparkline([0, 1, null, 1], 30), "path");
	assert.equal(path.attributes.d, "M0.0 96.0L10.0 4.0M30.0 4.0");
});

test("a whisker without an interval has no bar", () => {
	const lines = metrics => findAll(whisker(metrics), "line").map(one => one.attributes.class);
	const metrics = {
		accuracy: 0.6,
		accuracy_low: 0.5,
		accuracy_high: 0.7,
		base_rate: 0.55
	};
	assert.deepEqual(lines(metrics), ["axis", "", "base"]);
	assert.deepEqual(lines({ ...metrics, accuracy_low: null, accuracy_high: null }), ["axis", "base"]);
});

test("the state of an hour is the gravest one", () => {
	assert.equal(stateOf({ owed: 2, live: 1, buffer: 0, without: 0 }), "missing");
	assert.equal(stateOf({ owed: 2, live: 1, buffer: 0, without: 1 }), "without");
	assert.equal(stateOf({ owed: 0, live: 0, buffer: 0, without: 0 }), "idle");
	assert.equal(stateOf({ owed: 3, live: 1, buffer: 2, without: 0 }), "buffer");
	assert.equal(stateOf({ owed: 2, live: 2, buffer: 0, without: 0 }), "live");
});
