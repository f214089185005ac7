// The consensus of the active models of each label.
import { h, setContent } from "./dom.js";
import { labelText, num, pct, when } from "./format.js";
import { view } from "./predictions.js";

export function showConsensus() {
	if (!view.together.length) {
		const sameLabel = new Set(view.models.map(one => one.label_id)).size < view.models.length;
		setContent(
			"#consensus",
			h(
				"p",
				{ class: "hint" },
				sameLabel
					? "The active models of a label have answered no live hour together yet."
					: "No two active models share a label, so that there is nothing to agree on."
			)
		);
		return;
	}
	setContent(
		"#consensus",
		...view.together
			.slice(0, 3)
			.map(one =>
				h(
					"div",
					{},
					h(
						"p",
						{ class: "vote" },
						h("b", {}, `${one.rises} of ${one.models}`),
						" say ",
						h("span", { class: "up" }, "▲ rise")
					),
					h(
						"div",
						{ class: "balance", role: "img", "aria-label": `${pct(one.share, 0)} say rise` },
						h("i", { class: "rise", style: `flex:${one.rises}` }),
						h("i", { class: "none", style: `flex:${one.models - one.rises}` })
					),
					h(
						"p",
						{ class: "hint" },
						`${one.agree} of ${one.models} agree, mean probability ${pct(one.probability, 0)}, hour ${when(one.ts).slice(11)}. ${labelText(/** @type {Api.LiveModel} */ (view.models.find(m => m.label_id === one.label_id)))}. Not independent: ${one.effective ? `worth about ${num(one.effective, 1)} that are` : "they learned from the same hours"}.`
					)
				)
			)
	);
}
