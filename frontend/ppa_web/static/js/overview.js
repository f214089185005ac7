// The start: the price, the best model, how far each step is.
import { get, once } from "./api.js";
import { $, facts, fill, h } from "./dom.js";
import { whisker } from "./small_charts.js";
import { count, day, iso, pct, price, span } from "./format.js";
import { strip } from "./sparkline.js";

const DAYS = 30 * 864e5;
const best = models =>
	[...models].filter(({ metrics }) => metrics).sort((a, b) => b.metrics.accuracy - a.metrics.accuracy)[0];

fill(
	$("#price"),
	() => get("quotes"),
	({ quotes: [quote] }) =>
		quote
			? [
					h("p", { class: "big" }, price(quote.price)),
					h("p", {}, `${quote.asset} in USD, ${span(quote.age_seconds)} old, ${quote.source}`)
				]
			: h("p", {}, "No live price yet: the first comes within a minute.")
);

once("assets")
	.then(async ({ assets: [asset] }) => {
		const end = Date.parse(asset.last) + 3600e3;
		const data = await get("chart", { asset: asset.id, from: iso(end - DAYS), to: iso(end), points: 720 });
		const known = data.close.filter(value => value !== null);
		const words = `${data.pair}, hourly close, ${day(data.from)} to ${day(data.to)}`;
		const figure = $("#month");
		$("figcaption", figure).replaceChildren(
			h("span", {}, words),
			h("span", {}, `${price(Math.min(...known))} to ${price(Math.max(...known))} USD`)
		);
		$(".strip", figure).setAttribute("aria-label", `${words}: from ${price(known[0])} to ${price(known.at(-1))} USD.`);
		$(".strip", figure).replaceChildren(strip(data.close));
	})
	.catch(error => {
		$("#month figcaption").textContent = error.message;
	});

fill(
	$("#step-1"),
	() => Promise.all([once("status"), get("labels"), get("features")]),
	([status, { labels }, { features }]) =>
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
	() => once("models"),
	({ models }) => {
		const first = best(models);
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
	() => Promise.all([once("models"), get("predictions", { limit: 1 })]),
	([
		{ models },
		{
			predictions: [last]
		}
	]) => {
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
