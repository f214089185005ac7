// The chart of the live page: the price, with each prediction at the end of its window.
import { now } from "./api.js";
import {
	predictions,
	resultOf,
	field,
	HOUR,
	letter,
	predicted,
	newestHour,
	ORIGINS,
	pair,
	unit,
	view
} from "./predictions.js";
import { chart, line, note } from "./chart.js";
import { $, empty, h } from "./dom.js";
import { iso, plotlyTime, price, when } from "./format.js";
import { PREDICTION_COLUMNS } from "./prediction_tables.js";
import { WITHDRAWN } from "./withdrawn.js";

// Each origin is counted by itself: backfilled predictions never count as live.
const scoreText = () =>
	Object.values(ORIGINS)
		.map(origin => ({ origin, own: predicted().filter(p => p.origin === origin) }))
		.filter(({ own }) => own.length)
		.map(({ origin, own }) => {
			const resolved = own.filter(p => p.outcome !== null);
			return `${own.length} ${origin} predictions, ${resolved.filter(p => resultOf(p) === "hit").length} of ${resolved.length} with an outcome right.`;
		})
		.join(" ");

// Shape and colour show the direction. A hit is filled, a miss hollow, a pending prediction pale with a dot.
/**
 * @param {string} id
 * @param {number} index
 * @param {Colours} c
 * @param {number} step
 */
function markers(id, index, c, step) {
	const own = predicted().filter(p => p.id === id);
	const colour = own.map(p => (p.decision ? c.up : c.down));
	const scale = +field.days.value > 7 ? 0.6 : 1;
	return {
		name: id,
		x: own.map(p => plotlyTime(p.resolvesAt)),
		y: own.map(p => (p.decision ? (p.target ?? 0) + index * step : (p.price ?? 0) - index * step)),
		mode: "markers",
		customdata: own.map(p => [
			when(p.ts),
			p.probability,
			[p.decision ? "rise" : "no rise", resultOf(p), p.withdrawn && WITHDRAWN].filter(Boolean).join(", "),
			p.origin
		]),
		marker: {
			symbol: own.map(
				p => `triangle-${p.decision ? "up" : "down"}${{ hit: "", missed: "-open", open: "-dot" }[resultOf(p)]}`
			),
			size: own.map(p => (p.origin === "buffer" ? 7 : 10) * scale),
			color: colour,
			opacity: own.map(p => (p.outcome === null ? 0.55 : 1)),
			line: {
				width: own.map(p => (resultOf(p) === "missed" ? 1.5 : index ? 1 : 0)),
				color: index ? c[`m${index + 1}`] : colour
			}
		},
		hovertemplate: `${letter(id)} ${id}<br>%{customdata[2]}, %{customdata[1]:.0%}, %{customdata[3]}<br>hour %{customdata[0]}<extra></extra>`
	};
}

// A row of probabilities for each model, at the end of each window.
/** @param {Colours} c */
function probabilityBands(c) {
	const lines = view.shown.map(
		id =>
			new Map(
				predicted()
					.filter(p => p.id === id)
					.map(p => [plotlyTime(p.resolvesAt), p.probability])
			)
	);
	const x = [...new Set(lines.flatMap(one => [...one.keys()]))].sort();
	return {
		type: "heatmap",
		x,
		y: view.shown.map(letter),
		z: lines.map(one => x.map(time => one.get(time) ?? null)),
		yaxis: "y2",
		zmin: 0,
		zmax: 1,
		colorscale: [
			[0, c.down],
			[0.5, c.sheet],
			[1, c.up]
		],
		showscale: false,
		ygap: 3,
		hoverongaps: false,
		hovertemplate: "%{y} says %{z:.0%}<extra></extra>"
	};
}

export function drawChart() {
	const x = view.close.map((_, index) => plotlyTime(iso(Date.parse(view.since) + (index + 1) * HOUR)));
	const prices = [...view.close, ...predicted().map(p => p.target)].filter(value => value !== null);
	if (!prices.length) {
		note($("#chart"), empty("No bar of this price is stored yet."));
		return;
	}
	const step = (Math.max(...prices) - Math.min(...prices)) * 0.018;
	const end = Math.max(newestHour() + HOUR, ...predicted().map(p => Date.parse(p.resolvesAt)));
	const rows = view.shown.length;
	const floor = 0.05 + 0.05 * Math.max(1, rows);
	chart($("#chart"), {
		title: `${pair}, predictions at their horizon`,
		units: unit,
		summary: `${scoreText()} Last close ${price(view.close.findLast(value => value !== null))} ${unit}.`,
		key: c => [
			...(rows > 1 ? view.shown.map((id, index) => h("span", {}, line(c[`m${index + 1}`]), letter(id))) : []),
			...[
				"▲▼ hit",
				"△▽ missed",
				"pale: open",
				predicted().some(p => p.origin === "buffer") && "small: buffered",
				"band: probability, ▼ to ▲"
			]
				.filter(Boolean)
				.map(text => h("span", {}, text))
		],
		build: c => ({
			traces: [
				{
					x,
					y: view.close,
					name: "close",
					mode: "lines",
					line: { color: c.ink, width: 1.5 },
					hovertemplate: `%{y:,.2f} ${unit}<extra></extra>`
				},
				...view.shown.map((id, index) => markers(id, index, c, step)),
				probabilityBands(c)
			],
			layout: {
				hovermode: "closest",
				uirevision: location.search,
				xaxis: { type: "date", range: [plotlyTime(view.since), plotlyTime(iso(end + HOUR))], anchor: "y2" },
				yaxis: { side: "right", domain: [floor + 0.04, 1], tickformat: ",~g" },
				yaxis2: {
					side: "right",
					domain: [0, floor],
					type: "category",
					categoryarray: view.shown.map(letter).reverse(),
					fixedrange: true,
					showgrid: false
				},
				shapes: [
					{
						type: "line",
						x0: plotlyTime(iso(now())),
						x1: plotlyTime(iso(now())),
						yref: "paper",
						y0: 0,
						y1: 1,
						line: { color: c.edge, width: 1, dash: "dot" }
					}
				]
			}
		}),
		table: () => ({ columns: PREDICTION_COLUMNS, rows: predictions })
	});
}
