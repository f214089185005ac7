// The reference of the API: the OpenAPI document, drawn operation by operation.
import { get } from "./api.js";
import { $, $$, debounce, fill, h } from "./dom.js";

const SAFE = new Set(["get", "head"]);
/** @type {any} */
let openapi = { components: { schemas: {}, responses: {} } };

/** What a reference names. @param {any} value */
const resolved = value => {
	if (!value?.$ref) return value;
	const [, , kind, name] = value.$ref.split("/");
	return openapi.components[kind][name];
};

/** The bounds of a schema in words. @type {(schema: any) => string[]} */
const bounds = ({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, maxLength, maxItems, pattern, enum: values }) =>
	[
		values && values.join(", "),
		minimum !== undefined && `from ${minimum}`,
		exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
		maximum !== undefined && `to ${maximum}`,
		exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
		maxLength !== undefined && `at most ${maxLength} characters`,
		maxItems !== undefined && `at most ${maxItems}`,
		pattern && `matches ${pattern}`
	].filter(Boolean);

/** A type in a few words. @type {(schema: any) => string} */
const typeText = schema => {
	if (!schema) return "anything";
	if (schema.$ref) return schema.$ref.split("/").pop();
	if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
	if (schema.type === "array") return `list of ${schema.prefixItems ? "tuples" : typeText(schema.items)}`;
	if (typeof schema.additionalProperties === "object") return `${typeText(schema.additionalProperties)} by name`;
	const limits = bounds(schema);
	return [schema.format ?? schema.type ?? (schema.enum ? "one of" : "anything"), limits.join(", ")]
		.filter(Boolean)
		.join(" ");
};

/** Words with those in backquotes as code. @type {(words: string) => Child[]} */
const marked = words => words.split("\u0060").map((part, place) => (place % 2 ? h("code", {}, part) : part));

/** @param {any} value */
const code = value => h("pre", { tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 2));

/**
 * A table in its own box.
 * @param {string} caption
 * @param {string[]} heads
 * @param {Child[][]} rows
 */
const table = (caption, heads, rows) =>
	h(
		"div",
		{ class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
		h(
			"table",
			{},
			h("caption", {}, caption),
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					heads.map(head => h("th", { scope: "col" }, head))
				)
			),
			h(
				"tbody",
				{},
				rows.map(([name, ...cells]) =>
					h(
						"tr",
						{},
						h("th", { scope: "row" }, name),
						cells.map((cell, column) => h("td", { class: column === cells.length - 1 && "text" }, cell))
					)
				)
			)
		)
	);

/** @type {(operation: any) => Child} */
const parameters = ({ parameters: listed = [], operationId: id }) =>
	listed.length > 0 &&
	h(
		"div",
		{},
		h("h4", {}, "Parameters"),
		table(
			`Parameters of ${id}`,
			["Name", "In", "Type", "Default", "Meaning"],
			listed.map((/** @type {any} */ { name, in: place, required, schema, description }) => [
				h("code", {}, name),
				place,
				typeText(schema),
				required ? "required" : schema.default === undefined ? "–" : String(schema.default),
				marked(description)
			])
		)
	);

/** The fields of the object that a schema names, with their meaning. @type {(schema: any, id: string) => Child} */
const fields = (schema, id) => {
	const object = resolved(schema?.type === "array" ? schema.items : schema);
	const listed = Object.entries(object?.properties ?? {});
	return (
		listed.length > 0 &&
		table(
			`Fields of ${object.title ?? "the body"}, ${id}`,
			["Field", "Type", "Meaning"],
			listed.map(([name, field]) => [
				h("code", {}, name),
				typeText(field),
				[object.required?.includes(name) ? "" : "Optional. ", marked(field.description)]
			])
		)
	);
};

/** @type {(title: string, content: Record<string, any> | undefined, id: string) => Child} */
const bodies = (title, content, id) =>
	Object.entries(content ?? {}).map(([mediaType, { schema, example }]) =>
		h(
			"div",
			{},
			h("h4", {}, `${title}, ${mediaType}`),
			fields(schema, `${id} ${title}`),
			example !== undefined && code(example)
		)
	);

/** @type {(operation: any) => Child} */
const responses = ({ responses: listed, operationId: id }) => {
	const problems = Object.entries(listed).filter(([, response]) => response.$ref);
	const own = Object.entries(listed).filter(([, response]) => !response.$ref);
	return [
		own.map(([status, { description, content }]) => [
			h("p", {}, h("b", {}, status), " ", marked(description)),
			bodies(`Response ${status}`, content, id)
		]),
		h(
			"div",
			{},
			h("h4", {}, "Problems"),
			table(
				`Problems of ${id}`,
				["Status", "Meaning"],
				problems.map(([status, response]) => [status, resolved(response).description])
			)
		)
	];
};

/** @type {(path: string, method: string, operation: any) => HTMLElement} */
const operationDetails = (path, method, operation) => {
	const content = h("div");
	const details = h(
		"details",
		{ class: `operation${operation.deprecated ? " former" : ""}`, id: operation.operationId },
		h(
			"summary",
			{},
			h("span", { class: `method${SAFE.has(method) ? "" : " changes"}` }, method),
			h("h3", {}, path),
			h("p", {}, marked(operation.summary))
		),
		content
	);
	const draw = () => {
		if (!details.open || content.childElementCount) return;
		content.replaceChildren(
			...[
				operation.description && h("p", {}, marked(operation.description)),
				operation.deprecated && h("p", {}, "A former name, served for one release."),
				parameters(operation),
				bodies("Body", operation.requestBody?.content, operation.operationId),
				responses(operation)
			]
				.flat(9)
				.filter(Boolean)
		);
	};
	details.addEventListener("toggle", draw);
	const text = JSON.stringify([path, method, operation.summary, operation.parameters, operation.requestBody]);
	details.dataset.text = text.toLowerCase();
	return details;
};

/** @param {string} tag */
const title = tag => tag[0].toUpperCase() + tag.slice(1).replaceAll("_", " ");

/** @param {any} data */
const groups = data => {
	openapi = data;
	const operations = Object.entries(data.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({
			tag: operation.tags[0],
			element: operationDetails(path, method, operation)
		}))
	);
	return data.tags.map((/** @type {any} */ { name, description }) =>
		h(
			"section",
			{ class: "side", "aria-label": name },
			h("div", {}, h("h2", {}, title(name)), h("p", { class: "hint" }, marked(description))),
			h(
				"div",
				{},
				operations.filter(({ tag }) => tag === name).map(({ element }) => element)
			)
		)
	);
};

/** Show the operations that hold the words. @param {string} words */
const find = words => {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	let shown = 0;
	for (const details of $$(".operation")) {
		details.hidden = !wanted.every(word => details.dataset.text.includes(word));
		if (!details.hidden) shown += 1;
	}
	for (const section of $$("#operations .side")) section.hidden = !section.querySelector(".operation:not([hidden])");
	$("#matches").textContent = wanted.length > 0 ? `${shown} operations` : "";
};

const openNamed = () => {
	const named = location.hash && document.getElementById(location.hash.slice(1));
	if (named instanceof HTMLDetailsElement) {
		named.open = true;
		named.scrollIntoView();
	}
};

$("#find").addEventListener(
	"input",
	debounce(() => find($("#find").value), 120)
);
addEventListener("hashchange", openNamed);
await fill($("#operations"), () => get("openapi.json"), groups);
openNamed();
