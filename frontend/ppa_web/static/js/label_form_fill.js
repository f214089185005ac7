// Fills the form with a saved label. Loaded when one is opened.
import { day, iso } from "./format.js";
import { field, restore } from "./label_form.js";

/** @param {Api.Label} label */
export function fillForm(label) {
	/** @type {(value: number) => number} */
	const displayed = value => (label.volatility_window ? value : +(value * 100).toFixed(6));
	Object.assign(field.asset, { value: label.asset });
	restore({
		mode: label.mode,
		lookahead: label.lookahead,
		unit: label.volatility_window ? "sd" : "pct",
		window: label.volatility_window,
		threshold: displayed(label.threshold),
		stop: label.stop_loss && displayed(label.stop_loss)
	});
	field.from.value = label.range_from ? day(label.range_from) : "";
	field.to.value = label.range_to ? day(iso(Date.parse(label.range_to) - 1000)) : "";
}
