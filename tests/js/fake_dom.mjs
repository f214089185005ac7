// A small stand-in for a browser: as much of the DOM as the scripts use while they are loaded and build elements.

export class FakeElement {
	constructor(tag) {
		this.tagName = tag.toUpperCase();
		this.attributes = {};
		this.children = [];
		this.listeners = {};
		this.dataset = {};
		this.elements = {};
		this.style = { cssText: "", setProperty() {} };
		this.parent = null;
	}
	append(...content) {
		for (const child of content) {
			const element = child instanceof FakeElement;
			if (element) child.parent = this;
			this.children.push(element ? child : String(child));
		}
	}
	replaceChildren(...content) {
		this.children = [];
		this.append(...content);
	}
	replaceWith(other) {
		const { parent } = this;
		parent.children.splice(parent.children.indexOf(this), 1, other);
		Object.assign(other, { parent });
	}
	remove() {
		if (this.parent) this.parent.children.splice(this.parent.children.indexOf(this), 1);
	}
	setAttribute(name, value) {
		this.attributes[name] = String(value);
	}
	removeAttribute(name) {
		delete this.attributes[name];
	}
	addEventListener(name, listener) {
		this.listeners[name] = listener;
	}
	click() {
		this.listeners.click({ target: this });
	}
	get textContent() {
		return this.children.map(child => child.textContent ?? child).join("");
	}
	set textContent(text) {
		this.children = [String(text)];
	}
}

const byId = new Map();

/** The element of an id; it is made when it is first asked for. */
export const elementOf = selector => {
	if (!byId.has(selector)) byId.set(selector, new FakeElement("div"));
	return byId.get(selector);
};

/** All elements of a tag below one or more elements, in order. */
export const findAll = (content, tag) =>
	[content]
		.flat()
		.filter(one => one instanceof FakeElement)
		.flatMap(one => [...(one.tagName === tag.toUpperCase() ? [one] : []), ...findAll(one.children, tag)]);

Object.assign(globalThis, {
	document: {
		querySelector: selector => (selector.startsWith("#") ? elementOf(selector) : null),
		querySelectorAll: () => [],
		createElement: tag => new FakeElement(tag),
		createElementNS: (_space, tag) => new FakeElement(tag),
		addEventListener() {},
		body: new FakeElement("body"),
		documentElement: new FakeElement("html")
	},
	location: { search: "", origin: "http://localhost", pathname: "/configure" },
	history: {
		replaceState: (_state, _title, address) => Object.assign(globalThis.location, { last: address })
	},
	addEventListener() {}
});

/** Load a script of the pages. */
export const load = name => import(`../../frontend/ppa_web/static/js/${name}.js`);
