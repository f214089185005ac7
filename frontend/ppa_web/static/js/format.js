// Numbers and times as text. A missing value is a dash.
const MISSING = "–";
/**
 * @param {number | null | undefined} value
 * @returns {value is number}
 */
const present = value => value !== null && value !== undefined && !Number.isNaN(value);
/** @type {(options: Intl.NumberFormatOptions) => Intl.NumberFormat} */
const formatter = options => new Intl.NumberFormat("en", options);
const wholeNumber = formatter({ maximumFractionDigits: 0 });

// A minus sign is as wide as a digit; a hyphen is not.
/** @type {(value: number, digits: number) => string} */
const toFixed = (value, digits) => value.toFixed(digits).replace("-", "−");
/** @type {Format} */
export const count = value => (present(value) ? wholeNumber.format(value) : MISSING);
/** @type {Format} */
export const num = (value, digits = 3) => (present(value) ? toFixed(value, digits) : MISSING);
/** @type {Format} */
export const pct = (value, digits = 1) => (present(value) ? `${toFixed(value * 100, digits)}%` : MISSING);
/** @type {Format} */
export const signedPct = (value, digits) => `${present(value) && value >= 0 ? "+" : ""}${pct(value, digits)}`;
/** @type {Format} */
export const price = value =>
	present(value)
		? formatter({ minimumFractionDigits: 2, maximumFractionDigits: value < 10 ? 4 : 2 }).format(value)
		: MISSING;
/** Five significant digits. @type {Format} */
export const significant = value =>
	present(value) ? formatter({ maximumSignificantDigits: 5 }).format(value) : MISSING;
/** A percentage without trailing zeros. @type {(fraction: number) => string} */
export const exactPct = fraction => `${+(fraction * 100).toFixed(4)}%`;

/** @type {(iso: string | null | undefined) => string} */
export const when = iso => (iso ? iso.slice(0, 16).replace("T", " ") : MISSING);
/** @type {(iso: string | null | undefined) => string} */
export const day = iso => (iso ? iso.slice(0, 10) : MISSING);
/** A time for plotly.js, which has no time zones. @type {(iso: string) => string} */
export const plotlyTime = iso => iso.slice(0, 19);
/** @type {(milliseconds: number) => string} */
export const iso = milliseconds => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/** @type {(value: number) => string} */
export const bytes = value => {
	const size = Math.max(value, 1);
	const step = Math.min(Math.floor(Math.log(size) / Math.log(1000)), 4);
	return `${num(value / 1000 ** step, step ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][step]}`;
};

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
	if (!present(seconds)) return MISSING;
	const size = Math.abs(seconds);
	if (size < 90) return `${Math.round(size)} s`;
	if (size < 5400) return `${Math.round(size / 60)} min`;
	if (size < 172800) return `${num(size / 3600, size < 36000 ? 1 : 0)} h`;
	return `${count(size / 86400)} d`;
}

/**
 * @param {string} until
 * @param {number} now milliseconds
 */
export function countdown(until, now) {
	const left = Math.round((Date.parse(until) - now) / 1000);
	if (left <= 0) return "due";
	/** @type {(value: number) => string} */
	const twoDigits = value => String(value).padStart(2, "0");
	return `${Math.floor(left / 3600)}:${twoDigits(Math.floor(left / 60) % 60)}:${twoDigits(left % 60)}`;
}

/** @type {(low: number | null | undefined, high: number | null | undefined) => string} */
export const interval = (low, high) =>
	present(low) && present(high) ? `${toFixed(low * 100, 0)}–${(high * 100).toFixed(0)}%` : MISSING;
/** @type {(value: number, label: LabelCriterion) => string} */
const distanceText = (value, { volatility_window: window }) =>
	window ? `${+value.toFixed(4)} σ(${window} h)` : exactPct(value);
/** A label definition in a few words. @type {(label: LabelCriterion) => string} */
export const labelText = label =>
	`${words(label.mode)}, ${label.lookahead} h, ${distanceText(label.threshold, label)}${present(label.stop_loss) ? ` before −${distanceText(label.stop_loss, label)}` : ""}`;
/** @type {(label: { range_from: string | null, range_to: string | null }) => string} */
export const rangeText = ({ range_from: from, range_to: to }) =>
	from || to ? `${from ? day(from) : "the beginning"} to ${to ? day(iso(Date.parse(to) - 1000)) : "now"}` : "all hours";
/** The words of a code such as "late_series". @type {(code: string | null | undefined) => string} */
export const words = code => (code ?? "").replaceAll("_", " ");
