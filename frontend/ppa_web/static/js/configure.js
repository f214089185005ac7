// Step 1: a price, a label on it, and what that label holds. The address holds the whole view.
import { get } from "./api.js";
import { note } from "./chart.js";
import { rangeBrush } from "./range_slider.js";
import { $, empty, fill, later, options, problem, query, remember, settle } from "./dom.js";
import { featureRows } from "./features.js";
import { priceChart } from "./pricechart.js";
import { address, arrange, changeUnit, definition, fee, field, form, limits, restore, sentence } from "./label_form.js";
import { savedLabels } from "./saved_labels_loader.js";
import { summary } from "./summary.js";

const POINTS = 2000;
const MOST = 5;
const figure = $("#chart");
let assets = [];
let features = [];
let chosen = new Set();
let asking = null;

const asset = () => assets.find(({ id }) => id === field.asset.value);
const page = {
	zoom: null,
	stretches: null,
	exploring: query().explore,
	definition,
	open,
	saved: () => preview(),
	explored: feature => {
		page.exploring = feature;
		keep();
	},
	over: () => field.scale.value === "z",
	zoomed: () => keep(),
	ask: (range = limits()) => {
		asking?.abort();
		asking = new AbortController();
		return get(
			"chart",
			{ asset: field.asset.value, ...range, points: POINTS, features: [...chosen].join(",") },
			asking.signal
		);
	}
};
const price = priceChart(figure, page);
const keep = () =>
	remember({
		...address(),
		features: [...chosen].join(","),
		scale: page.over() ? "z" : "",
		zoom: page.zoom?.join("~"),
		explore: page.exploring
	});

// One request at a time: while it is under way the controls may move on, and then it is asked once more.
function steady(work) {
	let busy = false;
	let again = false;
	return async () => {
		again = true;
		if (busy) return;
		busy = true;
		while (again) {
			again = false;
			await work();
		}
		busy = false;
	};
}
const preview = steady(async () => {
	if (!form.checkValidity()) {
		form.reportValidity();
		return;
	}
	sentence(asset()?.pair ?? field.asset.value);
	await fill(
		$("#summary"),
		() => get("labels/preview", { ...definition(), fee: fee() }),
		answer => {
			page.stretches = answer.stretches;
			price.paint();
			return summary(answer);
		}
	);
});

const load = later(price.load, 60);
function changed(range) {
	if (range) {
		page.zoom = null;
		load();
	}
	keep();
	preview();
	page.moved?.();
}
const brush = rangeBrush(field, () => changed(true));

function pick(box) {
	const full = box.checked && chosen.size >= MOST;
	$("#beside .said").textContent = full ? `At most ${MOST} at once: untick one first.` : "";
	if (full) {
		box.checked = false;
		return;
	}
	chosen[box.checked ? "add" : "delete"](box.value);
	keep();
	load();
}

form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("input", ({ target }) => {
	if (target.id === "find") return $("#features").replaceChildren(...featureRows(features, chosen));
	if (target.name === "feature") return pick(target);
	if (target.name === "scale") {
		keep();
		return price.draw();
	}
	if (target.dataset.of) field[target.dataset.of].value = target.value;
	if (target.name === "unit") changeUnit();
	if (target.name === "asset") brush.reach(asset());
	if (target.type === "date") brush.place();
	arrange();
	return changed(["asset", "from", "to"].includes(target.name));
});

// A label that was saved, in the controls; to be saved under `name` where it is cloned.
async function open(label, name = "") {
	(await import("./label_form_fill.js")).take(label);
	$("#save").elements.name.value = name;
	$("#saved").textContent = name && `A copy of ${label.name}: change what shall differ, then save it.`;
	brush.reach(asset());
	changed(true);
	scrollTo(0, 0);
	field.lookahead.focus();
}
savedLabels(page);

function missing(words) {
	settle();
	note(figure, words);
}
// The price is asked for before it is known how far it reaches: what the address leaves open is all there is.
async function begin() {
	const known = query();
	options(field.asset, [[known.asset ?? "BTC"]]);
	restore(known);
	field.scale.value = known.scale === "z" ? "z" : "raw";
	chosen = new Set((known.features ?? "").split(",").filter(Boolean).slice(0, MOST));
	const zoom = (known.zoom ?? "").split("~");
	if (zoom.length === 2 && zoom.every(text => Date.parse(text))) page.zoom = zoom;
	const drawn = Promise.all([preview(), price.load()]);
	try {
		assets = (await get("assets")).assets.filter(({ first }) => first);
	} catch (error) {
		return missing(problem(error, begin));
	}
	if (!assets.length)
		return missing(empty("No prices are stored yet: import a file with ppa import-csv, or wait for the first hour."));
	const wanted = field.asset.value;
	options(
		field.asset,
		assets.map(({ id, pair }) => [id, pair]),
		wanted
	);
	if (field.asset.value !== wanted) changed(true);
	sentence(asset().pair);
	brush.reach(asset());
	await drawn;
	return fill(
		$("#features"),
		() => get("features"),
		found => {
			({ features } = found);
			const gone = [...chosen].filter(one => !features.some(({ name }) => name === one));
			for (const one of gone) chosen.delete(one);
			if (gone.length) {
				keep();
				load();
			}
			return featureRows(features, chosen);
		}
	);
}
begin();
