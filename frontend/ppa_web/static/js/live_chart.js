// The price, and on it each prediction where its window ends.
import { now } from "./api.js";
import { answers, came, field, HOUR, letter, made, newest, ORIGINS, pair, unit, view } from "./answers.js";
import { chart, line, note } from "./chart.js";
import { $, empty, h } from "./dom.js";
import { iso, plain, price, when } from "./format.js";
import { LEDGER } from "./answertables.js";

// Each origin by itself: buffered predictions never count as live.
const scores = () =>
	Object.values(ORIGINS)
		.map(origin => [origin, made().filter(p => p.origin === origin)])
		.filter(([, own]) => own.length)
		.map(([origin, own]) => {
			const known = own.filter(p => p.outcome !== null);
			return `${own.length} ${origin} predictions, ${known.filter(p => came(p) === "hit").length} of ${known.length} with an outcome right.`;
		})
		.join(" ");

// Direction by shape and colour; a hit is full, a miss hollow, what is open pale with a dot.
function marks(id, index, c, step) {
	const own = made().filter(p => p.id === id);
	const colour = own.map(p => (p.decision ? c.up : c.down));
	const small = +field.days.value > 7 ? 0.6 : 1;
	return {
		name: id,
		x: own.map(p => plain(p.matures)),
		y: own.map(p => (p.decision ? p.target + index * step : p.price - index * step)),
		mode: "markers",
		customdata: own.map(p => [when(p.ts), p.probability, `${p.decision ? "rise" : "no rise"}, ${came(p)}`, p.origin]),
		marker: {
			symbol: own.map(
				p => `triangle-${p.decision ? "up" : "down"}${{ hit: "", missed: "-open", open: "-dot" }[came(p)]}`
			),
			size: own.map(p => (p.origin === "buffer" ? 7 : 10) * small),
			color: colour,
			opacity: own.map(p => (p.outcome === null ? 0.55 : 1)),
			line: {
				width: own.map(p => (came(p) === "missed" ? 1.5 : index ? 1 : 0)),
				color: index ? c[`m${index + 1}`] : colour
			}
		},
		hovertemplate: `${letter(id)} ${id}<br>%{customdata[2]}, %{customdata[1]:.0%}, %{customdata[3]}<br>hour %{customdata[0]}<extra></extra>`
	};
}

// What each model said, a row each, where its window ends; blue from one half on.
function bands(c) {
	const lines = view.shown.map(
		id =>
			new Map(
				made()
					.filter(p => p.id === id)
					.map(p => [plain(p.matures), p.probability])
			)
	);
	const x = [...new Set(lines.flatMap(one => [...one.keys()]))].sort();
	return {
		type: "heatmap",
		x,
		y: view.shown.map(letter),
		z: lines.map(one => x.map(at => one.get(at) ?? null)),
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

export function draw() {
	const x = view.close.map((_, at) => plain(iso(Date.parse(view.since) + (at + 1) * HOUR)));
	const known = [...view.close, ...made().map(p => p.target)].filter(value => value !== null);
	if (!known.length) {
		note($("#chart"), empty("No bar of this price is stored yet."));
		return;
	}
	const step = (Math.max(...known) - Math.min(...known)) * 0.018;
	const end = Math.max(newest() + HOUR, ...made().map(p => Date.parse(p.matures)));
	const rows = view.shown.length;
	const floor = 0.05 + 0.05 * Math.max(1, rows);
	chart($("#chart"), {
		title: `${pair}, predictions at their horizon`,
		units: unit,
		summary: `${scores()} Last close ${price(view.close.findLast(value => value !== null))} ${unit}.`,
		key: c => [
			...(rows > 1 ? view.shown.map((id, index) => h("span", {}, line(c[`m${index + 1}`]), letter(id))) : []),
			...[
				"▲▼ hit",
				"△▽ missed",
				"pale: open",
				made().some(p => p.origin === "buffer") && "small: buffered",
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
				...view.shown.map((id, index) => marks(id, index, c, step)),
				bands(c)
			],
			layout: {
				hovermode: "closest",
				uirevision: location.search,
				xaxis: { type: "date", range: [plain(view.since), plain(iso(end + HOUR))], anchor: "y2" },
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
						x0: plain(iso(now())),
						x1: plain(iso(now())),
						yref: "paper",
						y0: 0,
						y1: 1,
						line: { color: c.edge, width: 1, dash: "dot" }
					}
				]
			}
		}),
		table: () => ({ columns: LEDGER, rows: answers })
	});
}
