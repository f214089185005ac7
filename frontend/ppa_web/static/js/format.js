// Numbers and times as people read them; a missing one is a dash.
const NONE = "–";
const known = value => value !== null && value !== undefined && !Number.isNaN(value);
const english = options => new Intl.NumberFormat("en", options);
const whole = english({ maximumFractionDigits: 0 });

// A minus is as wide as the digits it stands before; a hyphen is not.
const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
export const count = value => (known(value) ? whole.format(value) : NONE);
export const num = (value, digits = 3) => (known(value) ? fixed(value, digits) : NONE);
export const pct = (value, digits = 1) => (known(value) ? `${fixed(value * 100, digits)}%` : NONE);
export const signed = (value, digits) => `${known(value) && value >= 0 ? "+" : ""}${pct(value, digits)}`;
export const price = value =>
	known(value) ? english({ minimumFractionDigits: 2, maximumFractionDigits: value < 10 ? 4 : 2 }).format(value) : NONE;
export const short = value => (known(value) ? english({ maximumSignificantDigits: 5 }).format(value) : NONE);
export const percentage = fraction => `${+(fraction * 100).toFixed(4)}%`;

export const when = iso => (iso ? iso.slice(0, 16).replace("T", " ") : NONE);
export const day = iso => (iso ? iso.slice(0, 10) : NONE);
export const plain = iso => iso.slice(0, 19); // plotly.js has no time zones
export const iso = milliseconds => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

export function span(seconds) {
	if (!known(seconds)) return NONE;
	const size = Math.abs(seconds);
	if (size < 90) return `${Math.round(size)} s`;
	if (size < 5400) return `${Math.round(size / 60)} min`;
	if (size < 172800) return `${num(size / 3600, size < 36000 ? 1 : 0)} h`;
	return `${count(size / 86400)} d`;
}

export function countdown(until, now) {
	const left = Math.round((Date.parse(until) - now) / 1000);
	if (left <= 0) return "due";
	const two = value => String(value).padStart(2, "0");
	return `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
}

export const range = (low, high) =>
	known(low) && known(high) ? `${fixed(low * 100, 0)}–${(high * 100).toFixed(0)}%` : NONE;
const distance = (value, { volatility_window: window }) =>
	window ? `${+value.toFixed(4)} σ(${window} h)` : percentage(value);
export const rule = label =>
	`${words(label.mode)}, ${label.lookahead} h, ${distance(label.threshold, label)}${known(label.stop_loss) ? ` before −${distance(label.stop_loss, label)}` : ""}`;
export const reach = ({ range_from: from, range_to: to }) =>
	from || to ? `${from ? day(from) : "the beginning"} to ${to ? day(iso(Date.parse(to) - 1000)) : "now"}` : "all hours";
export const words = code => (code ?? "").replaceAll("_", " ");
