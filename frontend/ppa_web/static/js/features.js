// The features to choose from: found by words, in groups, each with its unit, source, coverage and course.
import { $, $$, empty, h } from "./dom.js";
import { day, pct } from "./format.js";
import { strip } from "./sparkline.js";

const text = ({ name, group, description, unit, sources }) =>
	`${name} ${group} ${description} ${unit} ${sources.join(" ")}`.toLowerCase();
const origin = ({ sources, coverage, first_hour: first }) =>
	`${sources.join(", ") || "computed"} · ${coverage ? `${pct(coverage, coverage > 0.995 ? 0 : 1)} since ${day(first)}` : "no value yet"}`;

const row = (feature, chosen) =>
	h(
		"label",
		{ title: `${feature.description} Coverage: the share of all hours that have a value.` },
		h("input", { type: "checkbox", name: "feature", value: feature.name, checked: chosen.has(feature.name) }),
		h("span", {}, feature.name, " ", h("small", {}, feature.unit), h("small", { class: "origin" }, origin(feature))),
		h("span", { class: "strip" }, strip(feature.sparkline, 120))
	);

// What #features shows: those that hold all words of #find; `chosen` has the names that are ticked.
export function featureRows(features, chosen) {
	const wanted = $("#find").value.toLowerCase().split(/\s+/);
	const found = features.filter(one => wanted.every(word => text(one).includes(word)));
	const groups = [...new Set(found.map(({ group }) => group))];
	$("#found").textContent = `${found.length} of ${features.length}`;
	if (!found.length) return [empty("No feature matches.")];
	return groups.flatMap(group => [
		h("p", { class: "group" }, group),
		...found.filter(one => one.group === group).map(one => row(one, chosen))
	]);
}

// The arrow keys go from the search into the list and along it; Escape comes back.
$("#beside").addEventListener("keydown", event => {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	const stops = [$("#find"), ...$$("#features input")];
	const at = stops.indexOf(document.activeElement);
	if (at < 0 || !(step || event.key === "Escape")) return;
	event.preventDefault();
	stops[step ? Math.min(stops.length - 1, Math.max(0, at + step)) : 0].focus();
});
