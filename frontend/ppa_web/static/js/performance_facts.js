// Profit and expected performance as facts.
import { empty, facts } from "./dom.js";
import { count, interval, pct, signedPct } from "./format.js";

/** @type {(response: Api.Performance) => Child} */
export const profitFacts = ({ profit: p }) =>
	p
		? facts([
				["Following", signedPct(p.total), `after ${pct(p.fee, 2)} a trade`],
				["Holding", signedPct(p.hold_total), "bought once, kept"],
				["Trades", count(p.trades), `${count(p.wins)} won`],
				[
					"Mean of a trade",
					signedPct(p.mean),
					p.mean_interval
						? `interval ${signedPct(p.mean_interval.low)} to ${signedPct(p.mean_interval.high)}`
						: "too few for an interval"
				],
				["Deepest fall", pct(p.drawdown), `holding ${pct(p.hold_drawdown)}`],
				["Invested", pct(p.exposure, 0), "of the time"]
			])
		: empty("Nothing to reckon yet.");

/** @param {Api.Performance} response */
export function expectedFacts({ expected: { pending, matured: resolved, calibrated }, evaluation }) {
	if (!pending && !resolved) return empty("No prediction of this kind is open or has matured.");
	return facts([
		pending && [
			"Accuracy to expect",
			pct(pending.accuracy),
			`${interval(pending.accuracy_low, pending.accuracy_high)} of so few outcomes`
		],
		pending && ["Open predictions", count(pending.n), `${count(pending.effective_n)} independent`],
		pending && [
			"Rises to expect",
			pct(pending.rises),
			`${count(pending.confusion.tp)} of ${count(pending.confusion.tp + pending.confusion.fp)} said`
		],
		!pending && ["Open predictions", "0"],
		resolved &&
			evaluation && [
				"How far to trust it",
				`${pct(resolved.accuracy)} expected`,
				`of what has matured; ${pct(evaluation.accuracy)} came true`
			],
		!calibrated && ["Not calibrated", "as said", "the held-out hours can no longer be asked"]
	]);
}
