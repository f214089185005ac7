// Loads saved labels and the exploration when a visitor reaches or opens them.
import { $, problem } from "./dom.js";

/** @param {ConfigurePage} page */
export function savedLabels(page) {
	const region = $("#labels");
	/** @type {(run: (labels: typeof import("./labels.js")) => unknown) => Promise<unknown>} */
	const withLabels = run => import("./labels.js").then(run).catch(error => region.replaceChildren(problem(error)));
	new IntersectionObserver((entries, observer) => {
		if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
		observer.disconnect();
		withLabels(({ listLabels }) => listLabels(page));
	}).observe(region);
	$("#save").addEventListener("submit", (/** @type {any} */ event) => {
		event.preventDefault();
		withLabels(({ saveLabel }) => saveLabel(page, event.target.elements.name.value.trim()));
	});
	const box = $("#explore");
	box.addEventListener(
		"toggle",
		() => import("./explore.js").then(({ explore }) => explore(page)).catch(error => box.append(problem(error))),
		{ once: true }
	);
	if (page.exploring) box.open = true;
}
