// The upload form: model, manifest, and what its author says; the gate's verdicts step by step.
import { once } from "./api.js";
import { $, h, options, query } from "./dom.js";
import { count } from "./format.js";
import { through } from "./gate.js";
import { mayChange, TAKES } from "./permissions.js";
import { underWay, verdicts } from "./verdicts.js";

const form = $("#upload");
const words = text => text.split(/[\s,]+/).filter(Boolean);
const figures = text =>
	Object.fromEntries(
		text
			.split(/[\n,;]+/)
			.map(line => line.split(/[=:]/).map(part => part.trim()))
			.filter(([name]) => name)
			.map(([name, value]) => [name, Number(value)])
	);

let given = {};

// A day stands for all its hours, unless the description says which.
const hour = (name, day, clock) => (given[name]?.startsWith(day) ? given[name] : `${day}T${clock}:00:00Z`);

function described(field) {
	const days = Number(field.expires.value);
	return {
		...given,
		name: field.name.value,
		label_id: field.label_id.value,
		train_from: hour("train_from", field.train_from.value, "00"),
		train_to: hour("train_to", field.train_to.value, "23"),
		notes: field.notes.value,
		tags: words(field.tags.value),
		user_metrics: figures(field.metrics.value),
		decision_threshold: Number(field.threshold.value),
		...(days && { expires_after_days: days })
	};
}

// A manifest knows its label and where its hours begin.
async function readManifest({ label_id: label, train_from: from }, file) {
	try {
		const manifest = JSON.parse(await file.text());
		if ([...label.options].some(({ value }) => value === manifest.label_id)) label.value = manifest.label_id;
		if (!from.value) from.value = (manifest.first_hour ?? "").slice(0, 10);
	} catch {
		/* the gate says what is wrong with it */
	}
}

// A description fills in the form; what has no field there is sent as it is.
async function readDescription(field, file, said) {
	given = {};
	said.textContent = "";
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
		const put = {
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
		for (const [one, value] of Object.entries(put)) field[one].value = value;
		given = { ...rest, train_from: from, train_to: to };
	} catch (error) {
		said.textContent = `${file.name} does not describe a model: ${error.message}.`;
	}
}

const MEGABYTE = 1e6;
const warned = found => found.filter(({ outcome }) => outcome === "warned").length;
const heeded = number => (number ? `, with ${count(number)} ${number === 1 ? "warning" : "warnings"}` : "");

// Sends the form, and shows in `found` what the gate says of it while it does; `said` is the place for words. Returns whether there may be a model that was not there before.
async function upload(body, said, found) {
	let gate = null;
	found.replaceChildren();
	said.textContent = "Sending the model…";
	const sent = (part, whole) => {
		said.textContent =
			part < whole
				? `Sending the model, ${Math.round((part / whole) * 100)}% of ${(whole / MEGABYTE).toFixed(1)} MB…`
				: "Sent; the gate begins…";
	};
	const steps = all => {
		gate = underWay(all);
		found.replaceChildren(...gate.parts);
	};
	try {
		const model = await through(body, {
			sent,
			steps,
			verdict: one => {
				said.textContent = gate.add(one);
			}
		});
		if (!gate) found.replaceChildren(verdicts(model.verdicts));
		said.replaceChildren(
			"Accepted: ",
			h("a", { href: `/models/${model.model_id}` }, model.model_id),
			`${heeded(warned(model.verdicts))}.`
		);
		return true;
	} catch (error) {
		if (!gate && error.verdicts) found.replaceChildren(verdicts(error.verdicts));
		const failed = error.verdicts?.at(-1);
		said.textContent = failed ? `Refused at “${failed.title}”, and nothing was kept. ${error.message}` : error.message;
		return error.code === "connection";
	} finally {
		gate?.end();
	}
}

// `after()` runs once there may be a model more.
export function uploadWith(after) {
	const field = form.elements;
	const said = $(".said", form);
	once("labels")
		.then(({ labels }) =>
			options(
				field.label_id,
				labels.map(({ label_id: id, name }) => [id, name]),
				query().label
			)
		)
		.catch(error => {
			said.textContent = error.message;
		});
	$("button", form).disabled = !mayChange;
	if (!mayChange) said.textContent = TAKES;
	field.manifest.addEventListener(
		"change",
		() => field.manifest.files[0] && readManifest(field, field.manifest.files[0])
	);
	field.description.addEventListener(
		"change",
		() => field.description.files[0] && readDescription(field, field.description.files[0], said)
	);
	form.addEventListener("submit", async event => {
		event.preventDefault();
		const [model] = field.file.files;
		if (model.size > field.file.dataset.most) {
			said.textContent = `${model.name} has ${(model.size / 2 ** 20).toFixed(1)} MiB, more than is taken here: train a smaller model, with fewer or shallower trees.`;
			field.file.focus();
			return;
		}
		const about = described(field);
		const odd = Object.entries(about.user_metrics).find(([, value]) => Number.isNaN(value));
		if (odd) {
			said.textContent = `The figure of “${odd[0]}” is no number: write a line such as accuracy = 0.61.`;
			field.metrics.focus();
			return;
		}
		const body = new FormData();
		body.append("file", model);
		if (field.manifest.files[0]) body.append("manifest", field.manifest.files[0]);
		body.append("metadata", JSON.stringify(about));
		$("button", form).disabled = true;
		const changed = await upload(body, said, $("#verdicts"));
		$("button", form).disabled = false;
		if (changed) after();
	});
}
