// Rules about a label's models and the alerts that followed: a label's on the page of a model, all of them on System info.
import { get, send } from "./api.js";
import { $, $$, empty, h, options, problem } from "./dom.js";
import { count, when, words } from "./format.js";
import { mayChange, TAKES } from "./permissions.js";
import { table } from "./table.js";

const EVERY = "*";
const ESTIMATORS = [
	["", "none"],
	["logistic", "logistic regression"],
	["forest", "random forest"],
	["boosting", "gradient boosting"]
];
const days = number => `${count(number)} ${number === 1 ? "day" : "days"}`;

const parts = rule =>
	[
		rule.expire_after_days &&
			`An active model expires ${days(rule.expire_after_days)} after its upload, unless it has an expiry of its own.`,
		rule.warn_below_base &&
			"An alert is sent when the lower bound of live accuracy crosses the base rate, either way: looked at once a day, from 30 independent outcomes on.",
		rule.retrain_estimator &&
			`Every ${days(rule.retrain_every_days)} a ${rule.retrain_estimator} model is trained on the last ${days(rule.retrain_window_days)} and becomes the challenger, never active by itself.`
	].filter(Boolean);
const listed = rule => {
	const all = parts(rule);
	return all.length
		? h(
				"ul",
				{ class: "does" },
				all.map(one => h("li", {}, one))
			)
		: h("p", { class: "hint" }, "Everything in it is off.");
};
const set = rule => `set by ${rule.by} at ${when(rule.at)}`;

// Has something done, says how it went, and shows the part anew with the keyboard where it was.
function acting(region, said, again) {
	return async (key, done, work) => {
		for (const button of $$("button", region)) button.disabled = true;
		try {
			const answer = await work();
			said.textContent = typeof done === "function" ? done(answer) : done;
			await again();
		} catch (error) {
			said.textContent = error.message;
		}
		for (const button of $$("button", region)) button.disabled = false;
		($(`[data-key="${CSS.escape(key)}"]`, region) ?? $("[data-key]", region))?.focus();
	};
}

const button = (key, text, onclick, kind) =>
	h("button", { type: "button", "data-key": key, class: kind, onclick }, text);

function editor(scope, rule, act) {
	const input = (name, least, most, value) =>
		h("input", { type: "number", name, min: least, max: most, step: 1, value });
	const fields = {
		expire: input("expire", 1, 3650, rule?.expire_after_days),
		warn: h("input", { type: "checkbox", checked: rule?.warn_below_base }),
		retrain: h("select"),
		window: input("window", 30, 3650, rule?.retrain_window_days ?? 730),
		every: input("every", 1, 365, rule?.retrain_every_days ?? 7)
	};
	options(fields.retrain, ESTIMATORS, rule?.retrain_estimator ?? "");
	const schedule = [h("label", {}, "on the last, days", fields.window), h("label", {}, "every, days", fields.every)];
	const arrange = () => {
		for (const label of schedule) {
			label.hidden = !fields.retrain.value;
			label.firstElementChild.disabled = !fields.retrain.value;
		}
	};
	fields.retrain.addEventListener("change", arrange);
	arrange();
	const number = field => (field.value === "" ? null : field.valueAsNumber);
	const wanted = () => {
		const on = fields.retrain.value;
		return {
			expire_after_days: number(fields.expire),
			warn_below_base: fields.warn.checked,
			...(scope !== EVERY && {
				retrain_estimator: on || null,
				retrain_window_days: on ? number(fields.window) : null,
				retrain_every_days: on ? number(fields.every) : null
			})
		};
	};
	return h(
		"form",
		{
			class: "toolbar rule",
			onsubmit: event => {
				event.preventDefault();
				act(`${scope}-keep`, "Kept: it holds from the next full hour on.", () =>
					send("PUT", `rules/${scope}`, wanted())
				);
			}
		},
		h("label", {}, "Expire after, days", Object.assign(fields.expire, { placeholder: "never" })),
		h("label", { class: "check" }, fields.warn, "Warn below the base rate"),
		scope !== EVERY && [h("label", { class: "long" }, "Train a challenger on a schedule", fields.retrain), ...schedule],
		h("button", { "data-key": `${scope}-keep` }, rule ? "Keep the rule" : "Set the rule")
	);
}

