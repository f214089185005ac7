// Policies of models and their alerts: one label's on the page of a model, all of them on the system page.
import { get, send } from "./api.js";
import { $, $$, empty, h, nodes, options, problem } from "./dom.js";
import { count, when, words } from "./format.js";
import { mayChange, NEEDS_EDITOR } from "./permissions.js";
import { table } from "./table.js";

const EVERY_LABEL = "*";
/** @type {[string, string][]} */
const ESTIMATORS = [
	["", "none"],
	["logistic", "logistic regression"],
	["forest", "random forest"],
	["boosting", "gradient boosting"]
];
/** @type {(number: number | null) => string} */
const days = number => `${count(number)} ${number === 1 ? "day" : "days"}`;

/** @type {(policy: Policy) => string[]} */
const effects = policy =>
	[
		policy.expire_after_days &&
			`An active model expires ${days(policy.expire_after_days)} after its upload, unless it has an expiry of its own.`,
		policy.warn_below_base &&
			"An alert is sent when the lower bound of live accuracy crosses the base rate, either way: looked at once a day, from 30 independent outcomes on.",
		policy.retrain_estimator &&
			`Every ${days(policy.retrain_every_days)} a ${policy.retrain_estimator} model is trained on the last ${days(policy.retrain_window_days)} and becomes the challenger, never active by itself.`
	].flatMap(text => text || []);
/** @type {(policy: Policy) => HTMLElement} */
const effectList = policy => {
	const texts = effects(policy);
	return texts.length
		? h(
				"ul",
				{ class: "effects" },
				texts.map(one => h("li", {}, one))
			)
		: h("p", { class: "hint" }, "Everything in it is off.");
};
/** @type {(policy: Policy) => string} */
const setBy = policy => `set by ${policy.by} at ${when(policy.at)}`;

/**
 * Make the function that runs an action, shows its result, refreshes the part and restores the keyboard focus.
 * @param {HTMLElement} region
 * @param {HTMLElement} message
 * @param {() => Promise<void>} refresh
 * @returns {Act}
 */
function actionRunner(region, message, refresh) {
	return async (key, successText, request) => {
		for (const button of $$("button", region)) button.disabled = true;
		try {
			const result = await request();
			message.textContent = typeof successText === "function" ? successText(result) : successText;
			await refresh();
		} catch (error) {
			message.textContent = error.message;
		}
		for (const button of $$("button", region)) button.disabled = false;
		($(`[data-key="${CSS.escape(key)}"]`, region) ?? $("[data-key]", region))?.focus();
	};
}

/** @type {(key: string, text: string, onclick: () => void, style?: string) => HTMLElement} */
const button = (key, text, onclick, kind) =>
	h("button", { type: "button", "data-key": key, class: kind, onclick }, text);

/**
 * @param {string} scope
 * @param {Policy | undefined} policy
 * @param {Act} act
 */
function policyForm(scope, policy, act) {
	/** @type {(name: string, min: number, max: number, value?: number | null) => HTMLInputElement} */
	const input = (name, min, max, value) => h("input", { type: "number", name, min, max, step: 1, value });
	const fields = {
		expire: input("expire", 1, 3650, policy?.expire_after_days),
		warn: h("input", { type: "checkbox", checked: policy?.warn_below_base }),
		retrain: h("select"),
		window: input("window", 30, 3650, policy?.retrain_window_days ?? 730),
		every: input("every", 1, 365, policy?.retrain_every_days ?? 7)
	};
	options(fields.retrain, ESTIMATORS, policy?.retrain_estimator ?? "");
	const schedule = [h("label", {}, "on the last, days", fields.window), h("label", {}, "every, days", fields.every)];
	const arrange = () => {
		for (const label of schedule) {
			label.hidden = !fields.retrain.value;
			$("input", label).disabled = !fields.retrain.value;
		}
	};
	fields.retrain.addEventListener("change", arrange);
	arrange();
	/** @type {(field: HTMLInputElement) => number | null} */
	const numberOf = field => (field.value === "" ? null : field.valueAsNumber);
	const changes = () => {
		const estimator = fields.retrain.value;
		return {
			expire_after_days: numberOf(fields.expire),
			warn_below_base: fields.warn.checked,
			...(scope !== EVERY_LABEL && {
				retrain_estimator: estimator || null,
				retrain_window_days: estimator ? numberOf(fields.window) : null,
				retrain_every_days: estimator ? numberOf(fields.every) : null
			})
		};
	};
	return h(
		"form",
		{
			class: "toolbar policy",
			onsubmit: (/** @type {Event} */ event) => {
				event.preventDefault();
				act(`${scope}-keep`, "Kept: it holds from the next full hour on.", () =>
					send("PUT", `policies/${scope}`, changes())
				);
			}
		},
		h("label", {}, "Expire after, days", Object.assign(fields.expire, { placeholder: "never" })),
		h("label", { class: "check" }, fields.warn, "Warn below the base rate"),
		scope !== EVERY_LABEL && [
			h("label", { class: "long" }, "Train a challenger on a schedule", fields.retrain),
			...schedule
		],
		h("button", { "data-key": `${scope}-keep` }, policy ? "Keep the rule" : "Set the rule")
	);
}

