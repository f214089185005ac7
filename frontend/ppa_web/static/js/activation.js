// The check box that activates a model: it makes the model predict every hour.
import { UNREACHABLE, send, stream } from "./api.js";
import { h } from "./dom.js";
import { mayChange, NEEDS_EDITOR } from "./permissions.js";

/** @type {(on: boolean) => string} */
const effectOf = on =>
	on
		? "recent hours are predicted at once as buffer, then one prediction follows every hour"
		: "no further hours are predicted; everything made so far stays";

/**
 * The alias that the user chooses. Undefined: the platform decides. Null: the user has cancelled.
 * @type {(model: Api.Model, on: boolean) => Promise<string | null | undefined>}
 */
const requestedAlias = async (model, on) =>
	on && model.champion && model.champion !== model.model_id
		? (
				await import("./confirm.js").catch(() => {
					throw new Error(UNREACHABLE);
				})
			).chooseAlias(model)
		: undefined;

/**
 * Make the check box that activates or deactivates a model.
 * @param {Api.Model} model updated in place once the change has taken effect
 * @param {HTMLElement} message shows progress and errors
 * @param {{ labelled?: boolean, onChange?: (model: Api.Model) => void }} [options] `labelled` adds a visible label
 */
export function activation(model, message, { labelled = false, onChange = () => {} } = {}) {
	const name = model.model_id;
	const box = h("input", {
		type: "checkbox",
		checked: model.active,
		disabled: !mayChange,
		"aria-label": labelled ? null : `Active: ${name}`,
		title: mayChange ? `Tick: ${effectOf(true)}. Untick: ${effectOf(false)}.` : NEEDS_EDITOR
	});
	box.addEventListener("change", async () => {
		const on = box.checked;
		try {
			const requested = await requestedAlias(model, on);
			if (requested === null) {
				box.checked = false;
				message.textContent = "Nothing was changed.";
				return;
			}
			box.disabled = true;
			message.textContent = on ? `Activating ${name}: ${effectOf(true)}…` : `Deactivating ${name}…`;
			const path = `models/${name}/activation`;
			/** @type {(progress: { stage: string, step: number, steps: number }) => void} */
			const onProgress = ({ stage, step, steps }) => {
				message.textContent = `Activating ${name}: ${stage}, ${step} of ${steps} hours.`;
			};
			Object.assign(
				model,
				await (on ? stream("POST", path, onProgress, requested && { alias: requested }) : send("DELETE", path))
			);
			message.textContent = `${name} is ${[model.active ? "active" : "not active", ...(model.active ? model.aliases : [])].join(", ")}: ${effectOf(model.active)}.`;
			onChange(model);
		} catch (error) {
			box.checked = !on;
			message.textContent = error.message;
		} finally {
			box.disabled = false;
			box.focus();
		}
	});
	return h("label", { class: labelled && "tick" }, box, labelled && "Active: predict every hour");
}
