// The relation of features to the label in the controls. Loaded when the section is opened.
import { get } from "./api.js";
import { chart, line, note } from "./chart.js";
import { $, empty, h, debounce, options, problem, query } from "./dom.js";
import { count, num, pct, significant } from "./format.js";

const SHOWN = 20;
const SWATCH = "height:.9em;vertical-align:-.1em";
const figures = ["information", "correlation", "distribution", "missing"].map(id => $(`#${id}`));
const [information, correlation, distribution, missing] = figures;
const featureSelect = $("#explore-feature");
/** @type {ConfigurePage} */
let page;
/** @type {{ relations: any[], lookahead: number, warning: string | null }} */
let exploration;
/** @type {AbortController | null} */
let request = null;

/** @type {(key: string) => any[]} */
const strongestBy = key =>
	exploration.relations
		.filter(one => one[key] !== null)
		.sort((a, b) => Math.abs(b[key]) - Math.abs(a[key]))
		.slice(0, SHOWN)
		.reverse();
/** @type {(one: any) => string} */
const sampleSize = one => `${count(one.n)} rows, ${count(one.effective_n)} independent`;
/** @type {(rows: any[]) => object} */
const bars = rows => ({
	type: "bar",
	orientation: "h",
	y: rows.map(({ feature }) => feature),
	hoverlabel: { namelength: 0 }
});
/** @type {(title: string) => object} */
const rankedLayout = title => ({
	margin: { l: 172, r: 16, t: 10, b: 44 },
	hovermode: "closest",
	bargap: 0.35,
	yaxis: { type: "category", dtick: 1, tickfont: { size: 11 }, fixedrange: true, automargin: false },
	xaxis: { title: { text: title }, fixedrange: true }
});
/** @type {() => TableData} */
const relationsTable = () => ({
	columns: [
		{ key: "feature", label: "Feature" },
		{ key: "group", label: "Group" },
		{ key: "information", label: "Information, bits", numeric: true, cell: row => num(row.information, 4) },
		{ key: "chance_information", label: "By chance, bits", numeric: true, cell: row => num(row.chance_information, 4) },
		{ key: "spearman", label: "Spearman", numeric: true, cell: row => num(row.spearman) },
		{ key: "pearson", label: "Pearson", numeric: true, cell: row => num(row.pearson) },
		{
			key: "chance_correlation",
			label: "95% by chance within ±",
			numeric: true,
			cell: row => num(row.chance_correlation)
		},
		{ key: "n", label: "Rows", numeric: true, cell: row => count(row.n) },
		{ key: "effective_n", label: "Independent", numeric: true, cell: row => count(row.effective_n) }
	],
	rows: exploration.relations
});

function drawInformation() {
	const rows = strongestBy("information");
	return chart(information, {
		title: "Mutual information with the label",
		units: "bits a row; 0 says nothing, the strongest 20 features",
		summary: rows.length
			? `Strongest is ${rows.at(-1).feature} with ${num(rows.at(-1).information, 4)} bits, where chance brings ${num(rows.at(-1).chance_information, 4)}.`
			: "No feature has enough rows.",
		key: c => [
			h("span", {}, h("i", { class: "swatch", style: `background:${c.edge};${SWATCH}` }), " feature"),
			h("span", {}, h("b", {}, "| "), "by chance alone")
		],
		table: relationsTable,
		build: c => ({
			traces: [
				{
					...bars(rows),
					x: rows.map(one => one.information),
					marker: { color: c.edge },
					customdata: rows.map(sampleSize),
					hovertemplate: "%{y}: %{x:.4f} bits<br>%{customdata}"
				},
				{
					y: rows.map(({ feature }) => feature),
					x: rows.map(one => one.chance_information),
					mode: "markers",
					marker: { symbol: "line-ns", size: 11, line: { width: 2, color: c.ink } },
					hovertemplate: "by chance: %{x:.4f} bits<extra></extra>"
				}
			],
			layout: rankedLayout("bits")
		})
	});
}

