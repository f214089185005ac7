// Looking closer: finer points for what is in view, candles where few hours are, and the figures themselves.
import { iso, plain, price, short, when } from "./format.js";

// Where plotly.js was moved to; it has no time zones.
export function ranged(event) {
	const ends = event["xaxis.range"] ?? [event["xaxis.range[0]"], event["xaxis.range[1]"]];
	return ends[0] ? ends.map(text => iso(Date.parse(`${String(text).replace(" ", "T")}Z`))) : null;
}

// The coarse points around the fine ones.
export function merged(coarse, fine) {
	const first = coarse.ts.findIndex(ts => ts >= fine.ts[0]);
	const after = coarse.ts.findIndex(ts => ts > fine.ts.at(-1));
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
				age_hours: one.age_hours && join(other.age_hours, one.age_hours)
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

// The line gives way to candles: up blue, down orange.
export function candles(line, { ts, ...bars }, unit, c) {
	const there = new Set(ts.map(plain));
	const kind = colour => ({ line: { color: colour, width: 1 }, fillcolor: colour });
	return [
		{ ...line, y: line.y.map((value, index) => (there.has(line.x[index]) ? null : value)) },
		{ type: "candlestick", x: ts.map(plain), ...bars, name: unit, increasing: kind(c.up), decreasing: kind(c.down) }
	];
}

export function tabled({ ts, close, unit, features }) {
	const names = Object.keys(features);
	return {
		columns: [
			{ key: "ts", label: "Hour", cell: row => when(row.ts) },
			{ key: "close", label: `Close, ${unit}`, numeric: true, cell: row => price(row.close) },
			...names.map(name => ({ key: name, label: name, numeric: true, cell: row => short(row[name]) }))
		],
		rows: ts.map((hour, index) => ({
			ts: hour,
			close: close[index],
			...Object.fromEntries(names.map(name => [name, features[name].values[index]]))
		}))
	};
}
