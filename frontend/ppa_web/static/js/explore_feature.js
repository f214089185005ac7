// The charts of one feature in the exploration: its distribution by label, and its missing values.
import { get } from "./api.js";
import { chart, line, note } from "./chart.js";
import { empty, h } from "./dom.js";
import { count, pct, significant } from "./format.js";

export const SWATCH = "height:.9em;vertical-align:-.1em";

/** @type {(values: number[]) => number} */
const sumOf = values => values.reduce((sum, value) => sum + value, 0);

/**
 * @param {HTMLElement} figure
 * @param {Query} definition of the label
 * @param {string} name
 */
export async function drawDistribution(figure, definition, name) {
	/** @type {Api.Distribution & { missing: Required<Api.MissingByClass> }} */
	const d = await get("explore/distribution", { ...definition, feature: name });
	const [zeros, ones] = [sumOf(d.zeros), sumOf(d.ones)];
	if (!zeros && !ones) {
		note(figure, empty(`${name} has no value in this range.`));
		return;
	}
	const middle = d.ones.map((_, at) => (d.edges[at] + d.edges[at + 1]) / 2);
	const widths = middle.map((_, at) => d.edges[at + 1] - d.edges[at]);
	const rate = d.ones.map((value, at) => (value + d.zeros[at] >= 20 ? value / (value + d.zeros[at]) : null));
	const base = ones / (ones + zeros);
	/** @type {(counts: number[], sum: number) => number[]} */
	const shares = (counts, sum) => counts.map(value => (sum ? value / sum : 0));
	await chart(figure, {
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

/**
 * @param {HTMLElement} figure
 * @param {Query} definition of the label
 * @param {string} name
 */
export async function drawMissing(figure, definition, name) {
	/** @type {Required<Api.Missingness>} */
	const m = await get("explore/missingness", { ...definition, feature: name });
	const rows = [...m.groups].reverse().concat({ group: name, share: m.values });
	const worst = [...m.groups].sort((a, b) => sumOf(b.share) - sumOf(a.share))[0];
	const shares = rows.map(({ share }) => share);
	await chart(figure, {
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
