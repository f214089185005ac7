// Hours before a rise as a wash behind the price, unknown ones hatched: thousands of stretches in a few milliseconds.
import { colours } from "./chart.js";
import { $, h } from "./dom.js";

const HOUR = 36e5;

function hatched(context, colour) {
  const tile = h("canvas", { width: 6, height: 6 });
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.stroke(new Path2D("M-1 7 7 -1M-1 1 1 -1M5 7 7 5"));
  return context.createPattern(tile, "repeat");
}

// stretches: {from, rises, unknown}, the last two as gap, length, gap, length, … in hours from the first
export function wash(figure, stretches) {
  const plot = $(".plot", figure);
  const { xaxis: across, yaxis: up } = plot._fullLayout ?? {};
  if (!across || !stretches) return;
  const canvas = $("canvas", figure) ?? h("canvas", { "aria-hidden": "true" });
  if (!canvas.parentNode) plot.before(canvas);
  const [wide, high, scale] = [across._length, up._length, devicePixelRatio || 1];
  Object.assign(canvas, { width: wide * scale, height: high * scale });
  Object.assign(canvas.style, { left: `${plot.offsetLeft + across._offset}px`, top: `${plot.offsetTop + up._offset}px`, width: `${wide}px`, height: `${high}px` });
  const [first, last] = across.range.map((text) => Date.parse(`${String(text).replace(" ", "T")}Z`));
  const context = canvas.getContext("2d");
  const c = colours();
  context.scale(scale, scale);
  context.fillStyle = c.sheet;
  context.fillRect(0, 0, wide, high);
  for (const [flat, style] of [[stretches.rises, c.upWash], [stretches.unknown, hatched(context, c.edge)]]) {
    context.beginPath();
    let at = Date.parse(stretches.from);
    for (let i = 0; i < flat.length; i += 2) {
      const start = at + flat[i] * HOUR;
      at = start + flat[i + 1] * HOUR;
      if (at > first && start < last) context.rect(((start - first) / (last - first)) * wide, 0, ((at - start) / (last - first)) * wide, high);
    }
    context.fillStyle = style;
    context.fill();
  }
  canvas.dataset.painted = +(canvas.dataset.painted ?? 0) + 1;
}
