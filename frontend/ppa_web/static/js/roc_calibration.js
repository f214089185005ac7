// The curves that several pages show, for one to six models.
import { empty, h } from "./dom.js";
import { chart, line, note, restyle } from "./chart.js";
import { num, pct } from "./format.js";

const DASHES = [
	["solid"],
	["dash", "8 4"],
	["dot", "2 3"],
	["dashdot", "8 3 2 3"],
	["longdash", "12 4"],
	["longdashdot", "12 3 2 3"]
];
export const shade = (c, index) => c[`m${index + 1}`];
export const dash = index => DASHES[index][0];
export const keyOf = series => c =>
	series.map(({ name }, index) => h("span", {}, line(shade(c, index), DASHES[index][1]), name));
const square = (x, y) => ({
	margin: { l: 58, r: 10, t: 8, b: 44 },
	hovermode: "closest",
	xaxis: { range: [-0.01, 1.01], title: { text: x }, dtick: 0.25, fixedrange: true },
	yaxis: { range: [-0.01, 1.01], title: { text: y }, dtick: 0.25, fixedrange: true }
});
const guide = y => c => ({
	x: [0, 1],
	y,
	mode: "lines",
	line: { color: c.edge, width: 1, dash: "dot" },
	hoverinfo: "skip"
});

function curve(figure, series, { words, summary, x, y, columns, hover, mode, under = guide([0, 1]) }) {
	const found = series.filter(({ points }) => points?.length);
	if (!found.length) return note(figure, empty(words));
	return chart(figure, {
		summary: summary(found),
		key: keyOf(found),
		build: c => ({
			traces: [
				under(c),
				...found.map(({ name, points }, index) => ({
					name,
					x: points.map(point => point[0]),
					y: points.map(point => point[1]),
					customdata: points.map(point => point[2]),
					mode,
					line: { color: shade(c, index), width: 2, dash: dash(index) },
					marker: { color: shade(c, index), size: 7 },
					hovertemplate: `${name}<br>${points[0].length > 2 ? hover : hover.replace(/^threshold.*?<br>/, "")}<extra></extra>`
				})),
				...found
					.filter(({ at }) => at)
					.map(({ at }, index) => ({
						x: [at()[0]],
						y: [at()[1]],
						mode: "markers",
						marker: { color: c.sheet, size: 10, line: { color: shade(c, index), width: 2.5 } },
						hoverinfo: "skip"
					}))
			],
			layout: square(x, y)
		}),
		table: () => ({
			columns: [
				{ key: "name", label: "Model" },
				...columns.map(([label, digits], index) => ({
					key: label,
					label,
					numeric: true,
					value: row => row.point[index],
					cell: row => num(row.point[index], digits)
				}))
			],
			rows: found.flatMap(({ name, points }) => points.map(point => ({ name, point })))
		})
	});
}

// Moves the rings that show where on its curve each model is: `at()` of each series.
export const rings = (figure, series) =>
	series[0].points.length &&
	restyle(
		figure,
		{ x: series.map(({ at }) => [at()[0]]), y: series.map(({ at }) => [at()[1]]) },
		series.map((_, index) => 1 + series.length + index)
	);

export const roc = (figure, series, words = "Nothing to draw yet.") =>
	curve(figure, series, {
		words,
		x: "false positive rate",
		y: "true positive rate",
		mode: "lines",
		summary: found =>
			`${found.map(({ name, auc }) => `${name}: area under the curve ${num(auc)}`).join("; ")}. The diagonal is guessing.`,
		hover: "threshold %{customdata:.3f}<br>%{y:.1%} of rises found, %{x:.1%} false alarms",
		columns: [
			["False positive rate", 3],
			["True positive rate", 3],
			["Threshold", 3]
		]
	});

export const precisionRecall = (figure, series, share, words) =>
	curve(figure, series, {
		words,
		x: "recall",
		y: "precision",
		mode: "lines",
		under: guide([share, share]),
		summary: found =>
			`${found.map(({ name, ap }) => `${name}: average precision ${num(ap)}`).join("; ")}. The level line, ${pct(share)}, is saying rise always.`,
		hover: "threshold %{customdata:.3f}<br>%{y:.1%} of what it says comes, %{x:.1%} of rises found",
		columns: [
			["Recall", 3],
			["Precision", 3],
			["Threshold", 3]
		]
	});

export const calibration = (figure, series, words = "Nothing to draw yet.") =>
	curve(figure, series, {
		words,
		x: "probability said",
		y: "share that rose",
		mode: "lines+markers",
		summary: found =>
			`${found.map(({ name, ece }) => `${name}: expected calibration error ${num(ece)}`).join("; ")}. On the diagonal, probabilities mean what they say.`,
		hover: "said %{x:.1%}, rose %{y:.1%}<br>%{customdata:,} hours",
		columns: [
			["Probability said", 3],
			["Share that rose", 3],
			["Hours", 0]
		]
	});
