// What every page has: the theme switch, the hour's ruler.
import { now as present } from "./api.js";
import { $, h } from "./dom.js";

$("#theme").addEventListener("click", () => window.switchTheme());

const HOUR = 3600e3;
const GRACE = 5 * 60e3;
const clock = milliseconds => new Date(milliseconds).toISOString().slice(11, 16);

function tell() {
	const now = present();
	const started = Math.floor(now / HOUR) * HOUR;
	const cut = now - started < GRACE ? started + GRACE : started + HOUR + GRACE;
	$("#ruler").classList.toggle("past", now - started > HOUR / 2);
	$("#ruler").style.setProperty("--minute", ((now - started) / 60e3).toFixed(2));
	$("#ruler-text").replaceChildren(
		h("b", {}, `${clock(now)} UTC`),
		` · next row at ${clock(cut)}`,
		h("span", { class: "wide" }, `, in ${Math.ceil((cut - now) / 60e3)} min`)
	);
}
tell();
setInterval(tell, 10e3);
