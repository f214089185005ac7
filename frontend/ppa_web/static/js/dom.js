// Elements, regions that load, and state in the address.

/**
 * The first element that matches. Its type is `any`, because a selector does not tell the kind of element.
 * @type {(selector: string, root?: ParentNode) => any}
 */
export const $ = (selector, root = document) => root.querySelector(selector);
/** @type {(selector: string, root?: ParentNode) => any[]} */
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const SVG = new Set(["svg", "path", "line", "circle", "g"]);

/** Content as a flat list; null, undefined and false are left out. @type {(content: Child) => (string | Node)[]} */
export const nodes = content => {
	if (Array.isArray(content)) return content.flatMap(nodes);
	if (content === null || content === undefined || content === false) return [];
	return [typeof content === "object" ? content : String(content)];
};

/**
 * Make an element. Attributes that begin with "on" are listeners; null, undefined and false leave an attribute out.
 * @template {string} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T] : SVGElement}
 */
export function h(tag, attributes = {}, ...children) {
	/** @type {any} */
	const element = SVG.has(tag)
		? document.createElementNS("http://www.w3.org/2000/svg", tag)
		: document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (name === "style") element.style.cssText = value;
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...nodes(children));
	return element;
}

/** A note in place of content that is missing. @param {...Child} content */
export const empty = (...content) => h("p", { class: "empty" }, ...content);

/**
 * An error as an alert, with a button that tries again where there is `retry`.
 * @param {Error} error
 * @param {() => void} [retry]
 */
export const problem = (error, retry) =>
	h(
		"div",
		{ class: "problem", role: "alert" },
		h("p", {}, error.message),
		retry && h("button", { type: "button", onclick: retry }, "Try again")
	);

/**
 * A list of names and values. Empty items are left out.
 * @param {(Fact | false | null | undefined | "" | 0)[]} items
 */
export const facts = items =>
	h(
		"dl",
		{ class: "facts" },
		items
			.filter(item => !!item)
			.map(([name, value, explanation, style]) =>
				h(
					"div",
					{ class: style === "span" && "span" },
					h("dt", {}, name),
					h("dd", { class: style }, value, explanation ? h("small", {}, explanation) : null)
				)
			)
	);

/**
 * Fill a region with loaded data. A failure is shown with a button that tries again.
 * @template T
 * @param {HTMLElement} region
 * @param {() => Promise<T>} load
 * @param {(data: T) => Child} render
 * @returns {Promise<T | null>} the data; null where loading failed
 */
export async function fill(region, load, render) {
	region.setAttribute("aria-busy", "true");
	try {
		const data = await load();
		region.replaceChildren(...nodes(render(data)));
		return data;
	} catch (error) {
		if (error.name !== "AbortError") region.replaceChildren(problem(error, () => fill(region, load, render)));
		if (!("status" in error) && error.name !== "AbortError") throw error;
		return null;
	} finally {
		region.setAttribute("aria-busy", "false");
	}
}

/**
 * Set the content of a region, which then is no longer busy.
 * @param {string} selector
 * @param {...Child} content
 */
export function setContent(selector, ...content) {
	const region = $(selector);
	region.setAttribute("aria-busy", "false");
	region.replaceChildren(...nodes(content));
}

/** Mark all busy regions as idle, and empty them. */
export function clearBusy() {
	for (const region of $$("[aria-busy=true]")) {
		region.setAttribute("aria-busy", "false");
		region.replaceChildren();
	}
}

/**
 * Encode a query. Null, undefined and empty values are left out.
 * @param {Query} values
 */
export const encode = values =>
	new URLSearchParams(
		Object.entries(values).flatMap(([name, value]) =>
			value === undefined || value === null || value === "" ? [] : [[name, String(value)]]
		)
	).toString();

/** The parameters of the address. @type {() => Record<string, string | undefined>} */
export const query = () => Object.fromEntries(new URLSearchParams(location.search));

/**
 * Write a state into the address, without a new entry in the history.
 * @param {Query} state
 */
export function replaceQuery(state) {
	const text = encode(state).replaceAll("%2C", ",");
	history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

/**
 * Delay `work` until calls have paused for some milliseconds.
 * @template {any[]} A
 * @param {(...values: A) => void} work
 * @param {number} milliseconds
 * @returns {(...values: A) => void}
 */
export function debounce(work, milliseconds) {
	/** @type {any} */
	let timer;
	return (...values) => {
		clearTimeout(timer);
		timer = setTimeout(work, milliseconds, ...values);
	};
}

/**
 * Fill a select.
 * @param {HTMLSelectElement} select
 * @param {[value: string, text?: string][]} items
 * @param {string} [selected]
 */
export const options = (select, items, selected) => {
	select.replaceChildren(...items.map(([value, text]) => h("option", { value, selected: value === selected }, text)));
};
