// Alerts: a list with the delivery of each, and a test of the webhook.
import { send } from "./api.js";
import { empty, h } from "./dom.js";
import { count, when, words } from "./format.js";
import { button } from "./policy_form.js";
import { table } from "./table.js";

/** @type {Record<string, (alert: Api.Alert) => string>} */
const DELIVERY_TEXTS = {
	delivered: a => `taken ${when(a.delivered_at)}`,
	given_up: () => "given up after three days",
	waiting: a => (a.attempts ? "is tried again" : "waits for the next full hour")
};

/**
 * @param {Api.Alert} alert
 * @param {boolean} hasWebhook
 */
function deliveryText(alert, hasWebhook) {
	if (!hasWebhook && alert.state !== "delivered") return "sent to nobody";
	const attempts =
		alert.attempts > 1 || alert.error
			? `, ${count(alert.attempts)} ${alert.attempts === 1 ? "attempt" : "attempts"}`
			: "";
	return [
		h("b", { class: "mark" }, alert.state === "delivered" ? "✓" : alert.error ? "✕" : "·"),
		` ${DELIVERY_TEXTS[alert.state](alert)}${attempts}${alert.error ? `: ${alert.error}` : ""}`
	];
}

/**
 * @param {Pick<Api.Alerts, "alerts" | "webhook" | "fault">} data
 * @param {Act} act
 * @param {string} emptyText
 * @returns {Child[]}
 */
export function alertList({ alerts, webhook, fault }, act, emptyText) {
	const test =
		webhook &&
		(document.body.dataset.role === "admin"
			? button("test", "Send a test", () =>
					act(
						"test",
						({ error }) =>
							error ? `The test was not taken: ${error}. It is tried again.` : `${webhook} took the test.`,
						() => send("POST", "alerts/test")
					)
				)
			: h("span", { class: "hint" }, "Sending a test takes an admin."));
	return [
		h(
			"p",
			{ class: "inline" },
			h(
				"span",
				{},
				fault ??
					(webhook
						? ["Alerts are sent, signed, to ", h("b", {}, webhook), "."]
						: [
								"No webhook is set, so that alerts are kept here and sent to nobody: set ",
								h("code", {}, "PPA_ALERT_URL"),
								" and ",
								h("code", {}, "PPA_ALERT_SECRET"),
								"."
							])
			),
			test
		),
		alerts.length
			? table({
					caption: "Alerts",
					rows: alerts,
					sort: ["at", -1],
					rowClass: row => (row.error && row.state !== "delivered" ? "failed" : null),
					columns: [
						{ key: "at", label: "When", cell: row => when(row.at) },
						{ key: "kind", label: "About", cell: row => words(row.kind) },
						{ key: "subject", label: "Of" },
						{ key: "message", label: "What it says", text: true },
						{
							key: "state",
							label: "Delivery",
							text: true,
							value: row => row.state + row.attempts,
							cell: row => h("span", {}, deliveryText(row, Boolean(webhook)))
						}
					]
				})
			: empty(emptyText)
	];
}
