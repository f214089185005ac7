// A small line chart.
import { h } from "./dom.js";

/**
 * A line without axes, stretched over its box. Nulls are gaps.
 * @param {(number | null)[]} values
 * @param {number} [width] of the view box
 */
export function sparkline(values, width = 1000) {
	const present = values.filter(value => value !== null);
	const [low, high] = [Math.min(...present), Math.max(...present)];
	/** @type {(value: number, index: number) => string} */
	const at = (value, index) =>
		`${((index / Math.max(1, values.length - 1)) * width).toFixed(1)} ${(96 - ((value - low) / (high - low || 1)) * 92).toFixed(1)}`;
	let pen = "M";
	const path = values
		.map((value, index) => {
			if (value === null) {
				pen = "M";
				return "";
			}
			const segment = pen + at(value, index);
			pen = "L";
			return segment;
		})
		.join("");
	return h(
		"svg",
		{ viewBox: `0 0 ${width} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
		h("path", { d: path })
	);
}
