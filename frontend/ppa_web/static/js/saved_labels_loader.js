// What few visitors reach or open is loaded then: saving a label, those saved, the exploration.
import { $, problem } from "./dom.js";

// page: {definition() → parameters, open(label, name) puts a label into the controls, saved() runs after saving}
export function savedLabels(page) {
	const region = $("#labels");
	const use = work => import("./labels.js").then(work).catch(error => region.replaceChildren(problem(error)));
	new IntersectionObserver((entries, seen) => {
		if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
		seen.disconnect();
		use(({ listLabels }) => listLabels(page));
	}).observe(region);
	$("#save").addEventListener("submit", event => {
		event.preventDefault();
		use(({ save }) => save(page, event.target.elements.name.value.trim()));
	});
	const box = $("#explore");
	box.addEventListener(
		"toggle",
		() => import("./explore.js").then(({ explore }) => explore(page)).catch(error => box.append(problem(error))),
		{ once: true }
	);
	if (page.exploring) box.open = true;
}
