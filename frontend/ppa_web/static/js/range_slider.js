// The range as two handles over the whole price, as dates, and by buttons.
import { get } from "./api.js";
import { $, $$ } from "./dom.js";
import { day, iso } from "./format.js";
import { strip } from "./sparkline.js";

const DAY = 864e5;

// changed() runs when a handle or a button set the range
export function rangeBrush(field, changed) {
	const brush = $("#brush");
	const [start, end] = $$("input", brush);
	let history = { from: 0, to: 1 };
	function place() {
		const days = Math.max(1, Math.round((history.to - history.from) / DAY));
		for (const [input, name, open] of [
			[start, "from", history.from],
			[end, "to", history.to]
		]) {
			input.max = days;
			input.value = Math.min(
				days,
				Math.max(0, Math.round(((Date.parse(field[name].value) || open) - history.from) / DAY))
			);
			input.setAttribute("aria-valuetext", field[name].value);
		}
		brush.style.setProperty("--a", start.value / days);
		brush.style.setProperty("--b", end.value / days);
	}
	function take(from, to) {
		field.from.value = day(iso(from));
		field.to.value = day(iso(to));
		place();
		changed();
	}
	for (const input of [start, end]) {
		input.addEventListener("input", () => {
			if (+start.value >= +end.value) input.value = input === start ? +end.value - 1 : +start.value + 1;
			take(history.from + start.value * DAY, history.from + end.value * DAY);
		});
	}
	for (const button of $$("[data-days]")) {
		const days = +button.dataset.days;
		button.addEventListener("click", () =>
			take(days ? Math.max(history.from, history.to - days * DAY) : history.from, history.to)
		);
	}
	function reach({ id, first, last }) {
		history = { from: Math.floor(Date.parse(first) / DAY) * DAY, to: Math.floor(Date.parse(last) / DAY) * DAY };
		const [min, max] = [day(iso(history.from)), day(iso(history.to))];
		for (const name of ["from", "to"]) {
			Object.assign(field[name], { min, max });
			if (!field[name].value || field[name].value < min || field[name].value > max)
				field[name].value = name === "from" ? min : max;
		}
		get("chart", { asset: id, from: first, to: last, points: 400 })
			.then(({ close }) => $(".strip", brush).replaceChildren(strip(close)))
			.catch(() => {});
		place();
	}
	return { place, reach };
}
