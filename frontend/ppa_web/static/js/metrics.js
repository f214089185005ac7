// The metrics of an evaluation as facts: name, value, explanation.
import { count, num, pct, interval } from "./format.js";

/**
 * @param {Api.Metrics | null | undefined} m none where there is no evaluation
 * @returns {Fact[] | null | undefined}
 */
export const metricFacts = m =>
	m && [
		["Accuracy", pct(m.accuracy), `interval ${interval(m.accuracy_low, m.accuracy_high)}`],
		["Base rate", pct(m.base_rate), "always saying the commoner class"],
		["Independent outcomes", count(m.effective_n), `of ${count(m.n)} hours`],
		["Balanced accuracy", pct(m.balanced_accuracy)],
		["Precision", pct(m.precision), "of rises said"],
		["Recall", pct(m.recall), "of rises that came"],
		["F1", num(m.f1)],
		["ROC AUC", num(m.roc_auc)],
		["Average precision", num(m.average_precision)],
		["Log loss", num(m.log_loss)],
		["Brier", num(m.brier)],
		["Calibration error", num(m.ece)]
	];
