// The tick that makes a model predict every hour, and says so before and after.
import { SILENT, send, stream } from "./api.js";
import { h } from "./dom.js";
import { mayChange, TAKES } from "./permissions.js";

const will = on =>
	on
		? "recent hours are predicted at once as buffer, then one prediction follows every hour"
		: "no further hours are predicted; everything made so far stays";

// The alias it is to bear; undefined leaves it to the platform, null is a change of mind.
const alias = async (model, on) =>
	on && model.champion && model.champion !== model.model_id
		? (
				await import("./confirm.js").catch(() => {
					throw new Error(SILENT);
				})
			).choose(model)
		: undefined;

// `said` is the place for words; `after(model)` runs once it took effect.
export function activation(model, said, { words = false, after = () => {} } = {}) {
	const name = model.model_id;
	const box = h("input", {
		type: "checkbox",
		checked: model.active,
		disabled: !mayChange,
		"aria-label": words ? null : `Active: ${name}`,
		title: mayChange ? `Tick: ${will(true)}. Untick: ${will(false)}.` : TAKES
	});
	box.addEventListener("change", async () => {
		const on = box.checked;
		try {
			const as = await alias(model, on);
			if (as === null) {
				box.checked = false;
				said.textContent = "Nothing was changed.";
				return;
			}
			box.disabled = true;
			said.textContent = on ? `Activating ${name}: ${will(true)}…` : `Deactivating ${name}…`;
			const path = `models/${name}/activation`;
			const told = ({ stage, step, steps }) => {
				said.textContent = `Activating ${name}: ${stage}, ${step} of ${steps} hours.`;
			};
			Object.assign(model, await (on ? stream("POST", path, told, as && { alias: as }) : send("DELETE", path)));
			said.textContent = `${name} is ${[model.active ? "active" : "not active", ...(model.active ? model.aliases : [])].join(", ")}: ${will(model.active)}.`;
			after(model);
		} catch (error) {
			box.checked = !on;
			said.textContent = error.message;
		} finally {
			box.disabled = false;
			box.focus();
		}
	});
	return h("label", { class: words && "tick" }, box, words && "Active: predict every hour");
}
