// The list of features: searchable, in groups, each with its unit, source, coverage and sparkline.
import { $, $$, empty, h } from "./dom.js";
import { day, pct } from "./format.js";
import { sparkline } from "./sparkline.js";

/** @type {(feature: Api.Feature) => string} */
const searchText = ({ name, group, description, unit, sources }) =>
	`${name} ${group} ${description} ${unit} ${sources.join(" ")}`.toLowerCase();
/**
 * The features that contain every word of a search, in any order.
 * @param {Api.Feature[]} features
 * @param {string} words
 */
export function search(features, words) {
	const terms = words.toLowerCase().split(/\s+/);
	return features.filter(one => terms.every(term => searchText(one).includes(term)));
}

/** @type {(feature: Api.Feature) => string} */
const origin = ({ sources, coverage, first_hour: first }) =>
	`${sources.join(", ") || "computed"} · ${coverage ? `${pct(coverage, coverage > 0.995 ? 0 : 1)} since ${day(first)}` : "no value yet"}`;

/** @type {(feature: Api.Feature, selected: Set<string>) => HTMLElement} */
const row = (feature, selected) =>
	h(
		"label",
		{ title: `${feature.description} Coverage: the share of all hours that have a value.` },
		h("input", { type: "checkbox", name: "feature", value: feature.name, checked: selected.has(feature.name) }),
		h("span", {}, feature.name, " ", h("small", {}, feature.unit), h("small", { class: "origin" }, origin(feature))),
		h("span", { class: "strip" }, sparkline(feature.sparkline, 120))
	);

/**
 * Make the rows of the features that contain every word of the search.
 * @param {Api.Feature[]} features
 * @param {Set<string>} selected names of the ticked features
 * @returns {HTMLElement[]}
 */
export function featureRows(features, selected) {
	const matching = search(features, $("#find").value);
	const groups = [...new Set(matching.map(({ group }) => group))];
	$("#feature-count").textContent = `${matching.length} of ${features.length}`;
	if (!matching.length) return [empty("No feature matches.")];
	return groups.flatMap(group => [
		h("p", { class: "group" }, group),
		...matching.filter(one => one.group === group).map(one => row(one, selected))
	]);
}

// The arrow keys move from the search into the list; Escape moves back.
$("#feature-picker").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
	const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
	const stops = [$("#find"), ...$$("#features input")];
	const at = stops.indexOf(document.activeElement);
	if (at < 0 || !(step || event.key === "Escape")) return;
	event.preventDefault();
	stops[step ? Math.min(stops.length - 1, Math.max(0, at + step)) : 0].focus();
});
