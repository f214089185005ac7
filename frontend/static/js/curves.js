// The two curves that several pages show, for one to six models.
import { empty, h } from "./dom.js";
import { chart, line, note } from "./chart.js";
import { num } from "./format.js";

const DASHES = [["solid"], ["dash", "8 4"], ["dot", "2 3"], ["dashdot", "8 3 2 3"], ["longdash", "12 4"], ["longdashdot", "12 3 2 3"]];
const shade = (c, index) => c[`m${index + 1}`];
const keyOf = (series) => (c) => series.map(({ name }, index) => h("span", {}, line(shade(c, index), DASHES[index][1]), name));
const square = (x, y) => ({ margin: { l: 58, r: 10, t: 8, b: 44 }, hovermode: "closest", xaxis: { range: [-0.01, 1.01], title: { text: x }, dtick: 0.25, fixedrange: true }, yaxis: { range: [-0.01, 1.01], title: { text: y }, dtick: 0.25, fixedrange: true } });
const diagonal = (c) => ({ x: [0, 1], y: [0, 1], mode: "lines", line: { color: c.edge, width: 1, dash: "dot" }, hoverinfo: "skip" });
const missing = (figure, words) => { note(figure, empty(words)); };

function curve(figure, series, { words, summary, x, y, columns, pick, hover, mode }) {
  const found = series.filter(({ points }) => points?.length);
  if (!found.length) return missing(figure, words);
  return chart(figure, {
    summary: summary(found), key: keyOf(found),
    build: (c) => ({
      traces: [diagonal(c), ...found.map(({ name, points }, index) => ({
        name, x: points.map((point) => point[0]), y: points.map((point) => point[1]), customdata: points.map((point) => point[2]),
        mode, line: { color: shade(c, index), width: 2, dash: DASHES[index][0] }, marker: { color: shade(c, index), size: 7 }, hovertemplate: `${name}<br>${hover}<extra></extra>`,
      }))],
      layout: square(x, y),
    }),
    table: () => ({ columns: [{ key: "name", label: "Model" }, ...columns.map(([label, digits], index) => ({ key: label, label, numeric: true, value: (row) => row.point[index], cell: (row) => num(row.point[index], digits) }))], rows: found.flatMap(({ name, points }) => points.map((point) => ({ name, point: pick(point) }))) }),
  });
}

export const roc = (figure, series, words = "Nothing to draw yet.") => curve(figure, series, {
  words, x: "false positive rate", y: "true positive rate", mode: "lines", pick: (point) => point,
  summary: (found) => `${found.map(({ name, auc }) => `${name}: area under the curve ${num(auc)}`).join("; ")}. The diagonal is guessing.`,
  hover: "threshold %{customdata:.3f}<br>%{y:.1%} of rises found, %{x:.1%} false alarms",
  columns: [["False positive rate", 3], ["True positive rate", 3], ["Threshold", 3]],
});

export const calibration = (figure, series, words = "Nothing to draw yet.") => curve(figure, series, {
  words, x: "probability said", y: "share that rose", mode: "lines+markers", pick: (point) => point,
  summary: (found) => `${found.map(({ name, ece }) => `${name}: expected calibration error ${num(ece)}`).join("; ")}. On the diagonal, probabilities mean what they say.`,
  hover: "said %{x:.1%}, rose %{y:.1%}<br>%{customdata:,} hours",
  columns: [["Probability said", 3], ["Share that rose", 3], ["Hours", 0]],
});
