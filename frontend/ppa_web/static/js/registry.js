// A model in the registry: aliases, notes, tags, expiry and history.
import { send } from "./api.js";
import { h } from "./dom.js";
import { day, when } from "./format.js";
import { mayChange, NEEDS_EDITOR } from "./permissions.js";
import { table } from "./table.js";

const EXPIRIES = [
	["keep", "as it is"],
	["", "never"],
	["30", "30 days from now"],
	["90", "90 days from now"],
	["365", "a year from now"]
];
/** @type {Record<string, (detail: string) => string>} */
const EVENT_TEXTS = {
	uploaded: () => "Uploaded",
	activated: () => "Activated",
	deactivated: () => "Deactivated",
	alias_set: detail => `Made ${detail}`,
	alias_removed: detail => `No longer ${detail}`,
	alias_restored: detail => `Rolled back to it as ${detail}`,
	tags_set: detail => `Tags: ${JSON.parse(detail).join(", ") || "none"}`,
	notes_set: detail => `Notes: ${detail || "none"}`,
	expiry_set: detail => (detail ? `Expires ${detail.slice(0, 10)}` : "Never expires"),
	converted: () => "Converted to a program: probabilities may differ in their last digits"
};

/** @type {(model: Api.Model) => Child[]} */
export const chips = model =>
	[
		...model.aliases.map(name => h("b", { class: "chip" }, name)),
		...model.tags.map(name => h("span", { class: "chip" }, name)),
		model.expires_at &&
			h("span", { class: "chip" }, `${model.expired ? "expired" : "expires"} ${day(model.expires_at)}`)
	].filter(Boolean);

/**
 * Make the form that changes a model in the registry.
 * @param {Api.Model} model
 * @param {HTMLElement} message shows results and errors
 * @param {() => void} onChange called once a change has taken effect
 */
export function registryForm(model, message, onChange) {
	if (!mayChange) return [model.notes && h("p", {}, model.notes), h("p", { class: "hint" }, NEEDS_EDITOR)];
	const id = model.model_id;
	/** @type {(successText: (result: any) => string, method: string, path: string, body?: unknown) => () => Promise<void>} */
	const action = (successText, method, path, body) => async () => {
		message.textContent = "…";
		try {
			const result = await send(method, `models/${id}${path}`, typeof body === "function" ? body() : body);
			message.textContent = successText(result);
			onChange();
		} catch (error) {
			message.textContent = error.message;
		}
	};
	/** @type {(name: Api.Model["aliases"][number]) => HTMLElement} */
	const aliasButton = name => {
		const isSet = model.aliases.includes(name);
		const replaced = !isSet && name === "champion" && model.champion ? `, in place of ${model.champion}` : "";
		return h(
			"button",
			{
				type: "button",
				onclick: action(
					() => `${id} is ${isSet ? "no longer " : ""}${name} of its label.`,
					isSet ? "DELETE" : "PUT",
					`/aliases/${name}`
				)
			},
			isSet ? `Take “${name}” away` : `Make it ${name}${replaced}`
		);
	};
	const [notes, tags, expires] = [
		h("textarea", { rows: 4, maxlength: 4000 }, model.notes),
		h("input", { value: model.tags.join(" "), autocomplete: "off" }),
		h(
			"select",
			{},
			EXPIRIES.map(([value, words]) => h("option", { value }, words))
		)
	];
	const changes = () => ({
		notes: notes.value,
		tags: tags.value.split(/[\s,]+/).filter(Boolean),
		...(expires.value !== "keep" && { expires_after_days: Number(expires.value) || null })
	});
	const save = action(() => "Kept.", "PATCH", "", changes);
	return [
		h(
			"p",
			{ class: "inline" },
			aliasButton("champion"),
			aliasButton("challenger"),
			model.aliases.includes("champion") &&
				h(
					"button",
					{ type: "button", onclick: action(result => `${result.model_id} is champion again.`, "POST", "/rollback") },
					"Roll back to the champion before"
				)
		),
		h(
			"form",
			{
				class: "form",
				onsubmit: (/** @type {Event} */ event) => {
					event.preventDefault();
					save();
				}
			},
			h("label", { class: "wide" }, "Notes", notes),
			h("label", {}, "Tags", tags),
			h("label", {}, `Expires${model.expires_at ? ` (${day(model.expires_at)})` : " (never)"}`, expires),
			h("div", { class: "wide" }, h("button", {}, "Keep notes, tags and expiry"))
		)
	];
}

/** @type {(events: Api.ModelEvent[]) => HTMLElement} */
export const historyTable = events =>
	table({
		caption: "What was done with this model",
		rows: events,
		sort: ["at", -1],
		columns: [
			{ key: "at", label: "When", cell: row => when(row.at) },
			{ key: "event", label: "What", text: true, cell: row => EVENT_TEXTS[row.event](row.detail ?? "") },
			{ key: "by", label: "Who" }
		]
	});
