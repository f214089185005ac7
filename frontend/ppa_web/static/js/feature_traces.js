// Features on the price chart: raw in separate panels, or z-scored over the price. Loaded when one is chosen.
import { h } from "./dom.js";

/** @type {(c: Colours, index: number) => string} */
const traceColour = (c, index) => c[`m${(index % 5) + 2}`];

/**
 * Standardise values; nulls stay. A constant series becomes zeros.
 * @param {(number | null)[]} values
 */
export function zScores(values) {
	const present = values.filter(value => value !== null);
	const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
	const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length) || 1;
	return values.map(value => (value === null ? null : (value - mean) / deviation));
}

/**
 * Make the traces, axes and legend of the chosen features.
 * @param {Record<string, Api.FeatureValues>} features
 * @param {object} options
 * @param {Colours} options.c
 * @param {string[]} options.x
 * @param {boolean} [options.overlay] z-scores over the price
 * @param {number} [options.share] the panels' share of the height
 * @param {(values: (number | null)[]) => [number, number] | null} options.rangeInView
 */
export function featureTraces(features, { c, x, overlay = false, share = 0, rangeInView }) {
	const entries = Object.entries(features);
	const traces = entries.map(([name, { unit, values, age_hours: ages }], index) => {
		/** @type {(value: number | null) => string} */
		const rawText = value => (overlay && value !== null ? ` · ${+value.toPrecision(5)}` : "");
		return {
			x,
			y: overlay ? zScores(values) : values,
			name,
			yaxis: `y${index + 2}`,
			mode: "lines",
			line: { color: traceColour(c, index), width: 1.1 },
			customdata: values.map((value, at) => `${rawText(value)} ${unit}${ages ? `, ${ages[at] ?? "?"} h old` : ""}`),
			hovertemplate: `%{y:${overlay ? ".2f} σ" : ".5~g}"}%{customdata}`
		};
	});
	const height = share / entries.length;
	const axes = Object.fromEntries(
		traces.map(({ y }, index) => [
			`yaxis${index + 2}`,
			{
				fixedrange: true,
				range: rangeInView(y),
				...(overlay
					? {
							overlaying: "y",
							side: "left",
							showgrid: false,
							showticklabels: !index,
							ticksuffix: " σ",
							tickmode: "auto",
							nticks: 6
						}
					: { side: "right", domain: [share - (index + 1) * height + 0.02, share - index * height - 0.03], nticks: 3 })
			}
		])
	);
	const key = entries.map(([name, { unit }], index) =>
		h("span", {}, h("b", { style: `color:${traceColour(c, index)}` }, "— "), `${name}, ${unit}`)
	);
	return { traces, axes, key };
}
