// An upload on its way through the gate: how much is sent, each verdict as it comes, the model or the problem at its end.
import { Problem, traced, url } from "./api.js";

const LOST =
	"The connection broke off, and the gate goes on without it: look in a minute whether the model is in the table above before you upload it again.";

// XMLHttpRequest, since fetch does not tell how much of an upload is sent; an answer that is no stream is taken as a whole.
export const through = (body, { sent, steps, verdict }) =>
	new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		let read = 0;
		const lost = () => reject(new Problem(LOST, 0, "connection"));
		const refuse = ({ detail, status, code, verdicts }) => reject(new Problem(detail, status, code, verdicts));
		const hear = line => {
			if (line.steps) steps(line.steps);
			else if (line.verdict) verdict(line.verdict);
			else if (line.problem) refuse(line.problem);
			else if (line.result) resolve(line.result);
		};
		const streams = () => (request.getResponseHeader("Content-Type") ?? "").startsWith("application/x-ndjson");
		const listen = () => {
			const end = request.responseText.lastIndexOf("\n") + 1;
			if (!streams() || end <= read) return;
			for (const line of request.responseText.slice(read, end).trim().split("\n")) hear(JSON.parse(line));
			read = end;
		};
		request.upload.onprogress = ({ loaded, total }) => sent(loaded, total);
		request.onprogress = listen;
		request.onerror = lost;
		request.onload = () => {
			listen();
			let whole = null;
			try {
				whole = streams() ? null : JSON.parse(request.responseText);
			} catch {
				/* no answer of the app's */
			}
			if (request.status < 400 && whole) resolve(whole);
			else if (whole?.detail) refuse(whole);
			else if (request.status >= 400)
				refuse({ detail: `The app answered ${request.status} without a reason.`, status: request.status });
			lost(); // where neither result nor problem was told
		};
		request.open("POST", url("models"));
		for (const [name, value] of Object.entries({ Accept: "application/x-ndjson", ...traced({}).headers }))
			request.setRequestHeader(name, value);
		request.send(body);
	});
