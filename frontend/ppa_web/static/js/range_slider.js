// The date range: two handles over the whole price, two dates, and buttons.
import { get } from "./api.js";
import { $, $$ } from "./dom.js";
import { day, iso } from "./format.js";
import { sparkline } from "./sparkline.js";

const DAY = 864e5;

/**
 * Connect the handles and buttons to the dates of the form.
 * @param {Fields} field
 * @param {() => void} onChange called when a handle or a button has set the range
 */
export function rangeSlider(field, onChange) {
	const slider = $("#brush");
	const [start, end] = $$("input", slider);
	let history = { from: 0, to: 1 };
	function placeHandles() {
		const days = Math.max(1, Math.round((history.to - history.from) / DAY));
		for (const [input, name, fallback] of [
			[start, "from", history.from],
			[end, "to", history.to]
		]) {
			input.max = days;
			input.value = Math.min(
				days,
				Math.max(0, Math.round(((Date.parse(field[name].value) || fallback) - history.from) / DAY))
			);
			input.setAttribute("aria-valuetext", field[name].value);
		}
		slider.style.setProperty("--a", start.value / days);
		slider.style.setProperty("--b", end.value / days);
	}
	/**
	 * @param {number} from milliseconds
	 * @param {number} to milliseconds
	 */
	function setRange(from, to) {
		field.from.value = day(iso(from));
		field.to.value = day(iso(to));
		placeHandles();
		onChange();
	}
	for (const input of [start, end]) {
		input.addEventListener("input", () => {
			if (+start.value >= +end.value) input.value = input === start ? +end.value - 1 : +start.value + 1;
			setRange(history.from + start.value * DAY, history.from + end.value * DAY);
		});
	}
	for (const button of $$("[data-days]")) {
		const days = +button.dataset.days;
		button.addEventListener("click", () =>
			setRange(days ? Math.max(history.from, history.to - days * DAY) : history.from, history.to)
		);
	}
	/** @param {{ id: string, first: string, last: string }} asset */
	function setBounds({ id, first, last }) {
		history = { from: Math.floor(Date.parse(first) / DAY) * DAY, to: Math.floor(Date.parse(last) / DAY) * DAY };
		const [min, max] = [day(iso(history.from)), day(iso(history.to))];
		for (const name of ["from", "to"]) {
			Object.assign(field[name], { min, max });
			if (!field[name].value || field[name].value < min || field[name].value > max) {
				field[name].value = name === "from" ? min : max;
			}
		}
		get("chart", { asset: id, from: first, to: last, points: 400 })
			.then(({ close }) => $(".strip", slider).replaceChildren(sparkline(close)))
			.catch(() => {});
		placeHandles();
	}
	return { placeHandles, setBounds };
}
