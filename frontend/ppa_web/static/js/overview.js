// The start page: the price and the state of each step.
import { get, getOnce } from "./api.js";
import { $, facts, fill, h } from "./dom.js";
import { whisker } from "./small_charts.js";
import { count, day, iso, pct, price, duration } from "./format.js";
import { sparkline } from "./sparkline.js";

const MONTH_MS = 30 * 864e5;
/** @type {(models: Api.Model[]) => Api.Model | undefined} */
const mostAccurate = models =>
	[...models].filter(({ metrics }) => metrics).sort((a, b) => (b.metrics.accuracy ?? 0) - (a.metrics.accuracy ?? 0))[0];

fill(
	$("#price"),
	() => get("quotes"),
	(/** @type {Api.Quotes} */ { quotes: [quote] }) =>
		quote
			? [
					h("p", { class: "big" }, price(quote.price)),
					h("p", {}, `${quote.asset} in USD, ${duration(quote.age_seconds)} old, ${quote.source}`)
				]
			: h("p", {}, "No live price yet: the first comes within a minute.")
);

getOnce("assets")
	.then(async ({ assets: [asset] }) => {
		const end = Date.parse(asset.last) + 3600e3;
		/** @type {Api.Chart} */
		const data = await get("chart", { asset: asset.id, from: iso(end - MONTH_MS), to: iso(end), points: 720 });
		const closes = data.close.filter(value => value !== null);
		const caption = `${data.pair}, hourly close, ${day(data.from)} to ${day(data.to)}`;
		const figure = $("#month");
		$("figcaption", figure).replaceChildren(
			h("span", {}, caption),
			h("span", {}, `${price(Math.min(...closes))} to ${price(Math.max(...closes))} USD`)
		);
		$(".strip", figure).setAttribute(
			"aria-label",
			`${caption}: from ${price(closes[0])} to ${price(closes.at(-1))} USD.`
		);
		$(".strip", figure).replaceChildren(sparkline(data.close));
	})
	.catch(error => {
		$("#month figcaption").textContent = error.message;
	});

fill(
	$("#step-1"),
	() => Promise.all([getOnce("status"), get("labels"), get("features")]),
	(/** @type {[Api.Status, Api.Labels, Api.Features]} */ [status, { labels }, { features }]) =>
		facts([
			[
				"Closed hours",
				count(status.rows),
				status.first_hour && `${day(status.first_hour)} to ${day(status.last_hour)}`
			],
			["Features", count(features.length)],
			["Saved labels", count(labels.length)]
		])
);

fill(
	$("#step-2"),
	() => getOnce("models"),
	(/** @type {Api.Models} */ { models }) => {
		const first = mostAccurate(models);
		return facts([
			["Models", count(models.length)],
			first && [
				"Most accurate on held-out hours",
				pct(first.metrics.accuracy),
				[h("a", { href: `/models/${first.model_id}` }, first.model_id), " ", whisker(first.metrics)],
				"span"
			]
		]);
	}
);

fill(
	$("#step-3"),
	() => Promise.all([getOnce("models"), get("predictions", { limit: 1 })]),
	(
		/** @type {[Api.Models, Api.Predictions]} */ [
			{ models },
			{
				predictions: [last]
			}
		]
	) => {
		const active = models.filter(model => model.active);
		return facts([
			["Active models", count(active.length), active.map(({ model_id: id }) => id).join(", ") || "tick one in step 2"],
			last && [
				"Newest prediction",
				last.reason
					? "none"
					: [h("span", { class: last.decision ? "up" : "down" }, last.decision ? "▲ rise" : "▼ no rise")],
				last.reason
					? last.reason.replaceAll("_", " ")
					: `probability ${pct(last.probability, 0)}, hour ${last.ts.slice(11, 16)}`
			]
		]);
	}
);

$("#legend-whisker").append(whisker({ accuracy: 0.66, accuracy_low: 0.56, accuracy_high: 0.76, base_rate: 0.6 }));
