// The price over time, with the chosen features and the label's hours behind it.
import { chart, note } from "./chart.js";
import { h, debounce, problem } from "./dom.js";
import { day, plotlyTime, price } from "./format.js";
import { shadeLabel } from "./label_shading.js";

/**
 * The range of an axis: all values, with some room above and below.
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function paddedRange(values) {
	const present = values.filter(value => value !== null);
	const [low, high] = present.length ? [Math.min(...present), Math.max(...present)] : [0, 1];
	const padding = (high - low || Math.abs(high) || 1) * 0.06;
	return [low - padding, high + padding];
}

/**
 * Make the price chart of a figure.
 * @param {HTMLElement} figure
 * @param {ConfigurePage} page
 */
export function priceChart(figure, page) {
	/** @type {Api.Chart | null} */
	let coarse = null;
	/** @type {any} */
	let data = null;
	/** @type {any} */
	let featureModule = null;
	/** @type {any} */
	let zoomModule = null;

	/** @param {Colours} c */
	function build(c) {
		/** @type {string[]} */
		const x = data.ts.map(plotlyTime);
		const [from, to] = (page.zoom ?? [data.from, data.to]).map(plotlyTime);
		const first = Math.max(
			0,
			x.findIndex(ts => ts >= from)
		);
		const beyond = x.findIndex(ts => ts >= to);
		/** @type {(values: (number | null)[]) => [number, number]} */
		const rangeInView = values => paddedRange(values.slice(first, beyond < 0 ? undefined : beyond));
		const count = Object.keys(data.features).length;
		const overlay = page.isOverlay();
		const share = overlay ? 0 : (0.2 * count) / (1 + 0.2 * count); // a panel is a fifth of the price chart
		const line = {
			x,
			y: data.close,
			name: "close",
			mode: "lines",
			line: { color: c.ink, width: 1.3 },
			hovertemplate: `%{y:,.2f} ${data.unit}`
		};
		const bars = data.candles;
		const extra = count
			? featureModule.featureTraces(data.features, { c, x, overlay, share, rangeInView })
			: { traces: [], axes: {} };
		return {
			traces: [...(bars ? zoomModule.candles(line, bars, data.unit, c) : [line]), ...extra.traces],
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
					domain: [share, 1],
					tickformat: ",~g",
					fixedrange: true,
					range: bars ? paddedRange([...bars.low, ...bars.high]) : rangeInView(data.close)
				},
				...extra.axes,
				...(overlay && count && { margin: { l: 52, r: 60, t: 10, b: 44 } })
			}
		};
	}

	/** @type {(kind: string, text: string, style?: string) => HTMLElement} */
	const swatch = (kind, text, style) => h("span", {}, h("i", { class: `swatch ${kind}`, style }), text);
	/** @type {(c: Colours) => Child[]} */
	const key = c =>
		[
			swatch("tint", " rise follows", `background:${c.upTint}`),
			page.stretches?.unknown.length && swatch("hatch", " not known yet"),
			...(Object.keys(data.features).length
				? featureModule.featureTraces(data.features, { c, x: [], rangeInView: () => null }).key
				: [])
		].filter(Boolean);

	async function draw() {
		if (!data) return;
		const count = Object.keys(data.features).length;
		if (count) featureModule ??= await import("./feature_traces.js");
		if (data.candles) zoomModule ??= await import("./zoom.js");
		figure.style.setProperty("--strips", String(page.isOverlay() ? 0 : count));
		const closes = data.close.filter((/** @type {number | null} */ value) => value !== null);
		const plot = await chart(figure, {
			title: `${data.pair}, hourly close`,
			units: data.unit,
			build,
			key,
			table: async () => (await import("./zoom.js")).pointTable(data),
			summary: closes.length
				? `${day(data.from)} to ${day(data.to)}, from ${price(closes[0])} to ${price(closes.at(-1))}, lowest ${price(Math.min(...closes))}, highest ${price(Math.max(...closes))} ${data.unit}. ${(page.stretches?.rises.length ?? 0) / 2} stretches of hours before a rise.`
				: "No prices in this range."
		});
		if (plot.dataset.listens || !plot.on) return;
		plot.dataset.listens = "yes";
		plot.on("plotly_relayout", debounce(onRelayout, 60));
		plot.on("plotly_doubleclick", () => {
			resetting = true;
			zoomTo(null);
		});
		plot.on("plotly_afterplot", paint);
		paint();
	}
	const paint = () => shadeLabel(figure, page.stretches);

	let resetting = false; // plotly.js sends a range of its own after a double click
	/** @param {string[] | null} range */
	function zoomTo(range) {
		page.zoom = range;
		page.onZoom();
		loadDetail();
	}
	/** @param {any} event */
	async function onRelayout(event) {
		zoomModule ??= await import("./zoom.js");
		const range = zoomModule.zoomedRange(event);
		if (range && !resetting) zoomTo(range);
		resetting = false;
	}

	async function loadDetail() {
		try {
			const fine = page.zoom && coarse && (await page.fetchPrices({ from: page.zoom[0], to: page.zoom[1] }));
			if (fine && fine.ts.length > 1) {
				zoomModule ??= await import("./zoom.js");
				data = zoomModule.mergeDetail(coarse, fine);
			} else data = coarse;
			await draw();
		} catch (error) {
			if (error.name !== "AbortError") note(figure, problem(error, load));
		}
	}

	async function load() {
		try {
			coarse = await page.fetchPrices();
		} catch (error) {
			if (error.name !== "AbortError") note(figure, problem(error, load));
			return;
		}
		await loadDetail();
	}
	return { load, draw, paint };
}
