// Building elements, filling regions, keeping state in the address.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const SVG = new Set(["svg", "path", "line", "circle", "g"]);

export function h(tag, attributes = {}, ...children) {
	const element = SVG.has(tag)
		? document.createElementNS("http://www.w3.org/2000/svg", tag)
		: document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (name === "style") element.style.cssText = value;
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
	return element;
}

export const empty = (...words) => h("p", { class: "empty" }, ...words);

export const problem = (error, retry) =>
	h(
		"div",
		{ class: "problem", role: "alert" },
		h("p", {}, error.message),
		retry && h("button", { type: "button", onclick: retry }, "Try again")
	);

export const facts = items =>
	h(
		"dl",
		{ class: "facts" },
		items
			.filter(Boolean)
			.map(([name, value, small, kind]) =>
				h(
					"div",
					{ class: kind === "span" && "span" },
					h("dt", {}, name),
					h("dd", { class: kind }, value, small && h("small", {}, small))
				)
			)
	);

// Fills a region with what `load` brings; a failure is shown in words, with a way to try again.
export async function fill(region, load, render) {
	region.setAttribute("aria-busy", "true");
	try {
		const data = await load();
		region.replaceChildren(...[render(data)].flat().filter(Boolean));
		return data;
	} catch (error) {
		if (error.name !== "AbortError") region.replaceChildren(problem(error, () => fill(region, load, render)));
		if (!("status" in error) && error.name !== "AbortError") throw error;
		return null;
	} finally {
		region.setAttribute("aria-busy", "false");
	}
}

// Nothing is loading any more: what had not come stays empty.
export function settle() {
	for (const region of $$("[aria-busy=true]")) {
		region.setAttribute("aria-busy", "false");
		region.replaceChildren();
	}
}

export const query = () => Object.fromEntries(new URLSearchParams(location.search));

export function remember(state) {
	const kept = Object.entries(state).filter(([, value]) => value !== undefined && value !== null && value !== "");
	const text = new URLSearchParams(kept).toString().replaceAll("%2C", ",");
	history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

export function later(work, milliseconds) {
	let timer;
	return (...values) => {
		clearTimeout(timer);
		timer = setTimeout(work, milliseconds, ...values);
	};
}

export const options = (select, items, chosen) => {
	select.replaceChildren(...items.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
};
