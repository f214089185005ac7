// ROC, precision-recall and calibration curves of one to six models.
import { empty, h } from "./dom.js";
import { chart, line, note, restyle } from "./chart.js";
import { num, pct } from "./format.js";

/** @type {[string, string?][]} */
const DASHES = [
	["solid"],
	["dash", "8 4"],
	["dot", "2 3"],
	["dashdot", "8 3 2 3"],
	["longdash", "12 4"],
	["longdashdot", "12 3 2 3"]
];
/** @type {(c: Colours, index: number) => string} */
export const modelColour = (c, index) => c[`m${index + 1}`];
/** @type {(index: number) => string} */
export const modelDash = index => DASHES[index][0];
/** @type {(series: { name: string }[]) => (c: Colours) => Child[]} */
export const legend = series => c =>
	series.map(({ name }, index) => h("span", {}, line(modelColour(c, index), DASHES[index][1]), name));
/** @type {(x: string, y: string) => object} */
const squareLayout = (x, y) => ({
	margin: { l: 58, r: 10, t: 8, b: 44 },
	hovermode: "closest",
	xaxis: { range: [-0.01, 1.01], title: { text: x }, dtick: 0.25, fixedrange: true },
	yaxis: { range: [-0.01, 1.01], title: { text: y }, dtick: 0.25, fixedrange: true }
});
/** @type {(y: number[]) => (c: Colours) => object} */
const guideLine = y => c => ({
	x: [0, 1],
	y,
	mode: "lines",
	line: { color: c.edge, width: 1, dash: "dot" },
	hoverinfo: "skip"
});

/**
 * @param {HTMLElement} figure
 * @param {Series[]} series those without points are left out
 * @param {object} options
 * @param {string} options.emptyText
 * @param {(drawable: Series[]) => string} options.summary
 * @param {string} options.x title
 * @param {string} options.y title
 * @param {[label: string, digits: number][]} options.columns of the table: one for each number of a point
 * @param {string} options.hover
 * @param {string} options.mode
 * @param {(c: Colours) => object} [options.guide]
 */
function curveChart(figure, series, { emptyText, summary, x, y, columns, hover, mode, guide = guideLine([0, 1]) }) {
	const drawable = series.filter(({ points }) => points?.length);
	if (!drawable.length) return note(figure, empty(emptyText));
	return chart(figure, {
		summary: summary(drawable),
		key: legend(drawable),
		build: c => ({
			traces: [
				guide(c),
				...drawable.map(({ name, points }, index) => ({
					name,
					x: points.map(point => point[0]),
					y: points.map(point => point[1]),
					customdata: points.map(point => point[2]),
					mode,
					line: { color: modelColour(c, index), width: 2, dash: modelDash(index) },
					marker: { color: modelColour(c, index), size: 7 },
					hovertemplate: `${name}<br>${points[0].length > 2 ? hover : hover.replace(/^threshold.*?<br>/, "")}<extra></extra>`
				})),
				...drawable
					.flatMap(({ ring }) => (ring ? [ring()] : []))
					.map(([across, up], index) => ({
						x: [across],
						y: [up],
						mode: "markers",
						marker: { color: c.sheet, size: 10, line: { color: modelColour(c, index), width: 2.5 } },
						hoverinfo: "skip"
					}))
			],
			layout: squareLayout(x, y)
		}),
		table: () => ({
			columns: [
				{ key: "name", label: "Model" },
				...columns.map(([label, digits], index) => ({
					key: label,
					label,
					numeric: true,
					value: (/** @type {any} */ row) => row.point[index],
					cell: (/** @type {any} */ row) => num(row.point[index], digits)
				}))
			],
			rows: drawable.flatMap(({ name, points }) => points.map(point => ({ name, point })))
		})
	});
}

/**
 * Move the rings that mark each model's decision threshold on its curve: `ring()` of each series.
 * @type {(figure: HTMLElement, series: Required<Series>[]) => unknown}
 */
export const moveRings = (figure, series) =>
	series[0].points.length &&
	restyle(
		figure,
		{ x: series.map(({ ring }) => [ring()[0]]), y: series.map(({ ring }) => [ring()[1]]) },
		series.map((_, index) => 1 + series.length + index)
	);

/** @type {(figure: HTMLElement, series: Series[], emptyText?: string) => unknown} */
export const roc = (figure, series, emptyText = "Nothing to draw yet.") =>
	curveChart(figure, series, {
		emptyText,
		x: "false positive rate",
		y: "true positive rate",
		mode: "lines",
		summary: drawable =>
			`${drawable.map(({ name, auc }) => `${name}: area under the curve ${num(auc)}`).join("; ")}. The diagonal is guessing.`,
		hover: "threshold %{customdata:.3f}<br>%{y:.1%} of rises found, %{x:.1%} false alarms",
		columns: [
			["False positive rate", 3],
			["True positive rate", 3],
			["Threshold", 3]
		]
	});

/** @type {(figure: HTMLElement, series: Series[], positiveRate: number, emptyText: string) => unknown} */
export const precisionRecall = (figure, series, positiveRate, emptyText) =>
	curveChart(figure, series, {
		emptyText,
		x: "recall",
		y: "precision",
		mode: "lines",
		guide: guideLine([positiveRate, positiveRate]),
		summary: drawable =>
			`${drawable.map(({ name, ap }) => `${name}: average precision ${num(ap)}`).join("; ")}. The level line, ${pct(positiveRate)}, is saying rise always.`,
		hover: "threshold %{customdata:.3f}<br>%{y:.1%} of what it says comes, %{x:.1%} of rises found",
		columns: [
			["Recall", 3],
			["Precision", 3],
			["Threshold", 3]
		]
	});

/** @type {(figure: HTMLElement, series: Series[], emptyText?: string) => unknown} */
export const calibration = (figure, series, emptyText = "Nothing to draw yet.") =>
	curveChart(figure, series, {
		emptyText,
		x: "probability said",
		y: "share that rose",
		mode: "lines+markers",
		summary: drawable =>
			`${drawable.map(({ name, ece }) => `${name}: expected calibration error ${num(ece)}`).join("; ")}. On the diagonal, probabilities mean what they say.`,
		hover: "said %{x:.1%}, rose %{y:.1%}<br>%{customdata:,} hours",
		columns: [
			["Probability said", 3],
			["Share that rose", 3],
			["Hours", 0]
		]
	});
