// Features beside the price: raw, a strip each below it, or z-scored on one axis over it. Loaded once one is chosen.
import { h } from "./dom.js";

const colourOf = (c, index) => c[`m${(index % 5) + 2}`];

function scored(values) {
	const known = values.filter(value => value !== null);
	const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
	const spread = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) || 1;
	return values.map(value => (value === null ? null : (value - mean) / spread));
}

// `room` is the share of the height that strips have; `seen(values)` the axis that fits those in view
export function beside(features, { c, x, over, room, seen }) {
	const entries = Object.entries(features);
	const traces = entries.map(([name, { unit, values, age_hours: ages }], index) => {
		const raw = value => (over && value !== null ? ` · ${+value.toPrecision(5)}` : "");
		return {
			x,
			y: over ? scored(values) : values,
			name,
			yaxis: `y${index + 2}`,
			mode: "lines",
			line: { color: colourOf(c, index), width: 1.1 },
			customdata: values.map((value, at) => `${raw(value)} ${unit}${ages ? `, ${ages[at] ?? "?"} h old` : ""}`),
			hovertemplate: `%{y:${over ? ".2f} σ" : ".5~g}"}%{customdata}`
		};
	});
	const high = room / entries.length;
	const axes = Object.fromEntries(
		traces.map(({ y }, index) => [
			`yaxis${index + 2}`,
			{
				fixedrange: true,
				range: seen(y),
				...(over
					? {
							overlaying: "y",
							side: "left",
							showgrid: false,
							showticklabels: !index,
							ticksuffix: " σ",
							tickmode: "auto",
							nticks: 6
						}
					: { side: "right", domain: [room - (index + 1) * high + 0.02, room - index * high - 0.03], nticks: 3 })
			}
		])
	);
	const key = entries.map(([name, { unit }], index) =>
		h("span", {}, h("b", { style: `color:${colourOf(c, index)}` }, "— "), `${name}, ${unit}`)
	);
	return { traces, axes, key };
}
