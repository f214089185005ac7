// The header of every page: the theme switch and the clock.
import { now as present } from "./api.js";
import { $, h } from "./dom.js";

$("#theme").addEventListener("click", () => window.switchTheme());

const HOUR = 3600e3;
const GRACE = 5 * 60e3;
/** @type {(milliseconds: number) => string} */
const clockTime = milliseconds => new Date(milliseconds).toISOString().slice(11, 16);

function update() {
	const now = present();
	const hourStart = Math.floor(now / HOUR) * HOUR;
	const nextRow = now - hourStart < GRACE ? hourStart + GRACE : hourStart + HOUR + GRACE;
	$("#ruler").classList.toggle("past", now - hourStart > HOUR / 2);
	$("#ruler").style.setProperty("--minute", ((now - hourStart) / 60e3).toFixed(2));
	$("#ruler-text").replaceChildren(
		h("b", {}, `${clockTime(now)} UTC`),
		` · next row at ${clockTime(nextRow)}`,
		h("span", { class: "wide" }, `, in ${Math.ceil((nextRow - now) / 60e3)} min`)
	);
}
update();
setInterval(update, 10e3);
