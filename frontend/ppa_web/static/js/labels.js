// The labels that were saved: open, clone, archive, compare, download, and the lines that read them.
import { get, send, url } from "./api.js";
import { $, empty, fill, h } from "./dom.js";
import { count, day, reach, rule } from "./format.js";
import { snippets } from "./snippets.js";
import { table } from "./table.js";

const MOST = 4;
const compared = new Set();
let archived = false;
let page = null;

const link = (href, text, label) => h("a", { href, download: "", "aria-label": label }, text);
const button = (text, label, onclick) => h("button", { type: "button", onclick, "aria-label": label }, text);
const bounds = () => Object.fromEntries(["from", "to"].map(name => [name, $("#only").elements[name].value]));
const file = (id, name, more) => url(`labels/${id}/${name}`, { ...bounds(), ...more });

function downloads({ label_id: id, name }) {
	const links = [
		["CSV", "dataset.csv"],
		["gzip", "dataset.csv", { gzip: 1 }],
		["Parquet", "dataset.parquet"],
		["manifest", "manifest.json"]
	];
	const words = {
		CSV: `${name} as CSV`,
		gzip: `${name} as gzipped CSV`,
		Parquet: `${name} as Parquet`,
		manifest: `Manifest of ${name}`
	};
	return h(
		"span",
		{ class: "links folded" },
		links.map(([text, end, more]) => link(file(id, end, more), text, words[text]))
	);
}

async function put(label, method) {
	const said = $("#labels-said");
	try {
		await send(method, `labels/${label.label_id}/archived`);
		said.textContent =
			method === "PUT"
				? `${label.name} is archived: hidden here, and kept with its models.`
				: `${label.name} is listed again.`;
		await show();
	} catch (error) {
		said.textContent = error.message;
	}
}

const uses = label =>
	h(
		"span",
		{ class: "links folded" },
		button("Open", `Open ${label.name}`, () => page.open(label)),
		button("Clone", `Clone ${label.name}`, () => page.open(label, `${label.name}, changed`)),
		button("Python", `Python for ${label.name}`, () => snippets(label, bounds())),
		label.archived_at
			? button("Unarchive", `Unarchive ${label.name}`, () => put(label, "DELETE"))
			: button("Archive", `Archive ${label.name}`, () => put(label, "PUT"))
	);

async function compare() {
	const { pairs } = await import("./label_pairs.js");
	pairs($("#pairs"), [...compared]);
}

function tick(label) {
	const choose = ({ target }) => {
		const full = target.checked && compared.size >= MOST;
		$("#labels-said").textContent = full ? `At most ${MOST} at once: untick one first.` : "";
		if (full) {
			target.checked = false;
			return;
		}
		compared[target.checked ? "add" : "delete"](label.label_id);
		compare();
	};
	return h("input", {
		type: "checkbox",
		"aria-label": `Compare ${label.name}`,
		checked: compared.has(label.label_id),
		onchange: choose
	});
}

const columns = [
	{
		key: "name",
		label: "Name",
		cell: row => [row.name, row.archived_at && h("small", {}, " archived")].filter(Boolean)
	},
	{ key: "compare", label: "Compare", value: row => +compared.has(row.label_id), cell: tick },
	{
		key: "rule",
		label: "Rule",
		text: true,
		value: row => row.asset + rule(row),
		cell: row => `${row.asset}, ${rule(row)}`
	},
	{ key: "range_from", label: "Range", cell: reach },
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
	{ key: "use", label: "Use", value: row => row.name, cell: uses }
];

const show = () =>
	fill(
		$("#labels"),
		() => get("labels", { archived: archived ? 1 : "" }),
		({ labels, archived: hidden }) => {
			for (const id of compared) if (!labels.some(one => one.label_id === id)) compared.delete(id);
			const toggle =
				hidden > 0 &&
				button(archived ? "Hide archived ones" : `Show ${hidden} archived`, null, () => {
					archived = !archived;
					show();
				});
			if (!labels.length) return [empty("No label is saved yet. Set one up above and give it a name."), toggle];
			snippets(labels[0], bounds());
			const shown = table({ caption: "Saved labels", rows: labels, sort: ["created_at", -1], columns });
			$("#only").oninput = () => {
				shown.update(labels);
				snippets(null, bounds());
			};
			return [shown, toggle];
		}
	);

// `page.open(label, name)` puts a label into the controls, under a new name where it is cloned.
export function listLabels(given) {
	page = given;
	return show();
}

// Saves what is in the controls under a name; a definition that is saved already keeps its own.
export async function save(given, wanted) {
	const said = $("#saved");
	said.textContent = "Saving…";
	try {
		const { label_id: id, name } = await send("POST", "labels", { name: wanted, ...given.definition() });
		said.textContent = `Saved as ${id}${name === wanted ? "" : `, under the name it has already: ${name}`}.`;
		given.saved();
		await listLabels(given);
	} catch (error) {
		said.textContent = error.message;
	}
}