/** @type {(policy: Policy, act: Act, name: string) => HTMLElement[]} */
const policyButtons = (policy, act, name) =>
	[
		button(`${policy.scope}-pause`, policy.paused ? "Resume" : "Pause", () =>
			act(
				`${policy.scope}-pause`,
				policy.paused ? `The rule ${name} holds again.` : `The rule ${name} is paused: nothing is done by it.`,
				() => send("PUT", `policies/${policy.scope}`, { paused: !policy.paused })
			)
		),
		button(`${policy.scope}-remove`, "Remove", () =>
			act(`${policy.scope}-keep`, `The rule ${name} is removed; who set it when is kept.`, () =>
				send("DELETE", `policies/${policy.scope}`)
			)
		)
	].map(one => {
		one.setAttribute("aria-label", `${one.textContent} the rule ${name}`);
		return one;
	});

/** @type {Record<string, (alert: any) => string>} */
const DELIVERY_TEXTS = {
	delivered: a => `taken ${when(a.delivered_at)}`,
	given_up: () => "given up after three days",
	waiting: a => (a.attempts ? "is tried again" : "waits for the next full hour")
};
/**
 * @param {any} alert
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
 * @param {{ alerts: any[], webhook: string | null, fault: string | null }} data
 * @param {Act} act
 * @param {string} emptyText
 * @returns {Child[]}
 */
function alertList({ alerts, webhook, fault }, act, emptyText) {
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

/**
 * Fill `region` with what `render` makes, again after each action.
 * @param {HTMLElement} region
 * @param {(act: Act) => Promise<Child[]>} render
 */
function refreshable(region, render) {
	const message = h("p", { class: "message", role: "status" }, "\u00a0");
	const body = h("div");
	const refresh = async () => {
		body.replaceChildren(...nodes(await render(act)));
	};
	const act = actionRunner(body, message, refresh);
	const load = () =>
		refresh().then(
			() => region.replaceChildren(body, message),
			error => region.replaceChildren(problem(error, load))
		);
	return load();
}

/** @type {(region: HTMLElement, id: string) => Promise<void>} */
export const modelPolicies = (region, id) =>
	refreshable(region, async act => {
		const data = await get(`models/${id}/policies`);
		const { own: ownPolicy, every: defaultPolicy, label_id: label } = data;
		const policy = ownPolicy ?? defaultPolicy;
		const source = ownPolicy
			? `Its label has a rule of its own, ${setBy(ownPolicy)}`
			: defaultPolicy
				? `The rule for every label holds, ${setBy(defaultPolicy)}; a rule of its label's own would take its place`
				: "No rule holds: nothing is done by itself";
		return [
			h(
				"p",
				{},
				`${source}.`,
				policy?.paused && [" ", h("b", {}, "Paused: nothing is done by it until it is resumed.")]
			),
			policy && effectList(policy),
			mayChange
				? [
						h("h3", {}, "Rule of this label"),
						policyForm(label, ownPolicy, act),
						ownPolicy && h("p", { class: "inline" }, policyButtons(ownPolicy, act, "of this label"))
					]
				: h("p", { class: "hint" }, NEEDS_EDITOR),
			h("h3", {}, "Alerts of this model and its label"),
			...alertList(data, act, "None yet.")
		];
	});

/** @type {(region: HTMLElement) => Promise<void>} */
export const allPolicies = region =>
	refreshable(region, async act => {
		const [{ rules: policies, promotion }, alertData] = await Promise.all([
			get("policies"),
			get("alerts", { limit: 50 })
		]);
		/** @type {(policy: Policy) => string} */
		const name = policy => (policy.scope === EVERY_LABEL ? "for every label" : `of ${policy.scope}`);
		const defaultPolicy = policies.find((/** @type {Policy} */ { scope }) => scope === EVERY_LABEL);
		/** @type {Column} */
		const actionColumn = {
			key: "acts",
			label: "Change",
			value: row => row.scope,
			cell: row => h("span", { class: "inline" }, policyButtons(row, act, name(row)))
		};
		return [
			policies.length
				? table({
						caption: "Rules",
						rows: policies,
						sort: ["scope", 1],
						rowClass: row => (row.paused ? "paused" : null),
						columns: [
							{
								key: "scope",
								label: "For",
								cell: row =>
									row.scope === EVERY_LABEL
										? "every label without one of its own"
										: h("a", { href: `/models?label=${row.scope}` }, row.scope)
							},
							{
								key: "does",
								label: "What it does",
								text: true,
								value: row => effects(row).join(" "),
								cell: effectList
							},
							{
								key: "paused",
								label: "State",
								value: row => (row.paused ? "paused" : "on"),
								cell: row => (row.paused ? "paused" : "on")
							},
							{ key: "by", label: "Set by" },
							{ key: "at", label: "Since", cell: row => when(row.at) },
							...(mayChange ? [actionColumn] : [])
						]
					})
				: empty("No rule is set: nothing is done by itself. The page of a model sets that of its label."),
			mayChange && [
				h("h3", {}, "Rule for every label without one of its own"),
				policyForm(EVERY_LABEL, defaultPolicy, act)
			],
			h("p", { class: "hint" }, promotion),
			h("h3", {}, "Latest alerts"),
			...alertList(alertData, act, "None yet: rules have had nothing to say.")
		];
	});