const toggles = (rule, act, name) =>
	[
		button(`${rule.scope}-pause`, rule.paused ? "Resume" : "Pause", () =>
			act(
				`${rule.scope}-pause`,
				rule.paused ? `The rule ${name} holds again.` : `The rule ${name} is paused: nothing is done by it.`,
				() => send("PUT", `rules/${rule.scope}`, { paused: !rule.paused })
			)
		),
		button(`${rule.scope}-remove`, "Remove", () =>
			act(`${rule.scope}-keep`, `The rule ${name} is removed; who set it when is kept.`, () =>
				send("DELETE", `rules/${rule.scope}`)
			)
		)
	].map(one => {
		one.setAttribute("aria-label", `${one.textContent} the rule ${name}`);
		return one;
	});

const DELIVERED = {
	delivered: a => `taken ${when(a.delivered_at)}`,
	given_up: () => "given up after three days",
	waiting: a => (a.attempts ? "is tried again" : "waits for the next full hour")
};
function delivery(alert, sent) {
	if (!sent && alert.state !== "delivered") return "sent to nobody";
	const tried =
		alert.attempts > 1 || alert.error
			? `, ${count(alert.attempts)} ${alert.attempts === 1 ? "attempt" : "attempts"}`
			: "";
	return [
		h("b", { class: "mark" }, alert.state === "delivered" ? "✓" : alert.error ? "✕" : "·"),
		` ${DELIVERED[alert.state](alert)}${tried}${alert.error ? `: ${alert.error}` : ""}`
	];
}

function firings({ alerts, webhook, fault }, act, none) {
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
					kind: row => (row.error && row.state !== "delivered" ? "failed" : null),
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
							cell: row => h("span", {}, delivery(row, webhook))
						}
					]
				})
			: empty(none)
	];
}

// Fills `region` with what `paint(act)` makes, again after each act; a failure is said, with a way to try again.
function live(region, paint) {
	const said = h("p", { class: "said", role: "status" }, "\u00a0");
	const body = h("div");
	const again = async () => {
		body.replaceChildren(...(await paint(act)).flat().filter(Boolean));
	};
	const act = acting(body, said, again);
	const begin = () =>
		again().then(
			() => region.replaceChildren(body, said),
			error => region.replaceChildren(problem(error, begin))
		);
	return begin();
}

export const modelRules = (region, id) =>
	live(region, async act => {
		const found = await get(`models/${id}/rules`);
		const { own, every, label_id: label } = found;
		const rule = own ?? every;
		const whose = own
			? `Its label has a rule of its own, ${set(own)}`
			: every
				? `The rule for every label holds, ${set(every)}; a rule of its label's own would take its place`
				: "No rule holds: nothing is done by itself";
		return [
			h("p", {}, `${whose}.`, rule?.paused && [" ", h("b", {}, "Paused: nothing is done by it until it is resumed.")]),
			rule && listed(rule),
			mayChange
				? [
						h("h3", {}, "Rule of this label"),
						editor(label, own, act),
						own && h("p", { class: "inline" }, toggles(own, act, "of this label"))
					]
				: h("p", { class: "hint" }, TAKES),
			h("h3", {}, "Alerts of this model and its label"),
			...firings(found, act, "None yet.")
		];
	});

export const allRules = region =>
	live(region, async act => {
		const [{ rules, promotion }, found] = await Promise.all([get("rules"), get("alerts", { limit: 50 })]);
		const name = rule => (rule.scope === EVERY ? "for every label" : `of ${rule.scope}`);
		const every = rules.find(({ scope }) => scope === EVERY);
		const acts = {
			key: "acts",
			label: "Change",
			value: row => row.scope,
			cell: row => h("span", { class: "inline" }, toggles(row, act, name(row)))
		};
		return [
			rules.length
				? table({
						caption: "Rules",
						rows: rules,
						sort: ["scope", 1],
						kind: row => (row.paused ? "paused" : null),
						columns: [
							{
								key: "scope",
								label: "For",
								cell: row =>
									row.scope === EVERY
										? "every label without one of its own"
										: h("a", { href: `/models?label=${row.scope}` }, row.scope)
							},
							{ key: "does", label: "What it does", text: true, value: row => parts(row).join(" "), cell: listed },
							{
								key: "paused",
								label: "State",
								value: row => (row.paused ? "paused" : "on"),
								cell: row => (row.paused ? "paused" : "on")
							},
							{ key: "by", label: "Set by" },
							{ key: "at", label: "Since", cell: row => when(row.at) },
							...(mayChange ? [acts] : [])
						]
					})
				: empty("No rule is set: nothing is done by itself. The page of a model sets that of its label."),
			mayChange && [h("h3", {}, "Rule for every label without one of its own"), editor(EVERY, every, act)],
			h("p", { class: "hint" }, promotion),
			h("h3", {}, "Latest alerts"),
			...firings(found, act, "None yet: rules have had nothing to say.")
		];
	});
