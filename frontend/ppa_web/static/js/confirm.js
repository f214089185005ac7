// The question before a champion is replaced. Loaded when it is needed.
import { h } from "./dom.js";

/**
 * Ask which alias the model gets.
 * @param {Api.Model} model
 * @returns {Promise<string | null>} "champion", "challenger", or null where the user cancels
 */
export const chooseAlias = ({ model_id: name, label_id: label, champion }) =>
	new Promise(resolve => {
		/** @type {(value: string, text: string, style?: string) => HTMLElement} */
		const choice = (value, text, style) => h("button", { value, class: style }, text);
		const box = h(
			"dialog",
			{ class: "ask", "aria-labelledby": "ask-head" },
			h(
				"form",
				{ method: "dialog" },
				h("h2", { id: "ask-head" }, "Replace the champion?"),
				h(
					"p",
					{},
					`${champion} is the champion of ${label}, the model that people look at first. ${name} predicts recent hours at once as buffer, then every closed hour, whichever you choose. ${champion} goes on as it is.`
				),
				h(
					"div",
					{ class: "inline" },
					choice("champion", `Replace it by ${name}`, "primary"),
					choice("challenger", "Predict beside it, as challenger"),
					choice("", "Cancel")
				)
			)
		);
		box.addEventListener("close", () => {
			box.remove();
			resolve(box.returnValue || null);
		});
		document.body.append(box);
		box.showModal();
	});
