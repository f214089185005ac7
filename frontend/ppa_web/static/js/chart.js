// Charts by plotly.js in the app's theme. Every chart has a title, units, a text summary and its data as a table.
import { $, h, problem } from "./dom.js";

const TOKENS = [
	"ink",
	"ink-2",
	"line",
	"edge",
	"grid",
	"paper",
	"sheet",
	"up",
	"down",
	"up-tint",
	"down-tint",
	"m1",
	"m2",
	"m3",
	"m4",
	"m5",
	"m6"
];
const specs = new Map();
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const TABLE_ROWS = 400;

const plotly = () =>
	window.Plotly ??
	new Promise((resolve, reject) => {
		const script = $("#plotly");
		script.addEventListener("load", () => resolve(window.Plotly));
		script.addEventListener("error", () => reject(new Error("The drawing library did not load; load the page again.")));
	});

export function colours() {
	const style = getComputedStyle(document.documentElement);
	return Object.fromEntries(
		TOKENS.map(name => [
			name.replace(/-(\w)/, (_, letter) => letter.toUpperCase()),
			style.getPropertyValue(`--${name}`).trim()
		])
	);
}

/** @type {(c: Colours) => object} */
const axis = c => ({
	gridcolor: c.grid,
	linecolor: c.edge,
	zerolinecolor: c.line,
	tickcolor: c.edge,
	tickfont: { color: c.ink2 },
	title: { font: { color: c.ink2, size: 12 }, standoff: 6 },
	automargin: false
});

/**
 * @param {Record<string, any>} layout
 * @param {Colours} c
 */
function themed(layout, c) {
	const base = {
		paper_bgcolor: "transparent",
		plot_bgcolor: c.sheet,
		showlegend: false,
		hovermode: "x unified",
		font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: c.ink2 },
		hoverlabel: { bgcolor: c.paper, bordercolor: c.edge, font: { color: c.ink, size: 12 } },
		margin: { l: 12, r: 60, t: 10, b: 44 },
		dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom"
	};
	const axes = Object.entries(layout)
		.filter(([name]) => /^[xy]axis/.test(name))
		.map(([name, value]) => [name, { ...axis(c), ...value }]);
	return { ...base, ...layout, ...Object.fromEntries(axes) };
}

/**
 * Draw a chart. A later call for the same figure replaces it.
 * @param {HTMLElement} figure
 * @param {ChartSpec} spec
 * @returns {Promise<Plot>}
 */
export async function chart(figure, spec) {
	specs.set(figure, spec);
	const plot = $(".plot", figure);
	note(figure, null);
	if (spec.title) $(".title", figure).textContent = spec.title;
	if (spec.units !== undefined) $(".units", figure).textContent = spec.units;
	plot.setAttribute("aria-label", `${$(".title", figure).textContent}. ${spec.summary}`);
	asTable(figure, spec);
	try {
		const library = await plotly();
		if (specs.get(figure) !== spec) return plot;
		const c = colours();
		const { traces, layout } = spec.build(c);
		$(".key", figure).replaceChildren(...(spec.key?.(c) ?? []));
		await library.react(plot, traces, themed(layout, c), CONFIG);
	} catch (error) {
		note(figure, problem(error));
	}
	return plot;
}

/** @type {(figure: HTMLElement, update: object, indices: number[]) => Promise<void>} */
export const restyle = async (figure, update, indices) => (await plotly()).restyle($(".plot", figure), update, indices);

/**
 * Show a note in place of a chart: there is nothing to draw, or an error.
 * @param {HTMLElement} figure
 * @param {HTMLElement | null} content null removes the note
 */
export function note(figure, content) {
	const box = $(".note", figure);
	box.hidden = !content;
	box.replaceChildren(...(content ? [content] : []));
	$(".plot", figure).style.visibility = content ? "hidden" : "";
	if (content) {
		$(".plot", figure).setAttribute("aria-label", `${$(".title", figure).textContent}. ${content.textContent}`);
	}
}

/**
 * @param {HTMLElement} figure
 * @param {ChartSpec} spec
 */
function asTable(figure, spec) {
	const details = $(".as-table", figure);
	const box = $("div", details);
	const paint = async () => {
		if (!details.open) return;
		const { table } = await import("./table.js");
		const { columns, rows } = await spec.table();
		const truncated =
			rows.length > TABLE_ROWS && h("p", { class: "hint" }, `The newest ${TABLE_ROWS} of ${rows.length} points.`);
		box.replaceChildren(
			...[
				truncated,
				table({ caption: $(".title", figure).textContent, columns, rows: rows.slice(-TABLE_ROWS) })
			].filter(Boolean)
		);
	};
	details.ontoggle = paint;
	paint();
}

/** A line for a legend. @type {(colour: string, dash?: string) => SVGElement} */
export const line = (colour, dash) =>
	h(
		"svg",
		{ width: 22, height: 8, "aria-hidden": "true" },
		h("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash })
	);

addEventListener("themechange", () =>
	specs.forEach((spec, figure) => {
		if ($(".note", figure).hidden) chart(figure, spec);
	})
);
