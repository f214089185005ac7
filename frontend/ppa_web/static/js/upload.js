// The upload form: model file, manifest and metadata; the gate's verdicts appear one by one.
import { getOnce } from "./api.js";
import { readBundle } from "./bundle.js";
import { $, h, options, query } from "./dom.js";
import { count } from "./format.js";
import { uploadModel } from "./gate.js";
import { mayChange, NEEDS_EDITOR } from "./permissions.js";
import { hourOf, parseMetrics, splitWords } from "./upload_fields.js";
import { verdictProgress, verdictList } from "./verdicts.js";

const form = $("#upload");
/** The values of the metadata file. @type {Record<string, any>} */
let description = {};

/** @param {Fields} field */
function metadataOf(field) {
	const days = Number(field.expires.value);
	return {
		...description,
		name: field.name.value,
		label_id: field.label_id.value,
		train_from: hourOf(description.train_from, field.train_from.value, "00"),
		train_to: hourOf(description.train_to, field.train_to.value, "23"),
		notes: field.notes.value,
		tags: splitWords(field.tags.value),
		user_metrics: parseMetrics(field.metrics.value),
		decision_threshold: Number(field.threshold.value),
		...(days && { expires_after_days: days })
	};
}

/**
 * Fill in the label and the first hour of a manifest.
 * @param {Fields} field
 * @param {File} file
 */
async function readManifest({ label_id: label, train_from: from }, file) {
	try {
		const manifest = JSON.parse(await file.text());
		if ([...label.options].some(({ value }) => value === manifest.label_id)) label.value = manifest.label_id;
		if (!from.value) from.value = (manifest.first_hour ?? "").slice(0, 10);
	} catch {
		/* the gate reports what is wrong with it */
	}
}

/**
 * Fill in the form from a metadata file. Values without a field are sent unchanged.
 * @param {Fields} field
 * @param {File} file
 * @param {HTMLElement} message
 */
async function readDescription(field, file, message) {
	description = {};
	message.textContent = "";
	try {
		const {
			name = "",
			label_id: label,
			train_from: from,
			train_to: to,
			notes = "",
			tags = [],
			user_metrics: metrics = {},
			decision_threshold: threshold = 0.5,
			...rest
		} = JSON.parse(await file.text());
		if (!from || !to) throw new Error("it has no train_from and train_to");
		if (label) field.label_id.value = label;
		const fields = {
			name,
			notes,
			threshold,
			train_from: from.slice(0, 10),
			train_to: to.slice(0, 10),
			tags: tags.join(" "),
			metrics: Object.entries(metrics)
				.map(pair => pair.join(" = "))
				.join("\n")
		};
		for (const [item, value] of Object.entries(fields)) field[item].value = value;
		description = { ...rest, train_from: from, train_to: to };
	} catch (error) {
		message.textContent = `${file.name} does not describe a model: ${error.message}.`;
	}
}

/**
 * Fill in the form from a bundle, whose manifest is sent with it.
 * @param {Fields} field
 * @param {File} file
 * @param {HTMLElement} message
 */
async function readModelFile(field, file, message) {
	const bundle = readBundle(await file.arrayBuffer());
	if (bundle) await readDescription(field, new File([bundle.metadata], file.name), message);
}

const MEGABYTE = 1e6;
/** @type {(steps: Api.Verdict[]) => number} */
const countWarnings = steps => steps.filter(({ outcome }) => outcome === "warned").length;
/** @type {(number: number) => string} */
const warningText = number => (number ? `, with ${count(number)} ${number === 1 ? "warning" : "warnings"}` : "");

/**
 * Send the form and show the verdicts in `region`.
 * @param {FormData} body
 * @param {HTMLElement} message
 * @param {HTMLElement} region
 * @returns {Promise<boolean>} true where there may be a new model
 */
async function send(body, message, region) {
	/** @type {any} */
	let gate = null;
	region.replaceChildren();
	message.textContent = "Sending the model…";
	/** @type {(loaded: number, total: number) => void} */
	const onSent = (loaded, total) => {
		message.textContent =
			loaded < total
				? `Sending the model, ${Math.round((loaded / total) * 100)}% of ${(total / MEGABYTE).toFixed(1)} MB…`
				: "Sent; the gate begins…";
	};
	/** @type {(titles: Api.Step[]) => void} */
	const onSteps = titles => {
		gate = verdictProgress(titles);
		region.replaceChildren(...gate.parts);
	};
	try {
		const model = await uploadModel(body, {
			onSent,
			onSteps,
			onVerdict: item => {
				message.textContent = gate.add(item);
			}
		});
		if (!gate) region.replaceChildren(verdictList(model.verdicts));
		message.replaceChildren(
			"Accepted: ",
			h("a", { href: `/models/${model.model_id}` }, model.model_id),
			`${warningText(countWarnings(model.verdicts))}.`
		);
		return true;
	} catch (error) {
		if (!gate && error.verdicts) region.replaceChildren(verdictList(error.verdicts));
		const failed = error.verdicts?.at(-1);
		message.textContent = failed
			? `Refused at “${failed.title}”, and nothing was kept. ${error.message}`
			: error.message;
		return error.code === "connection";
	} finally {
		gate?.end();
	}
}

/**
 * Start the form.
 * @param {() => void} onUpload called once there may be a new model
 */
export function showUpload(onUpload) {
	const field = form.elements;
	const message = $(".message", form);
	getOnce("labels")
		.then((/** @type {Api.Labels} */ { labels }) =>
			options(
				field.label_id,
				labels.map(({ label_id: id, name }) => [id, name]),
				query().label
			)
		)
		.catch(error => {
			message.textContent = error.message;
		});
	$("button", form).disabled = !mayChange;
	if (!mayChange) message.textContent = NEEDS_EDITOR;
	field.file.addEventListener(
		"change",
		() => field.file.files[0] && readModelFile(field, field.file.files[0], message)
	);
	field.manifest.addEventListener(
		"change",
		() => field.manifest.files[0] && readManifest(field, field.manifest.files[0])
	);
	field.description.addEventListener(
		"change",
		() => field.description.files[0] && readDescription(field, field.description.files[0], message)
	);
	form.addEventListener("submit", async (/** @type {Event} */ event) => {
		event.preventDefault();
		const [model] = field.file.files;
		if (model.size > field.file.dataset.maxBytes) {
			message.textContent = `${model.name} has ${(model.size / 2 ** 20).toFixed(1)} MiB, more than is taken here: train a smaller model, with fewer or shallower trees.`;
			field.file.focus();
			return;
		}
		const metadata = metadataOf(field);
		const invalid = Object.entries(metadata.user_metrics).find(([, value]) => Number.isNaN(value));
		if (invalid) {
			message.textContent = `The figure of “${invalid[0]}” is no number: write a line such as accuracy = 0.61.`;
			field.metrics.focus();
			return;
		}
		const body = new FormData();
		body.append("file", model);
		if (field.manifest.files[0]) body.append("manifest", field.manifest.files[0]);
		body.append("metadata", JSON.stringify(metadata));
		$("button", form).disabled = true;
		const mayHaveChanged = await send(body, message, $("#verdicts"));
		$("button", form).disabled = false;
		if (mayHaveChanged) onUpload();
	});
}
