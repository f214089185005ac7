import assert from "node:assert/strict";
import { test } from "node:test";
import { findAll, load } from "./fake_dom.mjs";

const { hourOf, parseMetrics, splitWords } = await load("upload_fields");
const { verdictList, verdictProgress } = await load("verdicts");
const { search } = await load("features");

test("metrics are read from lines, commas, equals signs and colons", () => {
	assert.deepEqual(parseMetrics("accuracy = 0.61\nroc_auc: 0.58, brier=0.2\n\n"), {
		accuracy: 0.61,
		roc_auc: 0.58,
		brier: 0.2
	});
	assert.ok(Number.isNaN(parseMetrics("accuracy = high").accuracy));
	assert.deepEqual(parseMetrics(""), {});
});

test("tags are split at spaces and commas", () => {
	assert.deepEqual(splitWords(" boosting, weekly  new "), ["boosting", "weekly", "new"]);
});

test("a date takes the hour of the metadata file while it is the same date", () => {
	assert.equal(hourOf("2025-06-01T07:00:00Z", "2025-06-01", "00"), "2025-06-01T07:00:00Z");
	assert.equal(hourOf("2025-06-01T07:00:00Z", "2025-06-02", "23"), "2025-06-02T23:00:00Z");
	assert.equal(hourOf(undefined, "2025-06-02", "00"), "2025-06-02T00:00:00Z");
});

const STEPS = [{ title: "Archive" }, { title: "State" }, { title: "Score" }];
const classes = list => list.children.map(one => one.attributes.class);

test("verdicts fill in one by one, and name the next step", () => {
	const progress = verdictProgress(STEPS);
	const [bar, list] = progress.parts;
	assert.deepEqual(classes(list), ["step-now", "step-waiting", "step-waiting"]);
	assert.equal(progress.add({ title: "Archive", outcome: "passed" }), "1 of 3: Archive passed. Now: State…");
	assert.deepEqual(classes(list), ["step-passed", "step-now", "step-waiting"]);
	assert.equal(bar.value, 1);
});

test("a failure has no next step, and the rest of the list goes", () => {
	const progress = verdictProgress(STEPS);
	progress.add({ title: "Archive", outcome: "warned" });
	assert.equal(progress.add({ title: "State", outcome: "failed" }), "2 of 3: State failed.");
	progress.end();
	assert.deepEqual(classes(progress.parts[1]), ["step-warned", "step-failed"]);
});

test("a verdict shows its sentence and its remedy", () => {
	const list = verdictList([
		{
			title: "State",
			outcome: "failed",
			sentence: "It has NaN.",
			remedy: "Train again."
		}
	]);
	assert.deepEqual(
		findAll(list, "p").map(one => one.textContent),
		["It has NaN.", "Train again."]
	);
	assert.equal(findAll(list, "b")[0].textContent, "✕");
});

test("a search needs every word, in any field and case", () => {
	const feature = (name, group, sources) => ({
		name,
		group,
		sources,
		description: "",
		unit: "1"
	});
	const features = [feature("btc_rsi_14", "momentum", []), feature("cpi_yoy", "macro", ["FRED"])];
	const names = words => search(features, words).map(({ name }) => name);
	assert.deepEqual(names("fred CPI"), ["cpi_yoy"]);
	assert.deepEqual(names(""), ["btc_rsi_14", "cpi_yoy"]);
	assert.deepEqual(names("fred rsi"), []);
});

const { readBundle } = await load("bundle");

/** A zip archive of members stored as they are, local headers only. */
function stored(members, method = 0) {
	const parts = Object.entries(members).map(([name, text]) => {
		const [title, data] = [new TextEncoder().encode(name), new TextEncoder().encode(text)];
		const header = new DataView(new ArrayBuffer(30));
		header.setUint32(0, 0x04034b50, true);
		header.setUint16(8, method, true);
		header.setUint32(18, data.length, true);
		header.setUint16(26, title.length, true);
		return [...new Uint8Array(header.buffer), ...title, ...data];
	});
	return new Uint8Array(parts.flat()).buffer;
}

test("a bundle gives its metadata and its manifest", () => {
	const members = { "model.skops": "m", "metadata.json": '{"name":"a"}' };
	assert.deepEqual(readBundle(stored(members)), { metadata: '{"name":"a"}', manifest: "" });
	const whole = { ...members, "manifest.json": "{}" };
	assert.deepEqual(readBundle(stored(whole)), { metadata: '{"name":"a"}', manifest: "{}" });
});

test("other files are no bundles", () => {
	assert.equal(readBundle(new ArrayBuffer(0)), null);
	assert.equal(readBundle(stored({ "schema.json": "{}" })), null);
	assert.equal(readBundle(stored({ "model.skops": "m", "metadata.json": "{}" }, 8)), null);
	assert.equal(readBundle(stored({ "model.skops": "m", "metadata.json": "{}" }).slice(0, 40)), null);
});