function drawCorrelation() {
	const rows = strongestBy("spearman");
	const band = Math.max(0, ...rows.map(one => one.chance_correlation));
	const y = rows.map(({ feature }) => feature);
	return chart(correlation, {
		title: `Correlation with the return over the next ${exploration.lookahead} hours`,
		units: "−1 to 1, the strongest 20 features by rank",
		summary: rows.length
			? `Strongest by rank is ${rows.at(-1).feature} with ${num(rows.at(-1).spearman)}; 95% of features without any relation lie within ±${num(band)}.`
			: "No feature has enough rows.",
		key: c => [
			h(
				"span",
				{},
				h("i", { class: "swatch", style: `background:linear-gradient(90deg,${c.down} 50%,${c.up} 50%);${SWATCH}` }),
				" Spearman, by rank"
			),
			h("span", {}, h("b", {}, "◇ "), "Pearson"),
			h("span", {}, h("i", { class: "swatch", style: `background:${c.line};${SWATCH}` }), " within chance")
		],
		table: relationsTable,
		build: c => ({
			traces: [
				{
					...bars(rows),
					x: rows.map(one => one.spearman),
					marker: { color: rows.map(one => (one.spearman < 0 ? c.down : c.up)) },
					customdata: rows.map(sampleSize),
					hovertemplate: "%{y}: Spearman %{x:.3f}<br>%{customdata}<extra></extra>"
				},
				{
					y,
					x: rows.map(one => one.pearson),
					mode: "markers",
					marker: { symbol: "diamond-open", size: 8, color: c.ink, line: { width: 1.5 } },
					hovertemplate: "%{y}: Pearson %{x:.3f}<extra></extra>"
				}
			],
			layout: {
				...rankedLayout("correlation"),
				shapes: [
					{
						type: "rect",
						layer: "below",
						xref: "x",
						yref: "paper",
						x0: -band,
						x1: band,
						y0: 0,
						y1: 1,
						fillcolor: c.line,
						opacity: 0.7,
						line: { width: 0 }
					}
				]
			}
		})
	});
}

/** @param {string} name */
async function drawDistribution(name) {
	/** @type {{ edges: number[], ones: number[], zeros: number[], unit: string, missing: any }} */
	const d = await get("explore/distribution", { ...page.definition(), feature: name });
	const [zeros, ones] = [sumOf(d.zeros), sumOf(d.ones)];
	if (!zeros && !ones) {
		note(distribution, empty(`${name} has no value in this range.`));
		return;
	}
	const middle = d.ones.map((_, at) => (d.edges[at] + d.edges[at + 1]) / 2);
	const widths = middle.map((_, at) => d.edges[at + 1] - d.edges[at]);
	const rate = d.ones.map((value, at) => (value + d.zeros[at] >= 20 ? value / (value + d.zeros[at]) : null));
	const base = ones / (ones + zeros);
	/** @type {(counts: number[], sum: number) => number[]} */
	/** @type {(counts: number[], sum: number) => number[]} */
	const shares = (counts, sum) => counts.map(value => (sum ? value / sum : 0));
	await chart(distribution, {
		title: `${name} by what followed`,
		units: `${d.unit}; share of each class`,
		summary: `${count(ones)} hours before a rise and ${count(zeros)} before none have a value, from ${significant(d.edges[0])} to ${significant(d.edges.at(-1))} ${d.unit}; ${count(d.missing.ones + d.missing.zeros)} have none. A rise follows ${pct(base)} of them in all.`,
		key: c => [
			h("span", {}, h("i", { class: "swatch", style: `background:${c.up};opacity:.6;${SWATCH}` }), " rise"),
			h("span", {}, line(c.ink), "none"),
			h("span", {}, line(c.m3, "4 3"), "share of rises in the bin, right")
		],
		table: () => ({
			columns: [
				{ key: "from", label: `From, ${d.unit}`, numeric: true, cell: row => significant(row.from) },
				{ key: "to", label: "To", numeric: true, cell: row => significant(row.to) },
				{ key: "ones", label: "Rise follows, hours", numeric: true, cell: row => count(row.ones) },
				{ key: "zeros", label: "None, hours", numeric: true, cell: row => count(row.zeros) },
				{ key: "rate", label: "Share of rises", numeric: true, cell: row => pct(row.rate) }
			],
			rows: middle.map((_, at) => ({
				from: d.edges[at],
				to: d.edges[at + 1],
				ones: d.ones[at],
				zeros: d.zeros[at],
				rate: rate[at]
			}))
		}),
		build: c => ({
			traces: [
				{
					type: "bar",
					x: middle,
					width: widths,
					y: shares(d.ones, ones),
					marker: { color: c.up, opacity: 0.6 },
					customdata: d.ones,
					name: "rise",
					hovertemplate: "%{y:.1%}, %{customdata:,} hours"
				},
				{
					x: d.edges,
					y: [...shares(d.zeros, zeros), shares(d.zeros, zeros).at(-1)],
					mode: "lines",
					line: { shape: "hv", color: c.ink, width: 1.6 },
					customdata: [...d.zeros, d.zeros.at(-1)],
					name: "none",
					hovertemplate: "%{y:.1%}, %{customdata:,} hours"
				},
				{
					x: middle,
					y: rate,
					yaxis: "y2",
					mode: "lines+markers",
					line: { color: c.m3, width: 1.4, dash: "4px 3px" },
					marker: { size: 5 },
					name: "share of rises",
					hovertemplate: "%{y:.1%}"
				}
			],
			layout: {
				margin: { l: 52, r: 56, t: 10, b: 44 },
				bargap: 0,
				xaxis: { title: { text: d.unit }, fixedrange: true },
				yaxis: { tickformat: ".0%", rangemode: "tozero", fixedrange: true },
				yaxis2: {
					overlaying: "y",
					side: "right",
					tickformat: ".0%",
					showgrid: false,
					rangemode: "tozero",
					fixedrange: true
				}
			}
		})
	});
}

