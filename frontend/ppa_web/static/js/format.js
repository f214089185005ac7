// Numbers and times as text. A missing value is a dash.
const MISSING = "–";
const present = value => value !== null && value !== undefined && !Number.isNaN(value);
const formatter = options => new Intl.NumberFormat("en", options);
const wholeNumber = formatter({ maximumFractionDigits: 0 });

// A minus sign is as wide as a digit; a hyphen is not.
const toFixed = (value, digits) => value.toFixed(digits).replace("-", "−");
export const count = value => (present(value) ? wholeNumber.format(value) : MISSING);
export const num = (value, digits = 3) => (present(value) ? toFixed(value, digits) : MISSING);
export const pct = (value, digits = 1) => (present(value) ? `${toFixed(value * 100, digits)}%` : MISSING);
export const signedPct = (value, digits) => `${present(value) && value >= 0 ? "+" : ""}${pct(value, digits)}`;
export const price = value =>
	present(value)
		? formatter({ minimumFractionDigits: 2, maximumFractionDigits: value < 10 ? 4 : 2 }).format(value)
		: MISSING;
export const significant = value =>
	present(value) ? formatter({ maximumSignificantDigits: 5 }).format(value) : MISSING;
export const exactPct = fraction => `${+(fraction * 100).toFixed(4)}%`;

export const when = iso => (iso ? iso.slice(0, 16).replace("T", " ") : MISSING);
export const day = iso => (iso ? iso.slice(0, 10) : MISSING);
export const plotlyTime = iso => iso.slice(0, 19); // plotly.js has no time zones
export const iso = milliseconds => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

export const bytes = value => {
	const size = Math.max(value, 1);
	const step = Math.min(Math.floor(Math.log(size) / Math.log(1000)), 4);
	return `${num(value / 1000 ** step, step ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][step]}`;
};

export function duration(seconds) {
	if (!present(seconds)) return MISSING;
	const size = Math.abs(seconds);
	if (size < 90) return `${Math.round(size)} s`;
	if (size < 5400) return `${Math.round(size / 60)} min`;
	if (size < 172800) return `${num(size / 3600, size < 36000 ? 1 : 0)} h`;
	return `${count(size / 86400)} d`;
}

export function countdown(until, now) {
	const left = Math.round((Date.parse(until) - now) / 1000);
	if (left <= 0) return "due";
	const twoDigits = value => String(value).padStart(2, "0");
	return `${Math.floor(left / 3600)}:${twoDigits(Math.floor(left / 60) % 60)}:${twoDigits(left % 60)}`;
}

export const interval = (low, high) =>
	present(low) && present(high) ? `${toFixed(low * 100, 0)}–${(high * 100).toFixed(0)}%` : MISSING;
const distanceText = (value, { volatility_window: window }) =>
	window ? `${+value.toFixed(4)} σ(${window} h)` : exactPct(value);
export const labelText = label =>
	`${words(label.mode)}, ${label.lookahead} h, ${distanceText(label.threshold, label)}${present(label.stop_loss) ? ` before −${distanceText(label.stop_loss, label)}` : ""}`;
export const rangeText = ({ range_from: from, range_to: to }) =>
	from || to ? `${from ? day(from) : "the beginning"} to ${to ? day(iso(Date.parse(to) - 1000)) : "now"}` : "all hours";
export const words = code => (code ?? "").replaceAll("_", " ");
