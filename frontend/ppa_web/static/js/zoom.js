// The zoomed price chart: finer points, candles for short ranges, and the data as a table.
import { iso, plotlyTime, price, significant, when } from "./format.js";

/**
 * The range of a zoom by plotly.js, whose times have no zone; null where the x range has not changed.
 * @param {Record<string, any>} event
 * @returns {[string, string] | null}
 */
export function zoomedRange(event) {
	const ends = event["xaxis.range"] ?? [event["xaxis.range[0]"], event["xaxis.range[1]"]];
	return ends[0]
		? ends.map((/** @type {unknown} */ text) => iso(Date.parse(`${String(text).replace(" ", "T")}Z`)))
		: null;
}

/**
 * Replace the part of the coarse points that the fine points cover.
 * @param {Api.Chart} coarse
 * @param {Api.Chart} fine
 * @returns {Api.Chart}
 */
export function mergeDetail(coarse, fine) {
	const first = coarse.ts.findIndex(ts => ts >= fine.ts[0]);
	const after = coarse.ts.findIndex(ts => ts > fine.ts[fine.ts.length - 1]);
	/** @type {<T>(outer: T[], inner: T[]) => T[]} */
	const join = (outer, inner) => [
		...outer.slice(0, Math.max(0, first)),
		...inner,
		...(after < 0 ? [] : outer.slice(after))
	];
	const features = Object.entries(fine.features).map(([name, one]) => {
		const other = coarse.features[name];
		return [
			name,
			{
				...one,
				values: join(other.values, one.values),
				age_hours: one.age_hours && join(other.age_hours ?? [], one.age_hours)
			}
		];
	});
	return {
		...coarse,
		ts: join(coarse.ts, fine.ts),
		close: join(coarse.close, fine.close),
		features: Object.fromEntries(features),
		candles: fine.candles
	};
}

/**
 * Candles in place of the line where there are candles.
 * @param {any} line
 * @param {Api.Candles} candles
 * @param {string} unit
 * @param {Colours} c
 */
export function candles(line, { ts, ...bars }, unit, c) {
	const candleTimes = new Set(ts.map(plotlyTime));
	/** @type {(colour: string) => object} */
	const kind = colour => ({ line: { color: colour, width: 1 }, fillcolor: colour });
	return [
		{
			...line,
			y: line.y.map((/** @type {number | null} */ value, /** @type {number} */ index) =>
				candleTimes.has(line.x[index]) ? null : value
			)
		},
		{
			type: "candlestick",
			x: ts.map(plotlyTime),
			...bars,
			name: unit,
			increasing: kind(c.up),
			decreasing: kind(c.down)
		}
	];
}

/**
 * @param {Api.Chart} data
 * @returns {TableData}
 */
export function pointTable({ ts, close, unit, features }) {
	const names = Object.keys(features);
	return {
		columns: [
			{ key: "ts", label: "Hour", cell: row => when(row.ts) },
			{ key: "close", label: `Close, ${unit}`, numeric: true, cell: row => price(row.close) },
			...names.map(name => ({
				key: name,
				label: name,
				numeric: true,
				cell: (/** @type {any} */ row) => significant(row[name])
			}))
		],
		rows: ts.map((hour, index) => ({
			ts: hour,
			close: close[index],
			...Object.fromEntries(names.map(name => [name, features[name].values[index]]))
		}))
	};
}
