// The closes of a file beside those that are stored.
import { chart, line, note } from "./chart.js";
import { empty } from "./dom.js";
import { plotlyTime, price, when } from "./format.js";

/**
 * @param {HTMLElement} figure
 * @param {Pick<Api.FilePreview, "chart">} preview
 */
export function drawBeside(figure, { chart: { ts, file, stored } }) {
	if (!ts.length) return note(figure, empty("The file has no bars."));
	const isStored = stored.some(value => value !== null);
	const times = ts.map(plotlyTime);
	return chart(figure, {
		summary: `Closes of the file from ${when(ts[0])} to ${when(ts.at(-1))}${isStored ? ", and the stored ones" : "; none are stored for these hours"}.`,
		key: c => [line(c.m2, "4 3"), "stored ", line(c.m1), "file"],
		build: c => ({
			traces: [
				{ x: times, y: stored, name: "stored", mode: "lines", line: { color: c.m2, width: 3, dash: "dot" } },
				{ x: times, y: file, name: "file", mode: "lines", line: { color: c.m1, width: 1.2 } }
			],
			layout: { yaxis: { side: "right" } }
		}),
		table: () => ({
			columns: [
				{ key: "ts", label: "Hour", cell: row => when(row.ts) },
				{ key: "file", label: "File", numeric: true, cell: row => price(row.file) },
				{ key: "stored", label: "Stored", numeric: true, cell: row => price(row.stored) }
			],
			rows: ts.map((at, index) => ({ ts: at, file: file[index], stored: stored[index] }))
		})
	});
}