/** @param {string} name */
async function drawMissing(name) {
	/** @type {{ months: string[], values: number[], groups: { group: string, share: number[] }[] }} */
	const m = await get("explore/missingness", { ...page.definition(), feature: name });
	const rows = [...m.groups].reverse().concat({ group: name, share: m.values });
	const worst = [...m.groups].sort((a, b) => sumOf(b.share) - sumOf(a.share))[0];
	const shares = rows.map(({ share }) => share);
	await chart(missing, {
		title: "Missing values by month",
		units: "share of the group’s values that rows lack; the chosen feature on top",
		summary: m.months.length
			? `${m.months[0]} to ${m.months.at(-1)}. ${worst.group} lacks most, ${pct(sumOf(worst.share) / m.months.length)} on average; ${name} lacks ${pct(sumOf(m.values) / m.months.length)}.`
			: "No rows in this range.",
		key: c => [
			h(
				"span",
				{},
				h("i", { class: "swatch", style: `background:${c.sheet};border:1px solid ${c.edge};${SWATCH}` }),
				" all there"
			),
			h("span", {}, h("i", { class: "swatch", style: `background:${c.ink};${SWATCH}` }), " all missing")
		],
		table: () => ({
			columns: [
				{ key: "month", label: "Month" },
				...rows.map(({ group }) => ({
					key: group,
					label: group,
					numeric: true,
					cell: (/** @type {any} */ row) => pct(row[group])
				}))
			],
			rows: m.months.map((month, at) => ({
				month,
				...Object.fromEntries(rows.map(({ group, share }) => [group, share[at]]))
			}))
		}),
		build: c => ({
			traces: [
				{
					type: "heatmap",
					x: m.months.map(month => `${month}-01`),
					y: rows.map(({ group }) => group),
					z: shares,
					zmin: 0,
					zmax: 1,
					colorscale: [
						[0, c.sheet],
						[1, c.ink]
					],
					showscale: false,
					ygap: 2,
					hovertemplate: "%{y}, %{x|%Y-%m}: %{z:.1%} missing<extra></extra>"
				}
			],
			layout: {
				margin: { l: 172, r: 16, t: 10, b: 44 },
				hovermode: "closest",
				xaxis: { type: "date", fixedrange: true, showgrid: false },
				yaxis: { type: "category", dtick: 1, fixedrange: true, showgrid: false, tickfont: { size: 11 } }
			}
		})
	});
}

/** @type {(values: number[]) => number} */
const sumOf = values => values.reduce((sum, value) => sum + value, 0);

async function drawFeature() {
	page.onExplore(featureSelect.value);
	for (const [figure, draw] of [
		[distribution, drawDistribution],
		[missing, drawMissing]
	]) {
		try {
			await draw(featureSelect.value);
		} catch (error) {
			note(figure, problem(error, drawFeature));
		}
	}
}

async function refresh() {
	request?.abort();
	request = new AbortController();
	try {
		exploration = await get("explore/relations", page.definition(), request.signal);
	} catch (error) {
		if (error.name !== "AbortError") for (const figure of figures) note(figure, problem(error, refresh));
		return;
	}
	$("#overlap").replaceChildren(...(exploration.warning ? [h("li", {}, exploration.warning)] : []));
	const order = [...exploration.relations]
		.sort((a, b) => (b.information ?? -1) - (a.information ?? -1))
		.map(({ feature }) => feature);
	const requested = featureSelect.value || query().explore;
	options(
		featureSelect,
		order.map(name => [name, name]),
		order.includes(requested) ? requested : order[0]
	);
	await Promise.all([drawInformation(), drawCorrelation(), drawFeature()]);
}

/**
 * Draw the exploration, and again when the label changes.
 * @param {ConfigurePage} callbacks `onChange` of it is set here
 */
export async function explore(callbacks) {
	page = callbacks;
	featureSelect.addEventListener("change", drawFeature);
	page.onChange = debounce(refresh, 250);
	for (const figure of [information, correlation]) {
		const plot = await chart(figure, {
			summary: "Loading.",
			table: () => ({ columns: [], rows: [] }),
			build: () => ({ traces: [], layout: rankedLayout("") })
		});
		plot.on?.("plotly_click", ({ points }) => {
			featureSelect.value = points[0].y;
			drawFeature();
		});
	}
	await refresh();
}
