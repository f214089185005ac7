import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeElement, load } from "./fake_dom.mjs";

const { debounce, encode, fill, h, query, replaceQuery } = await load("dom");
const { get, getIfChanged, getOnce, Problem, send, stream, url } = await load("api");

const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const answering = answer => {
	const requests = [];
	globalThis.fetch = async (address, options) => {
		requests.push({ address, ...options });
		return answer();
	};
	return requests;
};

test("empty values are left out of an address", () => {
	assert.equal(encode({ a: 1, b: "", c: null, d: undefined, e: false, f: "x y" }), "a=1&e=false&f=x+y");
	assert.equal(url("labels", { archived: "" }), "/api/v1/labels");
	assert.equal(url("chart", { asset: "BTC" }), "/api/v1/chart?asset=BTC");
});

test("the state in the address can be read, and commas stay legible", () => {
	replaceQuery({ models: "a,b", window: "" });
	assert.equal(globalThis.location.last, "?models=a,b");
	replaceQuery({});
	assert.equal(globalThis.location.last, "/configure");
	globalThis.location.search = "?models=a,b&origin=live";
	assert.deepEqual(query(), { models: "a,b", origin: "live" });
});

test("an element leaves out null, undefined and false, but not zero", () => {
	const element = h(
		"p",
		{ id: "x", hidden: false, title: null, checked: true },
		"a",
		null,
		[0, [undefined, "b"]],
		false
	);
	assert.deepEqual(element.attributes, { id: "x", checked: "" });
	assert.equal(element.textContent, "a0b");
});

test("a failed request is a problem with the server's sentence", async () => {
	answering(() => json({ detail: "No such label.", code: "not_found" }, 404));
	await assert.rejects(get("labels/x"), error => {
		assert.ok(error instanceof Problem);
		assert.deepEqual([error.message, error.status, error.code], ["No such label.", 404, "not_found"]);
		return true;
	});
	globalThis.fetch = async () => {
		throw new TypeError("network");
	};
	await assert.rejects(get("labels"), { status: 0, code: "connection" });
});

test("an unchanged resource is null", async () => {
	const requests = answering(() => new Response(null, { status: 304 }));
	assert.equal(await getIfChanged("live", { asset: "BTC" }, "tag-1"), null);
	assert.equal(requests[0].headers["If-None-Match"], "tag-1");
	answering(() => json({ mark: 1 }, 200, { ETag: "tag-2" }));
	assert.deepEqual(await getIfChanged("live", {}, ""), {
		body: { mark: 1 },
		etag: "tag-2"
	});
});

test("a path is requested once, and again after a failure", async () => {
	answering(() => json({ detail: "Later." }, 503));
	await assert.rejects(getOnce("status"));
	const requests = answering(() => json({ rows: 3 }));
	assert.deepEqual(await Promise.all([getOnce("status"), getOnce("status")]), [{ rows: 3 }, { rows: 3 }]);
	assert.equal(requests.length, 1);
});

test("a body is sent as JSON, a form as it is", async () => {
	const requests = answering(() => json({}));
	await send("PUT", "policies/x", { paused: true });
	assert.equal(requests[0].body, '{"paused":true}');
	assert.equal(requests[0].headers["Content-Type"], "application/json");
	const form = new FormData();
	await send("POST", "models", form);
	assert.equal(requests[1].body, form);
});

const lines = (...parts) =>
	new Response(
		new ReadableStream({
			start(controller) {
				for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
				controller.close();
			}
		})
	);

test("a stream reports each stage, even when a line comes in parts", async () => {
	const stages = [];
	answering(() => lines('{"stage": "rows", "st', 'ep": 1}\n{"stage": "rows", "step": 2}\n', '{"result": {"id": 7}}\n'));
	assert.deepEqual(await stream("POST", "x", ({ step }) => stages.push(step)), {
		id: 7
	});
	assert.deepEqual(stages, [1, 2]);
});

test("a stream ends in its problem, or in a lost connection", async () => {
	answering(() => lines('{"problem": {"detail": "Too few rows.", "status": 409, "code": "conflict"}}\n'));
	await assert.rejects(
		stream("POST", "x", () => {}),
		{ message: "Too few rows.", status: 409 }
	);
	answering(() => lines('{"stage": "rows"}\n'));
	await assert.rejects(
		stream("POST", "x", () => {}),
		{ code: "connection" }
	);
});

test("a region is busy while it loads, and shows a failure with a way to try again", async () => {
	const region = new FakeElement("div");
	const loading = fill(
		region,
		async () => "data",
		text => [text, null]
	);
	assert.equal(region.attributes["aria-busy"], "true");
	assert.equal(await loading, "data");
	assert.equal(region.textContent, "data");
	const failing = async () => {
		throw new Problem("It is down.", 503);
	};
	assert.equal(await fill(region, failing, String), null);
	assert.match(region.textContent, /^It is down\.Try again$/);
	assert.equal(region.attributes["aria-busy"], "false");
});

test("calls in quick succession run once, with the last values", () => {
	mock.timers.enable({ apis: ["setTimeout"] });
	const seen = [];
	const work = debounce(value => seen.push(value), 50);
	work(1);
	mock.timers.tick(40);
	work(2);
	mock.timers.tick(49);
	assert.deepEqual(seen, []);
	mock.timers.tick(1);
	assert.deepEqual(seen, [2]);
	mock.timers.reset();
});
