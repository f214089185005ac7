// Requests to the JSON API: they return data, or throw a Problem.
import { encode } from "./dom.js";

/** A failed request. The message is the server's own sentence; status 0 means that no response came. */
export class Problem extends Error {
	/**
	 * @param {string} message
	 * @param {number} status of HTTP
	 * @param {string} [code]
	 * @param {Api.Verdict[]} [verdicts] of the gate
	 */
	constructor(message, status, code, verdicts) {
		super(message);
		this.status = status;
		this.code = code;
		this.verdicts = verdicts;
	}
}

export const UNREACHABLE = "The app does not answer. Check that it is running and that you are connected.";

/**
 * @param {string} path
 * @param {Query} [query]
 */
export const url = (path, query = {}) => {
	const text = encode(query);
	return `/api/v1/${path}${text ? `?${text}` : ""}`;
};

/** @param {string} name */
const metaContent = name =>
	/** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name=${name}]`))?.content;

const serverTime = metaContent("now");
let skew = serverTime ? Date.parse(serverTime) - Date.now() : 0;
/** The server's time in milliseconds. The clock here may be off, and a replayed platform has its own time. */
export const now = () => Date.now() + skew;

const trace = metaContent("trace");
/**
 * Add the page's trace to a request, so that logs link the request to the page.
 * @param {ApiRequest} options
 * @returns {ApiRequest}
 */
export const traced = options =>
	trace ? { ...options, headers: { ...options.headers, traceparent: `00-${trace}-${trace.slice(16)}-01` } } : options;

/**
 * @param {string} address
 * @param {ApiRequest} options
 * @param {(body: any, response: Response) => any} [read]
 * @returns {Promise<any>} null where nothing has changed
 */
async function call(address, options, read = body => body) {
	let response;
	try {
		response = await fetch(address, traced(options));
	} catch (error) {
		if (error.name === "AbortError") throw error;
		throw new Problem(UNREACHABLE, 0, "connection");
	}
	if (response.status === 304) return null;
	const body = await response.json().catch(() => null);
	if (body?.now) skew = Date.parse(body.now) - Date.now();
	if (response.ok && body) return read(body, response);
	throw problemOf(response, body);
}

/**
 * @param {Response} response
 * @param {any} body
 */
const problemOf = (response, body) =>
	new Problem(
		body?.detail ?? `The app answered ${response.status} without a reason.`,
		response.status,
		body?.code,
		body?.verdicts
	);

/**
 * @param {string} path
 * @param {Query} [query]
 * @param {AbortSignal} [signal]
 */
export const get = (path, query, signal) => call(url(path, query), { signal, headers: { Accept: "application/json" } });

/**
 * Get a resource if it has changed since `etag`.
 * @param {string} path
 * @param {Query} query
 * @param {string} etag
 * @returns {Promise<{ body: any, etag: string } | null>} null where nothing has changed
 */
export const getIfChanged = (path, query, etag) =>
	call(
		url(path, query),
		{ cache: "no-store", headers: { Accept: "application/json", "If-None-Match": etag } },
		(body, response) => ({ body, etag: response.headers.get("ETag") ?? "" })
	);

/**
 * @param {string} method
 * @param {unknown} body
 * @returns {ApiRequest}
 */
const requestOptions = (method, body) =>
	body === undefined || body instanceof FormData || body instanceof Blob
		? { method, body }
		: { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] sent as JSON, unless it is a form or a file
 */
export const send = (method, path, body) => call(url(path), requestOptions(method, body));

/**
 * Send a request whose response is a stream of JSON lines, and return the final result.
 * @param {string} method
 * @param {string} path
 * @param {(progress: Api.Progress) => void} onStage called with each progress line
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function stream(method, path, onStage, body) {
	const disconnected = () =>
		new Problem("The app broke off. What was done so far is kept: try again.", 0, "connection");
	const response = await fetch(url(path), requestOptions(method, body)).catch(() => {
		throw disconnected();
	});
	if (!response.ok) throw problemOf(response, await response.json().catch(() => null));
	const reader = /** @type {ReadableStream} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
	/** @type {any} */
	let last = {};
	for (let rest = ""; ;) {
		const { value, done } = await reader.read().catch(() => {
			throw disconnected();
		});
		const lines = (rest + (value ?? "")).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) {
			last = JSON.parse(line);
			if (last.problem) throw new Problem(last.problem.detail, last.problem.status, last.problem.code);
			if (last.stage) onStage(last);
		}
		if (last.result) return last.result;
		if (done) throw disconnected();
	}
}

/** @type {Record<string, Promise<any>>} */
const pending = {};
/**
 * Get a path once per page; later calls share the first response. A failure is not kept.
 * @param {string} path
 * @returns {Promise<any>}
 */
export const getOnce = path =>
	(pending[path] ??= get(path).catch(error => {
		delete pending[path];
		throw error;
	}));
