// The upload of a model: bytes sent, each verdict of the gate, then the model or a Problem.
import { Problem, traced, url } from "./api.js";

const DISCONNECTED =
	"The connection broke off, and the gate goes on without it: look in a minute whether the model is in the table above before you upload it again.";

/**
 * Upload a model. It uses XMLHttpRequest, because fetch does not report how much is sent.
 * @param {FormData} body
 * @param {object} callbacks
 * @param {(loaded: number, total: number) => void} callbacks.onSent
 * @param {(steps: Api.Step[]) => void} callbacks.onSteps
 * @param {(verdict: Api.Verdict) => void} callbacks.onVerdict
 * @returns {Promise<Api.ModelDetails>} rejected with a Problem
 */
export const uploadModel = (body, { onSent, onSteps, onVerdict }) =>
	new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		let read = 0;
		const disconnected = () => reject(new Problem(DISCONNECTED, 0, "connection"));
		/** @type {(problem: { detail: string, status: number, code?: string, verdicts?: Api.Verdict[] }) => void} */
		const fail = ({ detail, status, code, verdicts }) => reject(new Problem(detail, status, code, verdicts));
		/** @type {(line: any) => void} */
		const handle = line => {
			if (line.steps) onSteps(line.steps);
			else if (line.verdict) onVerdict(line.verdict);
			else if (line.problem) fail(line.problem);
			else if (line.result) resolve(line.result);
		};
		const streams = () => (request.getResponseHeader("Content-Type") ?? "").startsWith("application/x-ndjson");
		const readLines = () => {
			const end = request.responseText.lastIndexOf("\n") + 1;
			if (!streams() || end <= read) return;
			for (const line of request.responseText.slice(read, end).trim().split("\n")) handle(JSON.parse(line));
			read = end;
		};
		request.upload.onprogress = ({ loaded, total }) => onSent(loaded, total);
		request.onprogress = readLines;
		request.onerror = disconnected;
		request.onload = () => {
			readLines();
			/** @type {any} */
			let response = null;
			try {
				response = streams() ? null : JSON.parse(request.responseText);
			} catch {
				/* the response is not the app's */
			}
			if (request.status < 400 && response) resolve(response);
			else if (response?.detail) fail(response);
			else if (request.status >= 400) {
				fail({ detail: `The app answered ${request.status} without a reason.`, status: request.status });
			}
			disconnected(); // has no effect after a result or a problem
		};
		request.open("POST", url("models"));
		for (const [name, value] of Object.entries({ Accept: "application/x-ndjson", ...traced({}).headers })) {
			request.setRequestHeader(name, value);
		}
		request.send(body);
	});
