// The price over time, what was chosen beside it, and the hours before a rise behind it.
import { chart, note } from "./chart.js";
import { h, later, problem } from "./dom.js";
import { day, plain, price } from "./format.js";
import { wash } from "./label_shading.js";

function fitted(values) {
	const known = values.filter(value => value !== null);
	const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
	const room = (high - low || Math.abs(high) || 1) * 0.06;
	return [low - room, high + room];
}

// page: {ask(range) → data, over() → z-scores over the price?, zoom, stretches, zoomed()}
export function priceChart(figure, page) {
	let whole = null;
	let data = null;
	let [besides, closer] = [null, null];

	function build(c) {
		const x = data.ts.map(plain);
		const [from, to] = (page.zoom ?? [data.from, data.to]).map(plain);
		const first = Math.max(
			0,
			x.findIndex(ts => ts >= from)
		);
		const beyond = x.findIndex(ts => ts >= to);
		const seen = values => fitted(values.slice(first, beyond < 0 ? undefined : beyond));
		const count = Object.keys(data.features).length;
		const over = page.over();
		const room = over ? 0 : (0.2 * count) / (1 + 0.2 * count); // a strip is a fifth of the price chart
		const line = {
			x,
			y: data.close,
			name: "close",
			mode: "lines",
			line: { color: c.ink, width: 1.3 },
			hovertemplate: `%{y:,.2f} ${data.unit}`
		};
		const bars = data.candles;
		const more = count ? besides.beside(data.features, { c, x, over, room, seen }) : { traces: [], axes: {} };
		return {
			traces: [...(bars ? closer.candles(line, bars, data.unit, c) : [line]), ...more.traces],
			layout: {
				plot_bgcolor: "transparent",
				hoversubplots: "axis",
				xaxis: {
					type: "date",
					range: [from, to],
					anchor: "free",
					position: 0,
					hoverformat: "%Y-%m-%d %H:%M UTC",
					rangeslider: { visible: false }
				},
				yaxis: {
					side: "right",
					domain: [room, 1],
					tickformat: ",~g",
					fixedrange: true,
					range: bars ? fitted([...bars.low, ...bars.high]) : seen(data.close)
				},
				...more.axes,
				...(over && count && { margin: { l: 52, r: 60, t: 10, b: 44 } })
			}
		};
	}

	const swatch = (kind, words, style) => h("span", {}, h("i", { class: `swatch ${kind}`, style }), words);
	const key = c =>
		[
			swatch("wash", " rise follows", `background:${c.upWash}`),
			page.stretches?.unknown.length && swatch("hatch", " not known yet"),
			...(Object.keys(data.features).length ? besides.beside(data.features, { c, x: [], seen: () => null }).key : [])
		].filter(Boolean);

	async function draw() {
		if (!data) return;
		const count = Object.keys(data.features).length;
		if (count) besides ??= await import("./feature_traces.js");
		if (data.candles) closer ??= await import("./zoom.js");
		figure.style.setProperty("--strips", page.over() ? 0 : count);
		const known = data.close.filter(value => value !== null);
		const plot = await chart(figure, {
			title: `${data.pair}, hourly close`,
			units: data.unit,
			build,
			key,
			table: async () => (await import("./zoom.js")).tabled(data),
			summary: known.length
				? `${day(data.from)} to ${day(data.to)}, from ${price(known[0])} to ${price(known.at(-1))}, lowest ${price(Math.min(...known))}, highest ${price(Math.max(...known))} ${data.unit}. ${(page.stretches?.rises.length ?? 0) / 2} stretches of hours before a rise.`
				: "No prices in this range."
		});
		if (plot.dataset.listens || !plot.on) return;
		plot.dataset.listens = "yes";
		plot.on("plotly_relayout", later(moved, 60));
		plot.on("plotly_doubleclick", () => {
			back = true;
			look(null);
		});
		plot.on("plotly_afterplot", paint);
		paint();
	}
	const paint = () => wash(figure, page.stretches);

	let back = false; // plotly.js follows a double click by a range of its own
	function look(range) {
		page.zoom = range;
		page.zoomed();
		detail();
	}
	async function moved(event) {
		closer ??= await import("./zoom.js");
		const range = closer.ranged(event);
		if (range && !back) look(range);
		back = false;
	}

	async function detail() {
		try {
			const fine = page.zoom && whole && (await page.ask({ from: page.zoom[0], to: page.zoom[1] }));
			if (fine?.ts.length > 1) {
				closer ??= await import("./zoom.js");
				data = closer.merged(whole, fine);
			} else data = whole;
			await draw();
		} catch (error) {
			if (error.name !== "AbortError") note(figure, problem(error, load));
		}
	}

	async function load() {
		try {
			whole = await page.ask();
		} catch (error) {
			if (error.name !== "AbortError") note(figure, problem(error, load));
			return;
		}
		await detail();
	}
	return { load, draw, paint };
}
