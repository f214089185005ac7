// Small charts without plotly.js.
import { h } from "./dom.js";
import { count, pct, interval } from "./format.js";

const WIDTH = 120;

/**
 * An accuracy with its interval, on a scale of 30–100%; the tick is the base rate.
 * @param {Pick<Api.Metrics, "accuracy" | "accuracy_low" | "accuracy_high" | "base_rate">} metrics
 */
export function whisker({ accuracy, accuracy_low: low, accuracy_high: high, base_rate: base }) {
	/** @type {(value: number) => number} */
	const x = value => ((Math.min(1, Math.max(0.3, value)) - 0.3) / 0.7) * WIDTH;
	const description = `${pct(accuracy)}, interval ${interval(low, high)}, base rate ${pct(base)}`;
	/** @type {(kind: string, a: number, b: number, y1: number, y2: number) => SVGElement} */
	const mark = (kind, a, b, y1, y2) => h("line", { class: kind, x1: x(a), x2: x(b), y1, y2 });
	return h(
		"svg",
		{ class: "whisker", width: WIDTH, height: 16, viewBox: `0 0 ${WIDTH} 16`, role: "img", "aria-label": description },
		mark("axis", 0.3, 1, 8, 8),
		low !== null && high !== null && mark("", low, high, 8, 8),
		base !== null && mark("base", base, base, 1, 15),
		accuracy !== null && h("circle", { cx: x(accuracy), cy: 8, r: 3.5 })
	);
}

/**
 * @param {string} name
 * @param {Api.Confusion} counts
 */
export function confusionMatrix(name, { tn, fp, fn, tp }) {
	/** @type {(value: number, rowTotal: number, isCorrect?: boolean) => HTMLElement} */
	const cell = (value, rowTotal, isCorrect) =>
		h(
			"td",
			{ class: isCorrect ? "right" : null },
			count(value),
			h("small", {}, `${pct(rowTotal ? value / rowTotal : null, 0)} of row`)
		);
	return h(
		"table",
		{ class: "matrix" },
		h("caption", {}, name),
		h(
			"thead",
			{},
			h(
				"tr",
				{},
				h("td", { style: "border:0" }),
				h("th", { scope: "col" }, "said rise ", h("span", { class: "up", "aria-hidden": "true" }, "▲")),
				h("th", { scope: "col" }, "said none ", h("span", { class: "down", "aria-hidden": "true" }, "▼"))
			)
		),
		h(
			"tbody",
			{},
			h("tr", {}, h("th", { scope: "row" }, "rose"), cell(tp, tp + fn, true), cell(fn, tp + fn)),
			h("tr", {}, h("th", { scope: "row" }, "did not"), cell(fp, fp + tn), cell(tn, fp + tn, true))
		)
	);
}
