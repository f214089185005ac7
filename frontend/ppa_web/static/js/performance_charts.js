// Charts over time: running accuracy with its baselines, and the strategy's equity.
import { chart, line, note } from "./chart.js";
import { $, empty, h } from "./dom.js";
import { count, num, pct, plotlyTime, interval, signedPct, when } from "./format.js";

export const NONE_RESOLVED = "No prediction of this kind has matured yet.";
/** @type {(name: string, x: string[], y: (number | null)[], colour: string, dash?: string, shape?: string) => object} */
const referenceLine = (name, x, y, colour, dash, shape) => ({
	name,
	x,
	y,
	mode: "lines",
	line: { color: colour, width: 1.3, dash, shape },
	hovertemplate: "%{y:.1%}"
});
/** @type {(items: ([name: string, colour: string, dash?: string] | false)[]) => (c: Colours) => Child[]} */
const legend = items => c =>
	items.filter(item => !!item).map(([name, colour, dash]) => h("span", {}, line(c[colour], dash), name));
/** @type {(c: Colours, x: string[], low: number[], high: number[]) => object[]} */
const band = (c, x, low, high) => [
	{ x, y: low, mode: "lines", line: { width: 0 }, hoverinfo: "skip" },
	{ x, y: high, mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: c.grid, hoverinfo: "skip" }
];

/** @param {Api.Performance} response */
export function accuracyChart({ curves, test }) {
	const points = curves.running ?? [];
	const figure = $("#running");
	if (!points.length) return note(figure, empty(NONE_RESOLVED));
	/** @type {(index: number) => any[]} */
	const column = index => points.map(point => point[index]);
	const x = column(0).map(plotlyTime);
	const [, last, low, high, majority, reverses] = points[points.length - 1];
	const hasTest = test?.n > 0;
	return chart(figure, {
		summary: `${pct(last)} right so far, interval ${interval(low, high)}; always saying the commoner class ${pct(majority)}, saying that the last hour reverses ${pct(reverses)}${hasTest ? `, in the test ${pct(test.accuracy)}` : ""}.`,
		key: legend([
			["accuracy and interval", "ink"],
			["commoner class", "edge", "8 4"],
			["last hour reverses", "edge", "2 3"],
			hasTest && ["in the test", "m2", "8 3 2 3"]
		]),
		build: c => ({
			traces: [
				...band(c, x, column(2), column(3)),
				referenceLine("commoner class", x, column(4), c.edge, "dash"),
				referenceLine("last hour reverses", x, column(5), c.edge, "dot"),
				hasTest &&
					referenceLine(
						"in the test",
						x,
						x.map(() => test.accuracy),
						c.m2,
						"dashdot"
					),
				{
					x,
					y: column(1),
					name: "accuracy",
					mode: "lines",
					line: { color: c.ink, width: 2 },
					hovertemplate: "%{y:.1%}"
				}
			].filter(Boolean),
			layout: { xaxis: { type: "date" }, yaxis: { side: "right", tickformat: ".0%", range: [0, 1] } }
		}),
		table: () => ({
			columns: ["Hour", "Accuracy", "Low", "High", "Commoner class", "Last hour reverses"].map((label, index) => ({
				key: label,
				label,
				numeric: index > 0,
				value: row => row[index],
				cell: row => (index ? pct(row[index]) : when(row[0]))
			})),
			rows: points
		})
	});
}

/** @param {Api.Performance} response */
export function equityChart({ profit }) {
	const figure = $("#equity");
	if (!profit) return note(figure, empty("No prediction of this kind can be followed to its end yet."));
	const x = profit.curve.map(([hour]) => plotlyTime(hour));
	/** @type {(name: string, index: number, colour: string, dash?: string) => object} */
	const equityLine = (name, index, colour, dash) => ({
		name,
		x,
		y: profit.curve.map(point => point[index]),
		mode: "lines",
		line: { color: colour, width: dash ? 1.5 : 2, dash },
		hovertemplate: "%{y:.4f}"
	});
	return chart(figure, {
		summary: `Following earned ${signedPct(profit.total)} after fees in ${count(profit.trades)} trades, holding ${signedPct(profit.hold_total)}.`,
		key: legend([
			["following", "ink"],
			["holding", "m2", "8 4"]
		]),
		build: c => ({
			traces: [equityLine("holding", 2, c.m2, "dash"), equityLine("following", 1, c.ink)],
			layout: { xaxis: { type: "date" }, yaxis: { side: "right", tickformat: ".3~f" } }
		}),
		table: () => ({
			columns: ["Hour", "Following", "Holding"].map((label, index) => ({
				key: label,
				label,
				numeric: index > 0,
				value: row => row[index],
				cell: row => (index ? num(row[index], 4) : when(row[0]))
			})),
			rows: profit.curve
		})
	});
}
