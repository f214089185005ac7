import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./fake_dom.mjs";

const state = await load("predictions");
const { stretchesOf } = await load("coverage");

const VIEW = {
	since: "2026-03-04T00:00:00Z",
	close: [100, 101, null, 103],
	models: [{ model_id: "calm", lookahead: 24 }],
	shown: ["calm"],
	answers: {
		calm: {
			hour: [0, 1, 2],
			origin: "bll",
			probability: [0.7, null, 0.2],
			decision: [true, null, false],
			outcome: [1, null, null],
			price: [100, 101, null],
			target: [102, null, null],
			withdrawn: [0],
			gaps: { 1: ["stale", "The row lacks a feature."] }
		}
	},
	reasons: {},
	remedies: {},
	together: []
};

test("a response with only a quote keeps the view", () => {
	assert.equal(
		state.receive({
			quote: { price: 5 },
			pair: "BTC/USD",
			unit: "USD",
			view: null
		}),
		false
	);
	assert.equal(state.quote.price, 5);
	assert.equal(state.view, undefined);
});

test("columns become predictions with their time, origin and reason", () => {
	assert.equal(state.receive({ quote: null, pair: "BTC/USD", unit: "USD", view: VIEW }), true);
	const [first, second, third] = state.predictions;
	assert.equal(first.ts, "2026-03-04T00:00:00Z");
	assert.equal(first.resolvesAt, "2026-03-05T01:00:00Z");
	assert.equal(first.origin, "buffer");
	assert.equal(third.origin, "live");
	assert.deepEqual([first.withdrawn, third.withdrawn], [true, false]);
	assert.deepEqual([second.reason, second.detail], ["stale", "The row lacks a feature."]);
	assert.equal(state.predicted().length, 2);
	assert.equal(state.newestHour(), Date.parse("2026-03-04T03:00:00Z"));
	assert.equal(state.letter("calm"), "A");
});

test("a prediction is a hit, a miss or pending", () => {
	assert.equal(state.resultOf({ decision: true, outcome: 1 }), "hit");
	assert.equal(state.resultOf({ decision: false, outcome: 1 }), "missed");
	assert.equal(state.resultOf({ decision: false, outcome: 0 }), "hit");
	assert.equal(state.resultOf({ decision: true, outcome: null }), "open");
});

test("hours of one kind are one stretch; another reason begins another", () => {
	const reason = (hour, text) => ({ id: "calm", hour, reason: text });
	const made = hour => ({ id: "calm", hour, reason: null, origin: "live" });
	const view = { ...VIEW, close: Array(7).fill(1) };
	const stretches = stretchesOf("calm", view, [
		made(1),
		made(2),
		reason(3, "stale"),
		reason(4, "novel"),
		reason(5, "novel"),
		{ ...made(6), id: "other" }
	]);
	assert.deepEqual(
		stretches.map(({ kind, first, hours }) => [kind, first, hours]),
		[
			["none", 0, 1],
			["live", 1, 2],
			["not", 3, 1],
			["not", 4, 2],
			["none", 6, 1]
		]
	);
});
