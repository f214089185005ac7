// A saved label put back into the form. Loaded once one is opened.
import { day, iso } from "./format.js";
import { field, restore } from "./label_form.js";

export function take(label) {
	const shown = value => (label.volatility_window ? value : +(value * 100).toFixed(6));
	Object.assign(field.asset, { value: label.asset });
	restore({
		mode: label.mode,
		lookahead: label.lookahead,
		unit: label.volatility_window ? "sd" : "pct",
		window: label.volatility_window,
		threshold: shown(label.threshold),
		stop: label.stop_loss && shown(label.stop_loss)
	});
	field.from.value = label.range_from ? day(label.range_from) : "";
	field.to.value = label.range_to ? day(iso(Date.parse(label.range_to) - 1000)) : "";
}
