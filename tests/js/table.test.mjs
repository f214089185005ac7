import assert from "node:assert/strict";
import { test } from "node:test";
import { findAll, load } from "./fake_dom.mjs";

const { numberColumn, sortRows, table } = await load("table");

const ROWS = [
	{ name: "model-10", score: 0.5 },
	{ name: "model-2", score: null },
	{ name: "model-1", score: -0.25 }
];
const NAME = { key: "name", label: "Name" };
const SCORE = numberColumn("score", "Score", value => (value === null ? "–" : value.toFixed(1)));
const names = rows => rows.map(({ name }) => name);
const shown = element => findAll(findAll(element, "tbody"), "th").map(cell => cell.textContent);

test("texts are sorted with their numbers", () => {
	assert.deepEqual(names(sortRows(ROWS, NAME, 1)), ["model-1", "model-2", "model-10"]);
	assert.deepEqual(names(sortRows(ROWS, NAME, -1)), ["model-10", "model-2", "model-1"]);
});

test("missing values come last in either direction", () => {
	assert.deepEqual(names(sortRows(ROWS, SCORE, 1)), ["model-1", "model-10", "model-2"]);
	assert.deepEqual(names(sortRows(ROWS, SCORE, -1)), ["model-10", "model-1", "model-2"]);
});

test("without a column the order stays, and the rows are never changed", () => {
	assert.equal(sortRows(ROWS, undefined, 1), ROWS);
	sortRows(ROWS, NAME, 1);
	assert.deepEqual(names(ROWS), ["model-10", "model-2", "model-1"]);
});

test("a click on a head sorts, a second click sorts the other way", () => {
	const element = table({
		caption: "Models",
		columns: [NAME, SCORE],
		rows: ROWS
	});
	assert.deepEqual(shown(element), ["model-10", "model-2", "model-1"]);
	const [byName, byScore] = findAll(findAll(element, "thead"), "button");
	byScore.click(); // numbers begin with the highest
	assert.deepEqual(shown(element), ["model-10", "model-1", "model-2"]);
	assert.equal(byScore.parent.attributes["aria-sort"], "descending");
	byName.click();
	assert.deepEqual(shown(element), ["model-1", "model-2", "model-10"]);
	assert.equal(byScore.parent.attributes["aria-sort"], undefined);
	byName.click();
	assert.deepEqual(shown(element), ["model-10", "model-2", "model-1"]);
});

test("new rows keep the order", () => {
	const element = table({
		caption: "Models",
		columns: [NAME, SCORE],
		rows: ROWS,
		sort: ["name", 1]
	});
	element.update([...ROWS, { name: "model-0", score: 1 }]);
	assert.deepEqual(shown(element), ["model-0", "model-1", "model-2", "model-10"]);
});

test("a table that the server sorts asks it, and shows its rows as they come", () => {
	const asked = [];
	const element = table({
		caption: "Results",
		columns: [NAME, SCORE],
		rows: ROWS,
		sort: ["name", -1],
		onSort: (...order) => asked.push(order)
	});
	findAll(findAll(element, "thead"), "button")[0].click();
	assert.deepEqual(asked, [["name", 1]]);
	assert.deepEqual(shown(element), names(ROWS));
});

test("a cell has its class, and a value without text is a dash", () => {
	const element = table({
		caption: "Models",
		columns: [NAME, SCORE, { key: "gone", label: "Gone" }],
		rows: ROWS.slice(0, 1),
		rowClass: row => (row.score > 0 ? "good" : null)
	});
	const [row] = findAll(findAll(element, "tbody"), "tr");
	assert.equal(row.attributes.class, "good");
	assert.deepEqual(
		row.children.map(cell => [cell.textContent, cell.attributes.class]),
		[
			["model-10", undefined],
			["0.5", "n"],
			["–", undefined]
		]
	);
});
