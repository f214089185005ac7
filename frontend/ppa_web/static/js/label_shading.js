// Hours before a rise as a wash behind the price, unknown ones hatched; by the pixel's column, as shapes take seconds.
import { colours } from "./chart.js";
import { $, h } from "./dom.js";

const HOUR = 36e5;

function hatched(context, colour) {
	const tile = h("canvas", { width: 6, height: 6 });
	const pen = tile.getContext("2d");
	pen.strokeStyle = colour;
	pen.stroke(new Path2D("M-1 7 7-1M-1 1 1-1M5 7 7 5"));
	return context.createPattern(tile, "repeat");
}

// The share of each column that stretches cover; they are gap, length, gap, length, … in hours from `at` on.
function covered(flat, at, first, last, wide) {
	const shares = new Float32Array(wide);
	const place = moment => Math.min(wide, Math.max(0, ((moment - first) / (last - first)) * wide));
	for (let i = 0; i < flat.length; i += 2) {
		const start = place(at + flat[i] * HOUR);
		at += (flat[i] + flat[i + 1]) * HOUR;
		const end = place(at);
		for (let x = Math.floor(start); x < end; x += 1) shares[x] += Math.min(end, x + 1) - Math.max(start, x);
	}
	return shares;
}

// stretches: {from, rises, unknown}
export function wash(figure, stretches) {
	const plot = $(".plot", figure);
	const { xaxis: across, yaxis: up } = plot._fullLayout ?? {};
	if (!across || !stretches) return;
	const canvas = $("canvas", figure) ?? h("canvas", { "aria-hidden": "true" });
	if (!canvas.parentNode) plot.before(canvas);
	const [wide, high] = [across._length, up._length].map(length => Math.round(length * (devicePixelRatio || 1)));
	Object.assign(canvas, { width: wide, height: high });
	Object.assign(canvas.style, {
		left: `${plot.offsetLeft + across._offset}px`,
		top: `${plot.offsetTop + up._offset}px`,
		width: `${across._length}px`,
		height: `${up._length}px`
	});
	const [first, last] = across.range.map(text => Date.parse(`${String(text).replace(" ", "T")}Z`));
	const context = canvas.getContext("2d");
	const c = colours();
	context.fillStyle = c.sheet;
	context.fillRect(0, 0, wide, high);
	for (const [flat, style, least] of [
		[stretches.rises, c.upWash, 0],
		[stretches.unknown, hatched(context, c.edge), 1]
	]) {
		context.fillStyle = style;
		covered(flat, Date.parse(stretches.from), first, last, wide).forEach((share, x) => {
			context.globalAlpha = share && Math.max(share, least);
			if (share) context.fillRect(x, 0, 1, high);
		});
	}
	canvas.dataset.painted = +(canvas.dataset.painted ?? 0) + 1;
}
