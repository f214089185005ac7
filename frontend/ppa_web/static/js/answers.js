// What the live page shows: the last answer of the API, unpacked, and how it is said.
import { $, h } from "./dom.js";
import { iso } from "./format.js";

export const HOUR = 36e5;
export const ORIGINS = { l: "live", b: "buffer", r: "replay" };
export const form = $("#view");
export const field = form.elements;
export let [view, quote, pair, unit] = [null, null, "", ""];
export let answers = [];

export const letter = id => "ABCDEF"[view.shown.indexOf(id)];
export const said = p =>
	p.decision === null ? "–" : h("span", { class: p.decision ? "up" : "down" }, p.decision ? "▲ rise" : "▼ no rise");
export const came = p => (p.outcome === null ? "open" : +p.decision === p.outcome ? "hit" : "missed");

export const newest = () => Date.parse(view.since) + (view.close.length - 1) * HOUR;
export const made = () => answers.filter(p => !p.reason);

// Columns become answers, oldest first; `hour` counts from the view's first.
function unpack(view) {
	const since = Date.parse(view.since);
	const models = new Map(view.models.map(model => [model.model_id, model]));
	return Object.entries(view.answers).flatMap(([id, told]) =>
		told.hour.map((hour, at) => {
			const ts = since + hour * HOUR;
			const [reason, detail] = told.gaps[hour] ?? [null, null];
			return {
				id,
				hour,
				ts: iso(ts),
				matures: iso(ts + (1 + models.get(id).lookahead) * HOUR),
				origin: ORIGINS[told.origin[at]],
				probability: told.probability[at],
				decision: told.decision[at],
				outcome: told.outcome[at],
				price: told.price[at],
				target: told.target[at],
				reason,
				detail
			};
		})
	);
}

// Takes what the API said; returns whether there is more in it than a price.
export function take(body) {
	({ quote, pair, unit } = body);
	if (!body.view) return false;
	view = body.view;
	answers = unpack(view);
	return true;
}
