// Marks of predictions and models that were made on withdrawn data.
import { h } from "./dom.js";
import { count } from "./format.js";

export const WITHDRAWN = "made on withdrawn data";

/** @type {(prediction: { withdrawn: boolean }) => Child} */
export const withdrawnMark = ({ withdrawn }) => withdrawn && h("small", { class: "withdrawn-mark" }, WITHDRAWN);

/** Warnings of a model's page. @type {(model: Api.ModelDetails) => Child} */
export const withdrawnWarnings = ({ withdrawn_data: data, withdrawn_predictions: predictions }) => {
	const warnings = [
		data,
		predictions && `${count(predictions)} of its predictions ${predictions === 1 ? "was" : "were"} ${WITHDRAWN}.`
	].filter(Boolean);
	return (
		warnings.length > 0 &&
		h(
			"ul",
			{ class: "warnings" },
			warnings.map(one => h("li", {}, one))
		)
	);
};
