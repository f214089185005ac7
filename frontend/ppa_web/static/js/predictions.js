// The state of the live page: the last response of the API, as predictions, and their text.
import { $, h } from "./dom.js";
import { iso } from "./format.js";

export const HOUR = 36e5;
/** @type {Record<string, string>} */
export const ORIGINS = { l: "live", b: "buffer", r: "replay" };
export const form = $("#view");
export const field = form.elements;
/** The view of the last response that had one. @type {Api.LiveContent} */
export let view;
/** @type {Api.Quote | null} */
export let quote = null;
export let [pair, unit] = ["", ""];
/** @type {Prediction[]} */
export let predictions = [];

/** The letter of a model on the chart. @type {(id: string) => string | undefined} */
export const letter = id => "ABCDEF"[view.shown.indexOf(id)];
/** @type {(p: { decision: boolean | number | null }) => Child} */
export const decisionMark = p =>
	p.decision === null ? "–" : h("span", { class: p.decision ? "up" : "down" }, p.decision ? "▲ rise" : "▼ no rise");
/** @type {(p: Prediction) => "open" | "hit" | "missed"} */
export const resultOf = p => (p.outcome === null ? "open" : Number(p.decision) === p.outcome ? "hit" : "missed");

export const newestHour = () => Date.parse(view.since) + (view.close.length - 1) * HOUR;
export const predicted = () => predictions.filter(p => !p.reason);

/**
 * Turn the columns of each model into predictions, oldest first. `hour` counts from the view's first hour.
 * @param {Api.LiveContent} body
 * @returns {Prediction[]}
 */
function unpack(body) {
	const since = Date.parse(body.since);
	const models = new Map(body.models.map(model => [model.model_id, model]));
	return Object.entries(body.answers).flatMap(([id, columns]) => {
		const withdrawn = new Set(columns.withdrawn);
		return columns.hour.map((hour, at) => {
			const ts = since + hour * HOUR;
			const [reason, detail] = columns.gaps[hour] ?? [null, null];
			return {
				id,
				hour,
				ts: iso(ts),
				resolvesAt: iso(ts + (1 + /** @type {Api.LiveModel} */ (models.get(id)).lookahead) * HOUR),
				origin: ORIGINS[columns.origin[at]],
				probability: columns.probability[at],
				decision: columns.decision[at],
				outcome: columns.outcome[at],
				price: columns.price[at],
				target: columns.target[at],
				withdrawn: withdrawn.has(hour),
				reason,
				detail
			};
		});
	});
}

/**
 * Take a response of the API as the new state.
 * @param {Api.Live} body
 * @returns {boolean} false where it holds only a quote
 */
export function receive(body) {
	({ quote, pair, unit } = body);
	if (!body.view) return false;
	view = body.view;
	predictions = unpack(view);
	return true;
}
