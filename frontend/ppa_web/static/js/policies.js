// Policies of models and their alerts: one label's on the page of a model, all of them on the system page.
import { get } from "./api.js";
import { $, $$, empty, h, nodes, problem } from "./dom.js";
import { count, when } from "./format.js";
import { mayChange, NEEDS_EDITOR } from "./permissions.js";
import { alertList } from "./alerts.js";
import { EVERY_LABEL, policyButtons, policyForm } from "./policy_form.js";
import { table } from "./table.js";

/** @type {(number: number | null) => string} */
const days = number => `${count(number)} ${number === 1 ? "day" : "days"}`;

/** @type {(policy: Api.Policy) => string[]} */
const effects = policy =>
	[
		policy.expire_after_days &&
			`An active model expires ${days(policy.expire_after_days)} after its upload, unless it has an expiry of its own.`,
		policy.warn_below_base &&
			"An alert is sent when the lower bound of live accuracy crosses the base rate, either way: looked at once a day, from 30 independent outcomes on.",
		policy.retrain_estimator &&
			`Every ${days(policy.retrain_every_days)} a ${policy.retrain_estimator} model is trained on the last ${days(policy.retrain_window_days)} and becomes the challenger, never active by itself.`
	].flatMap(text => text || []);
/** @type {(policy: Api.Policy) => HTMLElement} */
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
/** @type {(policy: Api.Policy) => string} */
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
		/** @type {Api.ModelPolicies} */
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
		/** @type {(policy: Api.Policy) => string} */
		const name = policy => (policy.scope === EVERY_LABEL ? "for every label" : `of ${policy.scope}`);
		const defaultPolicy = policies.find((/** @type {Api.Policy} */ { scope }) => scope === EVERY_LABEL);
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
