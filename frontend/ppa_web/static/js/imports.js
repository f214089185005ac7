// Import: preview a file, store it as a batch, withdraw a batch, and acknowledge findings.
import { get, getOnce, send, stream } from "./api.js";
import { batchTable, withdrawBatch } from "./batches.js";
import { $, empty, encode, facts, fill, h, options } from "./dom.js";
import { openFindings } from "./findings.js";
import { count, price, when } from "./format.js";
import { drawBeside } from "./import_chart.js";
import { table } from "./table.js";

const form = $("#import");
const message = $("#message");
const admin = document.body.dataset.role === "admin";
const NEEDS_ADMIN = "Importing takes the role admin.";

/** Names of the modes, in the order in which they are offered. */
const MODES = {
	replace: "Replace: this file counts for its hours, the older import is withdrawn there",
	keep: "Keep: stored values stay, this file only fills gaps",
	revision: "Revision: the market's record changed, these values are known from now on"
};

/** The request's query: the file's name and the options that were given. */
const given = () => {
	const field = form.elements;
	const [file] = field.file.files;
	return {
		name: file.name,
		asset: field.asset.value,
		source: field.source.value,
		time_zone: field.time_zone.value,
		columns: field.columns.value
	};
};

/** @param {Api.FileReport} read */
const understood = read =>
	facts([
		["Hours", count(read.hours), `${when(read.first)} to ${when(read.last)}`],
		["Rows", count(read.rows), `${read.bar_minutes} minutes each, ${read.order}`],
		["Time zone", read.time_zone, read.time_format],
		["Prices", read.prices && `${price(read.prices[0])} – ${price(read.prices[1])}`],
		["Volumes", read.volumes ? `${price(read.volumes[0])} – ${price(read.volumes[1])}` : "unknown"],
		["Missing hours", count(read.gaps.hours), `in ${count(read.gaps.count)} gaps`]
	]);

/** @param {Api.FileReport} read */
const columnTable = read =>
	table({
		caption: "Columns",
		columns: [
			{ key: "role", label: "Taken for" },
			{ key: "column", label: "Column" },
			{ key: "reason", label: "Why", text: true },
			{ key: "runner_up", label: "Runner-up", cell: c => c.runner_up || "–" },
			{ key: "why_not", label: "Why not", text: true, cell: c => c.why_not || "–" }
		],
		rows: read.choices ?? Object.entries(read.columns).map(([role, column]) => ({ role, column, reason: "" }))
	});

/** @param {Api.FileReport} read */
const rowTable = read =>
	read.first_rows?.length
		? table({
				caption: "First bars",
				columns: Object.keys(read.first_rows[0]).map(key => ({ key, label: key })),
				rows: read.first_rows
			})
		: null;

/** @param {Api.Finding} finding */
const findingBox = finding =>
	h(
		"div",
		{ class: "finding" },
		h("p", {}, h("b", {}, finding.serious ? "Serious: " : ""), finding.sentence),
		finding.remedy && h("p", { class: "remedy" }, finding.remedy)
	);

/**
 * The button that stores the previewed file, with a choice where it contradicts what is stored.
 * @param {Api.FilePreview} preview
 * @param {File} file
 * @param {Query} query
 */
function storeForm(preview, file, query) {
	const { overlap } = preview;
	const choice = overlap.different
		? h(
				"fieldset",
				{},
				h("legend", {}, preview.contradiction),
				Object.entries(MODES).map(([value, text]) =>
					h("label", {}, h("input", { type: "radio", name: "mode", value, required: true }), text)
				)
			)
		: null;
	const state = h("p", { class: "message", role: "status" });
	const button = h("button", { class: "primary" }, `Store ${count(preview.report.hours)} hours`);
	const element = $("#store");
	element.replaceChildren(...[choice, h("div", { class: "inline" }, button, state)].filter(Boolean));
	element.onsubmit = async (/** @type {Event} */ event) => {
		event.preventDefault();
		button.setAttribute("disabled", "");
		const mode = overlap.different ? element.elements.mode.value : "plain";
		try {
			const result = await stream(
				"POST",
				`imports?${encode({ ...query, mode })}`,
				({ stage }) => {
					state.textContent = `${stage}…`;
				},
				file
			);
			$("#preview").hidden = true;
			message.textContent = `Stored as ${result.batch.batch_id}: ${result.stage}.`;
			message.scrollIntoView({ block: "center" });
			await showAll();
		} catch (error) {
			state.textContent = error.message;
			button.removeAttribute("disabled");
		}
	};
}

/**
 * @param {Api.FilePreview} preview
 * @param {File} file
 * @param {Query} query
 */
function showPreview(preview, file, query) {
	$("#preview").hidden = false;
	$("#understood").replaceChildren(
		understood(preview.report),
		h("p", { class: "hint" }, preview.report.notes.join(" "))
	);
	$("#findings").replaceChildren(...preview.findings.map(findingBox));
	$("#columns").replaceChildren(columnTable(preview.report));
	$("#rows").replaceChildren(...[rowTable(preview.report)].filter(Boolean));
	storeForm(preview, file, query);
	drawBeside($("#beside"), preview);
	$("#preview-head").focus();
}

/** @returns {Promise<unknown>} */
const showBatches = () =>
	fill(
		$("#batches"),
		() => get("imports"),
		(/** @type {Api.Batches} */ { imports }) =>
			imports.length
				? batchTable(imports, admin, batch => withdrawBatch(batch, $("#batches-message"), stream).then(showAll))
				: empty("Nothing has been imported.")
	);

const showFindings = () =>
	fill(
		$("#open"),
		() => get("data/findings"),
		(/** @type {Api.TrackedFindings} */ { findings }) => openFindings(findings, showFindings)
	);

const showAll = () => Promise.all([showBatches(), showFindings()]);

form.addEventListener("submit", async (/** @type {Event} */ event) => {
	event.preventDefault();
	const [file] = form.elements.file.files;
	const query = given();
	message.textContent = `Reading ${file.name}…`;
	try {
		const preview = await send("POST", `imports/preview?${encode(query)}`, file);
		message.textContent = "";
		showPreview(preview, file, query);
	} catch (error) {
		$("#preview").hidden = true;
		message.textContent = error.message;
	}
});

const drop = $("#drop");
["dragover", "dragleave", "drop"].forEach(name =>
	drop.addEventListener(name, (/** @type {DragEvent} */ event) => {
		event.preventDefault();
		drop.classList.toggle("over", name === "dragover");
		if (name === "drop" && event.dataTransfer?.files.length) {
			form.elements.file.files = event.dataTransfer.files;
			if (admin) form.requestSubmit();
		}
	})
);

getOnce("assets").then(({ assets }) =>
	options(
		form.elements.asset,
		assets.map((/** @type {Api.Asset} */ { id, name }) => [id, `${name} (${id})`])
	)
);
$("button", form).disabled = !admin;
if (!admin) message.textContent = NEEDS_ADMIN;
showAll();
