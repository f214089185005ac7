import { h } from "./dom.js";

// A line without axes, stretched over its box; nulls are gaps.
export function strip(values, wide = 1000) {
	const known = values.filter(value => value !== null);
	const [low, high] = [Math.min(...known), Math.max(...known)];
	const at = (value, index) =>
		`${((index / Math.max(1, values.length - 1)) * wide).toFixed(1)} ${(96 - ((value - low) / (high - low || 1)) * 92).toFixed(1)}`;
	let pen = "M";
	const path = values
		.map((value, index) => {
			if (value === null) {
				pen = "M";
				return "";
			}
			const part = pen + at(value, index);
			pen = "L";
			return part;
		})
		.join("");
	return h(
		"svg",
		{ viewBox: `0 0 ${wide} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
		h("path", { d: path })
	);
}
