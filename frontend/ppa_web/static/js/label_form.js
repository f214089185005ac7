// The form of a label definition: its values as parameters, as an address and as a sentence.
import { $, $$, h } from "./dom.js";
import { iso, exactPct } from "./format.js";

const DAY = 864e5;
const FIELD_NAMES = ["from", "to", "mode", "lookahead", "threshold", "stop", "unit", "window", "fee"];
export const form = $("#design");
/** @type {Fields} */
export const field = form.elements;

const isScaled = () => field.unit.value === "sd";
const isBarrier = () => field.mode.value === "triple_barrier";
/** @type {(input: HTMLInputElement) => number} */
const distanceOf = input => (isScaled() ? input.valueAsNumber : +(input.valueAsNumber / 100).toFixed(8));
// A range that reaches the end of the data stays open, so that the label includes later hours.
export const limits = () => ({
	from: field.from.value > field.from.min ? `${field.from.value}T00:00:00Z` : null,
	to: field.to.value && !(field.to.value >= field.to.max && field.to.max) ? iso(Date.parse(field.to.value) + DAY) : null
});
export const definition = () => ({
	asset: field.asset.value,
	mode: field.mode.value,
	lookahead: field.lookahead.valueAsNumber,
	threshold: distanceOf(field.threshold),
	stop_loss: isBarrier() ? distanceOf(field.stop) : null,
	volatility_window: isScaled() ? field.window.valueAsNumber : null,
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
	stop: isBarrier() ? field.stop.value : "",
	unit: isScaled() ? "sd" : "",
	window: isScaled() ? field.window.value : "",
	fee: field.fee.value === "0.2" ? "" : field.fee.value
});

/** Show the controls of the chosen mode and unit, and set the sliders to the numbers. */
export function updateControls() {
	$("#stop-loss").hidden = !isBarrier();
	field.stop.disabled = !isBarrier();
	$("#sigma").hidden = field.window.disabled = !isScaled();
	for (const mark of $$("[data-unit]", form)) mark.textContent = isScaled() ? "σ" : "%";
	for (const slider of $$("[data-of]", form)) {
		if (slider.dataset.of !== "lookahead") Object.assign(slider, { max: isScaled() ? 5 : 15 });
		slider.value = field[slider.dataset.of].value;
	}
}

export function changeUnit() {
	for (const name of ["threshold", "stop"]) field[name].value = isScaled() ? 1 : 2;
}

/** @param {Record<string, any>} state */
export function restore(state) {
	for (const name of FIELD_NAMES.filter(one => state[one])) {
		const { value } = field[name];
		field[name].value = state[name];
		if (field[name].validity?.valid === false) field[name].value = value;
	}
	updateControls();
}

/** Show the definition as a sentence. @param {string} pair */
export function showDefinition(pair) {
	const { mode, lookahead, threshold, stop_loss: stop, volatility_window: window } = definition();
	/** @type {(value: number) => string} */
	const distanceText = value => (window ? `${value} σ` : exactPct(value));
	/** @type {(...content: Child[]) => HTMLElement} */
	const bold = (...words) => h("b", {}, ...words);
	/** @type {Record<string, (string | Node)[]>} */
	const conditions = {
		touch: [
			"the ",
			bold(`highest close of the next ${lookahead} hours`),
			" is more than ",
			bold(distanceText(threshold)),
			" above its own close"
		],
		close: [
			"the ",
			bold(`close ${lookahead} hours later`),
			" is at least ",
			bold(distanceText(threshold)),
			" above its own close"
		],
		triple_barrier: [
			"a close of the ",
			bold(`next ${lookahead} hours`),
			" is more than ",
			bold(distanceText(threshold)),
			" above its own before one is more than ",
			bold(distanceText(stop ?? 0)),
			" below"
		]
	};
	$("#definition").replaceChildren(
		`An hour of ${pair} counts as a rise when `,
		...conditions[mode],
		window ? `; σ is the volatility of the ${window} hours before, scaled to the look-ahead.` : "."
	);
}
