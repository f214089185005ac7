// The live price, and the texts that follow the clock.
import { now } from "./api.js";
import { $$, h, setContent } from "./dom.js";
import { countdown, duration, price } from "./format.js";
import { pair, quote, view } from "./predictions.js";

const MAX_PRICE_AGE = 300; // seconds

export function showQuote() {
	document.title = quote ? `${price(quote.price)} ${pair} · Live` : "Live";
	setContent(
		"#quote",
		...(quote
			? [
					h("p", { class: "big" }, price(quote.price)),
					h("p", {}, `${pair}, `, h("span", { "data-since": quote.ts }), `, ${quote.source}`)
				]
			: [
					h("p", { class: "big" }, price(view.close.findLast(value => value !== null))),
					h("p", {}, `${pair}, last close; no live price yet`)
				])
	);
	updateClocks();
}

export function updateClocks() {
	for (const element of $$("[data-until]")) element.textContent = countdown(element.dataset.until, now());
	for (const element of $$("[data-since]")) {
		const age = Math.max(0, (now() - Date.parse(element.dataset.since)) / 1000);
		element.textContent = `${duration(age)} old`;
		element.classList.toggle("old", age > MAX_PRICE_AGE);
	}
}
