// The label behind the price: hours labelled 1 are tinted, unknown ones hatched. Drawn on a canvas by pixel column,
// since Plotly's shapes take seconds.
import { colours } from "./chart.js";
import { $, h } from "./dom.js";

const HOUR = 36e5;

/** @param {HTMLCanvasElement} canvas */
const contextOf = canvas => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 */
function hatchPattern(context, colour) {
	const tile = h("canvas", { width: 6, height: 6 });
	const tileContext = contextOf(tile);
	tileContext.strokeStyle = colour;
	tileContext.stroke(new Path2D("M-1 7 7-1M-1 1 1-1M5 7 7 5"));
	return /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
}

/**
 * The share of each pixel column that stretches of hours cover.
 * @param {number[]} gapsAndLengths gap, length, gap, length, … in hours from `start` on
 * @param {number} start milliseconds
 * @param {number} first milliseconds of the left edge
 * @param {number} last milliseconds of the right edge
 * @param {number} width columns
 */
export function coveredShares(gapsAndLengths, start, first, last, width) {
	const shares = new Float32Array(width);
	/** @type {(moment: number) => number} */
	const columnOf = moment => Math.min(width, Math.max(0, ((moment - first) / (last - first)) * width));
	let end = start;
	for (let i = 0; i < gapsAndLengths.length; i += 2) {
		const left = columnOf(end + gapsAndLengths[i] * HOUR);
		end += (gapsAndLengths[i] + gapsAndLengths[i + 1]) * HOUR;
		const right = columnOf(end);
		for (let x = Math.floor(left); x < right; x += 1) shares[x] += Math.min(right, x + 1) - Math.max(left, x);
	}
	return shares;
}

/**
 * Shade the hours of the label.
 * @param {HTMLElement} figure
 * @param {Api.Stretches | null} stretches
 */
export function shadeLabel(figure, stretches) {
	const plot = $(".plot", figure);
	const { xaxis: xAxis, yaxis: yAxis } = plot._fullLayout ?? {};
	if (!xAxis || !stretches) return;
	const canvas = $("canvas", figure) ?? h("canvas", { "aria-hidden": "true" });
	if (!canvas.parentNode) plot.before(canvas);
	const [width, height] = [xAxis._length, yAxis._length].map(length => Math.round(length * (devicePixelRatio || 1)));
	Object.assign(canvas, { width, height });
	Object.assign(canvas.style, {
		left: `${plot.offsetLeft + xAxis._offset}px`,
		top: `${plot.offsetTop + yAxis._offset}px`,
		width: `${xAxis._length}px`,
		height: `${yAxis._length}px`
	});
	const [first, last] = xAxis.range.map((/** @type {unknown} */ text) =>
		Date.parse(`${String(text).replace(" ", "T")}Z`)
	);
	const context = contextOf(canvas);
	const c = colours();
	context.fillStyle = c.sheet;
	context.fillRect(0, 0, width, height);
	/** @type {(gapsAndLengths: number[], style: string | CanvasPattern, minAlpha: number) => void} */
	const shade = (gapsAndLengths, style, minAlpha) => {
		context.fillStyle = style;
		coveredShares(gapsAndLengths, Date.parse(stretches.from ?? ""), first, last, width).forEach((share, x) => {
			context.globalAlpha = share && Math.max(share, minAlpha);
			if (share) context.fillRect(x, 0, 1, height);
		});
	};
	shade(stretches.rises, c.upTint, 0);
	shade(stretches.unknown, hatchPattern(context, c.edge), 1);
	canvas.dataset.painted = +(canvas.dataset.painted ?? 0) + 1;
}
