// Step 1: choose a price, define a label and see its summary. The address holds the whole state.
import { get } from "./api.js";
import { note } from "./chart.js";
import { rangeSlider } from "./range_slider.js";
import { $, empty, fill, debounce, options, problem, query, replaceQuery, clearBusy } from "./dom.js";
import { featureRows } from "./features.js";
import { priceChart } from "./pricechart.js";
import {
	address,
	updateControls,
	changeUnit,
	definition,
	fee,
	field,
	form,
	limits,
	restore,
	showDefinition
} from "./label_form.js";
import { savedLabels } from "./saved_labels_loader.js";
import { summary } from "./summary.js";

const MAX_POINTS = 2000;
const MAX_FEATURES = 5;
const figure = $("#chart");
/** @type {any[]} */
let assets = [];
/** @type {Api.Feature[]} */
let features = [];
let selected = new Set();
/** @type {AbortController | null} */
let request = null;

const asset = () => assets.find(({ id }) => id === field.asset.value);
/** @type {ConfigurePage} */
const page = {
	zoom: null,
	stretches: null,
	exploring: query().explore,
	definition,
	open: openLabel,
	onSave: () => showSummary(),
	onExplore: feature => {
		page.exploring = feature;
		saveState();
	},
	isOverlay: () => field.scale.value === "z",
	onZoom: () => saveState(),
	fetchPrices: (range = limits()) => {
		request?.abort();
		request = new AbortController();
		return get(
			"chart",
			{ asset: field.asset.value, ...range, points: MAX_POINTS, features: [...selected].join(",") },
			request.signal
		);
	}
};
const price = priceChart(figure, page);
const saveState = () =>
	replaceQuery({
		...address(),
		features: [...selected].join(","),
		scale: page.isOverlay() ? "z" : "",
		zoom: page.zoom?.join("~"),
		explore: page.exploring
	});

/**
 * Run `work` one at a time. Calls during a run cause one more run at its end.
 * @param {() => Promise<void>} work
 */
function latest(work) {
	let busy = false;
	let pending = false;
	return async () => {
		pending = true;
		if (busy) return;
		busy = true;
		while (pending) {
			pending = false;
			await work();
		}
		busy = false;
	};
}
const showSummary = latest(async () => {
	if (!form.checkValidity()) {
		form.reportValidity();
		return;
	}
	showDefinition(asset()?.pair ?? field.asset.value);
	await fill(
		$("#summary"),
		() => get("labels/preview", { ...definition(), fee: fee() }),
		(/** @type {Api.LabelPreview} */ data) => {
			page.stretches = data.stretches;
			price.paint();
			return summary(data);
		}
	);
});

const load = debounce(price.load, 60);
/** @param {boolean} range the price or its range has changed */
function update(range) {
	if (range) {
		page.zoom = null;
		load();
	}
	saveState();
	showSummary();
	page.onChange?.();
}
const slider = rangeSlider(field, () => update(true));

/** @param {HTMLInputElement} box */
function toggleFeature(box) {
	const full = box.checked && selected.size >= MAX_FEATURES;
	$("#feature-picker .message").textContent = full ? `At most ${MAX_FEATURES} at once: untick one first.` : "";
	if (full) {
		box.checked = false;
		return;
	}
	selected[box.checked ? "add" : "delete"](box.value);
	saveState();
	load();
}

form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
form.addEventListener("input", (/** @type {{ target: any }} */ { target }) => {
	if (target.id === "find") return $("#features").replaceChildren(...featureRows(features, selected));
	if (target.name === "feature") return toggleFeature(target);
	if (target.name === "scale") {
		saveState();
		return price.draw();
	}
	if (target.dataset.of) field[target.dataset.of].value = target.value;
	if (target.name === "unit") changeUnit();
	if (target.name === "asset") slider.setBounds(asset());
	if (target.type === "date") slider.placeHandles();
	updateControls();
	return update(["asset", "from", "to"].includes(target.name));
});

/**
 * @param {Api.Label} label
 * @param {string} [name]
 */
async function openLabel(label, name = "") {
	(await import("./label_form_fill.js")).fillForm(label);
	$("#save").elements.name.value = name;
	$("#save-message").textContent = name && `A copy of ${label.name}: change what shall differ, then save it.`;
	slider.setBounds(asset());
	update(true);
	scrollTo(0, 0);
	field.lookahead.focus();
}
savedLabels(page);

/** @param {HTMLElement} content */
function showNothing(content) {
	clearBusy();
	note(figure, content);
}
// The price is requested before its range is known: without a range in the address, all of it comes.
async function start() {
	const state = query();
	options(field.asset, [[state.asset ?? "BTC"]]);
	restore(state);
	field.scale.value = state.scale === "z" ? "z" : "raw";
	selected = new Set((state.features ?? "").split(",").filter(Boolean).slice(0, MAX_FEATURES));
	const zoom = (state.zoom ?? "").split("~");
	if (zoom.length === 2 && zoom.every(text => Date.parse(text))) page.zoom = zoom;
	const loading = Promise.all([showSummary(), price.load()]);
	try {
		assets = (await get("assets")).assets.filter((/** @type {Api.Asset} */ { first }) => first);
	} catch (error) {
		return showNothing(problem(error, start));
	}
	if (!assets.length) {
		return showNothing(
			empty("No prices are stored yet: import a file with ppa import-csv, or wait for the first hour.")
		);
	}
	const requested = field.asset.value;
	options(
		field.asset,
		assets.map(({ id, pair }) => [id, pair]),
		requested
	);
	if (field.asset.value !== requested) update(true);
	showDefinition(asset().pair);
	slider.setBounds(asset());
	await loading;
	return fill(
		$("#features"),
		() => get("features"),
		(/** @type {Api.Features} */ data) => {
			({ features } = data);
			const unknown = [...selected].filter(one => !features.some(({ name }) => name === one));
			for (const one of unknown) selected.delete(one);
			if (unknown.length) {
				saveState();
				load();
			}
			return featureRows(features, selected);
		}
	);
}
start();
