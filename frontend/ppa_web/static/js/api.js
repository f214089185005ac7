// The JSON API: data, or a Problem whose message is the server's own sentence.
export class Problem extends Error {
	constructor(message, status, code, verdicts) {
		super(message);
		Object.assign(this, { status, code, verdicts });
	}
}

export const SILENT = "The app does not answer. Check that it is running and that you are connected.";

export const url = (path, query = {}) => {
	const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
	const text = new URLSearchParams(kept).toString();
	return `/api/v1/${path}${text ? `?${text}` : ""}`;
};

const made = document.querySelector("meta[name=now]")?.content;
let skew = made ? Date.parse(made) - Date.now() : 0;
// The server's time: this machine's clock may be off, and a replayed platform has its own.
export const now = () => Date.now() + skew;

// What a page asks belongs to the page's own trace, so that logs tell what it led to.
const trace = document.querySelector("meta[name=trace]")?.content;
export const traced = options =>
	trace ? { ...options, headers: { ...options.headers, traceparent: `00-${trace}-${trace.slice(16)}-01` } } : options;

async function call(address, options, told = body => body) {
	let answer;
	try {
		answer = await fetch(address, traced(options));
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new Problem(SILENT, 0, "connection");
	}
	if (answer.status === 304) return null;
	const body = await answer.json().catch(() => null);
	if (body?.now) skew = Date.parse(body.now) - Date.now();
	if (answer.ok && body) return told(body, answer);
	throw refused(answer, body);
}

const refused = (answer, body) =>
	new Problem(
		body?.detail ?? `The app answered ${answer.status} without a reason.`,
		answer.status,
		body?.code,
		body?.verdicts
	);

export const get = (path, query, signal) => call(url(path, query), { signal, headers: { Accept: "application/json" } });

// What changed since `tag` was told: the body with its new tag, or null.
export const changed = (path, query, tag) =>
	call(
		url(path, query),
		{ cache: "no-store", headers: { Accept: "application/json", "If-None-Match": tag } },
		(body, answer) => ({ body, tag: answer.headers.get("ETag") })
	);

const asked = (method, body) =>
	body === undefined || body instanceof FormData
		? { method, body }
		: { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
export const send = (method, path, body) => call(url(path), asked(method, body));

// Work that tells how far it is, as lines of JSON: `told` hears of each step; the result, or the problem it ended in.
export async function stream(method, path, told, body) {
	const lost = () => new Problem("The app broke off. What was done so far is kept: try again.", 0, "connection");
	const answer = await fetch(url(path), asked(method, body)).catch(() => {
		throw lost();
	});
	if (!answer.ok) throw refused(answer, await answer.json().catch(() => null));
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	for (let rest = "", last = {}; ;) {
		const { value, done } = await reader.read().catch(() => {
			throw lost();
		});
		const lines = (rest + (value ?? "")).split("\n");
		rest = lines.pop();
		for (const line of lines) {
			last = JSON.parse(line);
			if (last.problem) throw new Problem(last.problem.detail, last.problem.status, last.problem.code);
			if (last.stage) told(last);
		}
		if (last.result) return last.result;
		if (done) throw lost();
	}
}

const shared = {};
// One request a page for what several parts of it want.
export const once = path =>
	(shared[path] ??= get(path).catch(error => {
		delete shared[path];
		throw error;
	}));
