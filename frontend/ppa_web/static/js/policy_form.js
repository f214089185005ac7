// The form of a policy, and the buttons that pause and remove one.
import { send } from "./api.js";
import { $, h, options } from "./dom.js";

export const EVERY_LABEL = "*";

/** @type {[string, string][]} */
const ESTIMATORS = [
	["", "none"],
	["logistic", "logistic regression"],
	["forest", "random forest"],
	["boosting", "gradient boosting"]
];

/** @type {(key: string, text: string, onclick: () => void, style?: string) => HTMLElement} */
export const button = (key, text, onclick, kind) =>
	h("button", { type: "button", "data-key": key, class: kind, onclick }, text);

/**
 * @param {string} scope
 * @param {Api.Policy | null | undefined} policy
 * @param {Act} act
 */
export function policyForm(scope, policy, act) {
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

/** @type {(policy: Api.Policy, act: Act, name: string) => HTMLElement[]} */
export const policyButtons = (policy, act, name) =>
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
