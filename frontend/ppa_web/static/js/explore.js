// The relation of features to the label in the controls. Loaded when the section is opened.
import { get } from "./api.js";
import { chart, note } from "./chart.js";
import { $, h, debounce, options, problem, query } from "./dom.js";
import { drawDistribution, drawMissing, SWATCH } from "./explore_feature.js";
import { count, num } from "./format.js";

const SHOWN = 20;
const figures = ["information", "correlation", "distribution", "missing"].map(id => $(`#${id}`));
const [information, correlation, distribution, missing] = figures;
const featureSelect = $("#explore-feature");
/** @type {ConfigurePage} */
let page;
/** @type {Api.Relations} */
let exploration;
/** @type {AbortController | null} */
let request = null;

/** @type {(key: "information" | "spearman") => any[]} */
const strongestBy = key =>
	exploration.relations
		.filter(one => one[key] !== null)
		.sort((a, b) => Math.abs(b[key] ?? 0) - Math.abs(a[key] ?? 0))
		.slice(0, SHOWN)
		.reverse();
/** @type {(one: Api.Relation) => string} */
const sampleSize = one => `${count(one.n)} rows, ${count(one.effective_n)} independent`;
/** @type {(rows: Api.Relation[]) => object} */
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

async function drawFeature() {
	page.onExplore(featureSelect.value);
	for (const [figure, draw] of [
		[distribution, drawDistribution],
		[missing, drawMissing]
	]) {
		try {
			await draw(figure, page.definition(), featureSelect.value);
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
