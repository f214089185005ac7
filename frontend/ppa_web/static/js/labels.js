// The saved labels: open, clone, archive, compare, download, and the code that reads them.
import { get, send, url } from "./api.js";
import { $, empty, fill, h } from "./dom.js";
import { count, day, rangeText, labelText } from "./format.js";
import { showSnippet } from "./snippets.js";
import { table } from "./table.js";

const MAX_COMPARED = 4;
const compared = new Set();
let archived = false;
/** @type {ConfigurePage} */
let page;

/** @type {(href: string, text: string, label: string) => HTMLElement} */
const link = (href, text, label) => h("a", { href, download: "", "aria-label": label }, text);
/** @type {(text: string, label: string | null, onclick: () => void) => HTMLElement} */
const button = (text, label, onclick) => h("button", { type: "button", onclick, "aria-label": label }, text);
const downloadRange = () =>
	Object.fromEntries(["from", "to"].map(name => [name, $("#download-range").elements[name].value]));
/** @type {(id: string, name: string, options?: Query) => string} */
const fileUrl = (id, name, options) => url(`labels/${id}/${name}`, { ...downloadRange(), ...options });

/** @param {Api.Label} label */
function downloads({ label_id: id, name }) {
	/** @type {[string, string, Query?][]} */
	const links = [
		["CSV", "dataset.csv"],
		["gzip", "dataset.csv", { gzip: 1 }],
		["Parquet", "dataset.parquet"],
		["manifest", "manifest.json"],
		["notebook", "train.ipynb"]
	];
	/** @type {Record<string, string>} */
	const titles = {
		CSV: `${name} as CSV`,
		gzip: `${name} as gzipped CSV`,
		Parquet: `${name} as Parquet`,
		manifest: `Manifest of ${name}`,
		notebook: `Notebook that trains on ${name}`
	};
	return h(
		"span",
		{ class: "links folded" },
		links.map(([text, fileName, options]) => link(fileUrl(id, fileName, options), text, titles[text]))
	);
}

/**
 * @param {Api.Label} label
 * @param {"PUT" | "DELETE"} method
 */
async function setArchived(label, method) {
	const message = $("#labels-message");
	try {
		await send(method, `labels/${label.label_id}/archived`);
		message.textContent =
			method === "PUT"
				? `${label.name} is archived: hidden here, and kept with its models.`
				: `${label.name} is listed again.`;
		await showLabels();
	} catch (error) {
		message.textContent = error.message;
	}
}

/** @type {(label: Api.Label) => HTMLElement} */
const actions = label =>
	h(
		"span",
		{ class: "links folded" },
		button("Open", `Open ${label.name}`, () => page.open(label)),
		button("Clone", `Clone ${label.name}`, () => page.open(label, `${label.name}, changed`)),
		button("Python", `Python for ${label.name}`, () => showSnippet(label, downloadRange())),
		label.archived_at
			? button("Unarchive", `Unarchive ${label.name}`, () => setArchived(label, "DELETE"))
			: button("Archive", `Archive ${label.name}`, () => setArchived(label, "PUT"))
	);

async function showComparison() {
	const { showPairs } = await import("./label_pairs.js");
	showPairs($("#pairs"), [...compared]);
}

/** @param {Api.Label} label */
function compareBox(label) {
	/** @type {(event: { target: any }) => void} */
	const onChange = ({ target }) => {
		const full = target.checked && compared.size >= MAX_COMPARED;
		$("#labels-message").textContent = full ? `At most ${MAX_COMPARED} at once: untick one first.` : "";
		if (full) {
			target.checked = false;
			return;
		}
		compared[target.checked ? "add" : "delete"](label.label_id);
		showComparison();
	};
	return h("input", {
		type: "checkbox",
		"aria-label": `Compare ${label.name}`,
		checked: compared.has(label.label_id),
		onchange: onChange
	});
}

/** @type {Column<Api.Label>[]} */
const columns = [
	{
		key: "name",
		label: "Name",
		cell: row => [row.name, row.archived_at && h("small", {}, " archived")].filter(Boolean)
	},
	{ key: "compare", label: "Compare", value: row => +compared.has(row.label_id), cell: compareBox },
	{
		key: "definition",
		label: "Rule",
		text: true,
		value: row => row.asset + labelText(row),
		cell: row => `${row.asset}, ${labelText(row)}`
	},
	{ key: "range_from", label: "Range", cell: rangeText },
	{
		key: "models",
		label: "Models",
		numeric: true,
		cell: row =>
			row.models
				? h(
						"span",
						{ class: "links" },
						h("a", { href: `/models?label=${row.label_id}` }, count(row.models)),
						row.mlflow && h("a", { href: row.mlflow, "aria-label": `${row.name} in MLflow` }, "MLflow")
					)
				: "0"
	},
	{ key: "created_at", label: "Saved", cell: row => `${day(row.created_at)}, ${row.created_by}` },
	{ key: "label_id", label: "Download", cell: downloads },
	{ key: "use", label: "Use", value: row => row.name, cell: actions }
];

const showLabels = () =>
	fill(
		$("#labels"),
		() => get("labels", { archived: archived ? 1 : "" }),
		(/** @type {Api.Labels} */ { labels, archived: hidden }) => {
			for (const id of compared) if (!labels.some(one => one.label_id === id)) compared.delete(id);
			const toggle =
				hidden > 0 &&
				button(archived ? "Hide archived ones" : `Show ${hidden} archived`, null, () => {
					archived = !archived;
					showLabels();
				});
			if (!labels.length) return [empty("No label is saved yet. Set one up above and give it a name."), toggle];
			showSnippet(labels[0], downloadRange());
			const shown = table({ caption: "Saved labels", rows: labels, sort: ["created_at", -1], columns });
			$("#download-range").oninput = () => {
				shown.update(labels);
				showSnippet(null, downloadRange());
			};
			return [shown, toggle];
		}
	);

/** List the saved labels. @param {ConfigurePage} callbacks */
export function listLabels(callbacks) {
	page = callbacks;
	return showLabels();
}

/**
 * Save the label in the controls. A definition that is saved already keeps its name.
 * @param {ConfigurePage} callbacks
 * @param {string} requestedName
 */
export async function saveLabel(callbacks, requestedName) {
	const message = $("#save-message");
	message.textContent = "Saving…";
	try {
		const { label_id: id, name } = await send("POST", "labels", { name: requestedName, ...callbacks.definition() });
		message.textContent = `Saved as ${id}${name === requestedName ? "" : `, under the name it has already: ${name}`}.`;
		callbacks.onSave();
		await listLabels(callbacks);
	} catch (error) {
		message.textContent = error.message;
	}
}
