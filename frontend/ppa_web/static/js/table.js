// A table that every column sorts, in a box of its own that scrolls.
import { h } from "./dom.js";

const compare = (a, b) =>
	typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });

function ordered(rows, column, direction) {
	if (!column) return rows;
	const missing = value => value === null || value === undefined || value === "";
	const value = column.value ?? (row => row[column.key]);
	return [...rows].sort((one, other) => {
		const [a, b] = [value(one), value(other)];
		if (missing(a) || missing(b)) return missing(a) - missing(b);
		return compare(a, b) * direction;
	});
}

// A column of numbers: sorted by what `value` finds in a row, which `show` makes text of.
export const figure = (key, label, show, value = row => row[key]) => ({
	key,
	label,
	numeric: true,
	value,
	cell: row => show(value(row))
});

function cellOf(column, row, first) {
	const content = column.cell ? column.cell(row) : (row[column.key] ?? "–");
	const kind = [column.numeric && "n", column.text && "text"].filter(Boolean).join(" ") || null;
	return first ? h("th", { scope: "row", class: kind }, content) : h("td", { class: kind }, content);
}

// columns: {key, label, numeric, text, value(row), cell(row)}; sort: [key, 1 | -1]; kind(row): a row's class;
// onsort(key, direction): the rows are a page of many, which the server sorts
export function table({ caption, columns, rows, sort: [key, direction] = [], kind = () => null, onsort }) {
	let shown = rows;
	const body = h("tbody");
	const heads = columns.map(column =>
		h(
			"th",
			{ scope: "col", class: column.numeric && "n" },
			h("button", { type: "button", onclick: () => choose(column) }, column.label)
		)
	);
	const paint = () => {
		const column = columns.find(one => one.key === key);
		columns.forEach((one, index) =>
			one.key === key
				? heads[index].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending")
				: heads[index].removeAttribute("aria-sort")
		);
		body.replaceChildren(
			...(onsort ? shown : ordered(shown, column, direction)).map(row =>
				h(
					"tr",
					{ class: kind(row) },
					columns.map((one, index) => cellOf(one, row, index === 0))
				)
			)
		);
	};
	const choose = column => {
		direction = key === column.key ? -direction : column.numeric ? -1 : 1;
		key = column.key;
		paint();
		onsort?.(key, direction);
	};
	paint();
	const box = h(
		"div",
		{ class: "scroll", tabindex: 0, role: "region", "aria-label": `${caption}, table` },
		h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, heads)), body)
	);
	box.update = next => {
		shown = next;
		paint();
	};
	return box;
}
