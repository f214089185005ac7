// Two courses over time: accuracy so far, beside the rules to beat, and what following the predictions earned.
import { chart, line, note } from "./chart.js";
import { $, empty, h } from "./dom.js";
import { count, num, pct, plain, range, signed, when } from "./format.js";

export const NONE = "No prediction of this kind has matured yet.";
const level = (name, x, y, colour, dash, step) => ({
	name,
	x,
	y,
	mode: "lines",
	line: { color: colour, width: 1.3, dash, shape: step },
	hovertemplate: "%{y:.1%}"
});
const key = items => c =>
	items.filter(Boolean).map(([name, colour, dash]) => h("span", {}, line(c[colour], dash), name));
const band = (c, x, low, high) => [
	{ x, y: low, mode: "lines", line: { width: 0 }, hoverinfo: "skip" },
	{ x, y: high, mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: c.grid, hoverinfo: "skip" }
];

export function running({ curves, test }) {
	const points = curves.running ?? [];
	const figure = $("#running");
	if (!points.length) return note(figure, empty(NONE));
	const column = index => points.map(point => point[index]);
	const x = column(0).map(plain);
	const [, last, low, high, majority, reverses] = points.at(-1);
	const tested = test?.n > 0;
	return chart(figure, {
		summary: `${pct(last)} right so far, interval ${range(low, high)}; always saying the commoner class ${pct(majority)}, saying that the last hour reverses ${pct(reverses)}${tested ? `, in the test ${pct(test.accuracy)}` : ""}.`,
		key: key([
			["accuracy and interval", "ink"],
			["commoner class", "edge", "8 4"],
			["last hour reverses", "edge", "2 3"],
			tested && ["in the test", "m2", "8 3 2 3"]
		]),
		build: c => ({
			traces: [
				...band(c, x, column(2), column(3)),
				level("commoner class", x, column(4), c.edge, "dash"),
				level("last hour reverses", x, column(5), c.edge, "dot"),
				tested &&
					level(
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

export function equity({ profit }) {
	const figure = $("#equity");
	if (!profit) return note(figure, empty("No prediction of this kind can be followed to its end yet."));
	const x = profit.curve.map(([hour]) => plain(hour));
	const account = (name, index, colour, dash) => ({
		name,
		x,
		y: profit.curve.map(point => point[index]),
		mode: "lines",
		line: { color: colour, width: dash ? 1.5 : 2, dash },
		hovertemplate: "%{y:.4f}"
	});
	return chart(figure, {
		summary: `Following earned ${signed(profit.total)} after fees in ${count(profit.trades)} trades, holding ${signed(profit.hold_total)}.`,
		key: key([
			["following", "ink"],
			["holding", "m2", "8 4"]
		]),
		build: c => ({
			traces: [account("holding", 2, c.m2, "dash"), account("following", 1, c.ink)],
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
