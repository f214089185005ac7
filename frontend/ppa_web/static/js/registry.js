// A model in the registry: its aliases, what may be changed about it, and who did what.
import { send } from "./api.js";
import { h } from "./dom.js";
import { day, when } from "./format.js";
import { mayChange, TAKES } from "./permissions.js";
import { table } from "./table.js";

const EXPIRIES = [
	["keep", "as it is"],
	["", "never"],
	["30", "30 days from now"],
	["90", "90 days from now"],
	["365", "a year from now"]
];
const DONE = {
	uploaded: () => "Uploaded",
	activated: () => "Activated",
	deactivated: () => "Deactivated",
	alias_set: what => `Made ${what}`,
	alias_removed: what => `No longer ${what}`,
	alias_restored: what => `Rolled back to it as ${what}`,
	tags_set: what => `Tags: ${JSON.parse(what).join(", ") || "none"}`,
	notes_set: what => `Notes: ${what || "none"}`,
	expiry_set: what => (what ? `Expires ${what.slice(0, 10)}` : "Never expires")
};

export const chips = model =>
	[
		...model.aliases.map(name => h("b", { class: "chip" }, name)),
		...model.tags.map(name => h("span", { class: "chip" }, name)),
		model.expires_at &&
			h("span", { class: "chip" }, `${model.expired ? "expired" : "expires"} ${day(model.expires_at)}`)
	].filter(Boolean);

// `said` is the place for words; `changed()` runs once it took effect.
export function registry(model, said, changed) {
	if (!mayChange) return [model.notes && h("p", {}, model.notes), h("p", { class: "hint" }, TAKES)];
	const id = model.model_id;
	const act = (words, method, path, body) => async () => {
		said.textContent = "…";
		try {
			const now = await send(method, `models/${id}${path}`, typeof body === "function" ? body() : body);
			said.textContent = words(now);
			changed();
		} catch (error) {
			said.textContent = error.message;
		}
	};
	const alias = name => {
		const has = model.aliases.includes(name);
		const heir = !has && name === "champion" && model.champion ? `, in place of ${model.champion}` : "";
		return h(
			"button",
			{
				type: "button",
				onclick: act(
					() => `${id} is ${has ? "no longer " : ""}${name} of its label.`,
					has ? "DELETE" : "PUT",
					`/aliases/${name}`
				)
			},
			has ? `Take “${name}” away` : `Make it ${name}${heir}`
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
	const wanted = () => ({
		notes: notes.value,
		tags: tags.value.split(/[\s,]+/).filter(Boolean),
		...(expires.value !== "keep" && { expires_after_days: Number(expires.value) || null })
	});
	const save = act(() => "Kept.", "PATCH", "", wanted);
	return [
		h(
			"p",
			{ class: "inline" },
			alias("champion"),
			alias("challenger"),
			model.aliases.includes("champion") &&
				h(
					"button",
					{ type: "button", onclick: act(now => `${now.model_id} is champion again.`, "POST", "/rollback") },
					"Roll back to the champion before"
				)
		),
		h(
			"form",
			{
				class: "form",
				onsubmit: event => {
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

export const history = events =>
	table({
		caption: "What was done with this model",
		rows: events,
		sort: ["at", -1],
		columns: [
			{ key: "at", label: "When", cell: row => when(row.at) },
			{ key: "event", label: "What", text: true, cell: row => DONE[row.event](row.detail ?? "") },
			{ key: "by", label: "Who" }
		]
	});
