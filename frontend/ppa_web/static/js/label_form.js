// The form of a label's definition: what it says, as parameters, in the address, and as a sentence.
import { $, $$, h } from "./dom.js";
import { iso, percentage } from "./format.js";

const DAY = 864e5;
const NAMES = ["from", "to", "mode", "lookahead", "threshold", "stop", "unit", "window", "fee"];
export const form = $("#design");
export const field = form.elements;

const scaled = () => field.unit.value === "sd";
const barrier = () => field.mode.value === "triple_barrier";
const distance = input => (scaled() ? input.valueAsNumber : +(input.valueAsNumber / 100).toFixed(8));
// A range that reaches the end of the data stays open, so that the label goes on with the hours to come.
export const limits = () => ({
	from: field.from.value > field.from.min ? `${field.from.value}T00:00:00Z` : null,
	to: field.to.value && !(field.to.value >= field.to.max && field.to.max) ? iso(Date.parse(field.to.value) + DAY) : null
});
export const definition = () => ({
	asset: field.asset.value,
	mode: field.mode.value,
	lookahead: field.lookahead.valueAsNumber,
	threshold: distance(field.threshold),
	stop_loss: barrier() ? distance(field.stop) : null,
	volatility_window: scaled() ? field.window.valueAsNumber : null,
	...limits()
});
export const fee = () => +(field.fee.valueAsNumber / 100).toFixed(8);
export const address = () => ({
	asset: field.asset.value,
	from: limits().from && field.from.value,
	to: limits().to && field.to.value,
	mode: field.mode.value,
	lookahead: field.lookahead.value,
	threshold: field.threshold.value,
	stop: barrier() ? field.stop.value : "",
	unit: scaled() ? "sd" : "",
	window: scaled() ? field.window.value : "",
	fee: field.fee.value === "0.2" ? "" : field.fee.value
});

// Shows what belongs to mode and unit, and puts the sliders where the numbers are.
export function arrange() {
	$("#stop-loss").hidden = !barrier();
	field.stop.disabled = !barrier();
	$("#sigma").hidden = field.window.disabled = !scaled();
	for (const mark of $$("[data-unit]", form)) mark.textContent = scaled() ? "σ" : "%";
	for (const slider of $$("[data-of]", form)) {
		if (slider.dataset.of !== "lookahead") Object.assign(slider, { max: scaled() ? 5 : 15 });
		slider.value = field[slider.dataset.of].value;
	}
}

export function changeUnit() {
	for (const name of ["threshold", "stop"]) field[name].value = scaled() ? 1 : 2;
}

export function restore(known) {
	for (const name of NAMES.filter(one => known[one])) {
		const { value } = field[name];
		field[name].value = known[name];
		if (field[name].validity?.valid === false) field[name].value = value;
	}
	arrange();
}

export function sentence(pair) {
	const { mode, lookahead, threshold, stop_loss: stop, volatility_window: window } = definition();
	const far = value => (window ? `${value} σ` : percentage(value));
	const b = (...words) => h("b", {}, ...words);
	$("#definition").replaceChildren(
		`An hour of ${pair} counts as a rise when `,
		...{
			touch: [
				"the ",
				b(`highest close of the next ${lookahead} hours`),
				" is more than ",
				b(far(threshold)),
				" above its own close"
			],
			close: ["the ", b(`close ${lookahead} hours later`), " is at least ", b(far(threshold)), " above its own close"],
			triple_barrier: [
				"a close of the ",
				b(`next ${lookahead} hours`),
				" is more than ",
				b(far(threshold)),
				" above its own before one is more than ",
				b(far(stop)),
				" below"
			]
		}[mode],
		window ? `; σ is the volatility of the ${window} hours before, scaled to the look-ahead.` : "."
	);
}
