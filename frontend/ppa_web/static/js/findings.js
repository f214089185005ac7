// Open findings in stored data, and acknowledging one with a reason.
import { send } from "./api.js";
import { empty, h } from "./dom.js";
import { mayChange } from "./permissions.js";

/**
 * @param {Api.TrackedFinding} finding
 * @param {() => void} onChange
 */
function acknowledgement(finding, onChange) {
	const field = h("input", { name: "reason", required: true, maxlength: 500, autocomplete: "off" });
	const state = h("span", { class: "hint", role: "status" });
	return h(
		"form",
		{
			onsubmit: async (/** @type {Event} */ event) => {
				event.preventDefault();
				try {
					await send("PUT", `data/findings/${finding.finding_id}/acknowledgement`, { reason: field.value });
					onChange();
				} catch (error) {
					state.textContent = error.message;
				}
			}
		},
		h("label", {}, "Reason", field),
		h("button", {}, "Acknowledge"),
		state
	);
}

/**
 * @param {Api.TrackedFinding[]} findings
 * @param {() => void} onChange
 * @returns {Child}
 */
export const openFindings = (findings, onChange) => {
	const open = findings.filter(one => !one.acknowledged_at);
	if (!open.length) return empty("No serious finding is open.");
	return h(
		"div",
		{ class: "findings" },
		open.map(one =>
			h(
				"div",
				{ class: "finding" },
				h("p", {}, one.sentence),
				one.remedy && h("p", { class: "remedy" }, one.remedy),
				mayChange && acknowledgement(one, onChange)
			)
		)
	);
};
