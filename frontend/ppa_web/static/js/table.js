// Sortable tables.
import { h } from "./dom.js";

/** @type {(a: unknown, b: unknown) => number} */
const compare = (a, b) =>
	typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });

/**
 * Sort rows by a column. Missing values come last in either direction.
 * @param {any[]} rows
 * @param {Column | undefined} column without one the order stays
 * @param {number} direction 1 or -1
 */
export function sortRows(rows, column, direction) {
	if (!column) return rows;
	/** @type {(value: unknown) => boolean} */
	const missing = value => value === null || value === undefined || value === "";
	const value = column.value ?? (row => row[column.key]);
	return [...rows].sort((one, other) => {
		const [a, b] = [value(one), value(other)];
		if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
		return compare(a, b) * direction;
	});
}

/**
 * A column of numbers.
 * @param {string} key
 * @param {string} label
 * @param {(value: any) => Child} format
 * @param {(row: any) => any} [value] the number of a row; sorts the column
 * @returns {Column}
 */
export const numberColumn = (key, label, format, value = row => row[key]) => ({
	key,
	label,
	numeric: true,
	value,
	cell: row => format(value(row))
});

/**
 * @param {Column} column
 * @param {any} row
 * @param {boolean} first
 */
function cellOf(column, row, first) {
	const content = column.cell ? column.cell(row) : (row[column.key] ?? "–");
	const kind = [column.numeric && "n", column.text && "text"].filter(Boolean).join(" ") || null;
	return first ? h("th", { scope: "row", class: kind }, content) : h("td", { class: kind }, content);
}

/**
 * Make a table that each column can sort, in a box that scrolls.
 * @param {TableOptions} options with `onSort` the server sorts, and the rows are one page of many
 * @returns {TableElement}
 */
export function table({ caption, columns, rows, sort, rowClass = () => null, onSort }) {
	let [key, direction] = sort ?? ["", 1];
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
			...(onSort ? shown : sortRows(shown, column, direction)).map(row =>
				h(
					"tr",
					{ class: rowClass(row) },
					columns.map((one, index) => cellOf(one, row, index === 0))
				)
			)
		);
	};
	/** @type {(column: Column) => void} */
	const choose = column => {
		direction = key === column.key ? -direction : column.numeric ? -1 : 1;
		key = column.key;
		paint();
		onSort?.(key, direction);
	};
	paint();
	/** @type {any} */
	const box = h(
		"div",
		{ class: "scroll", tabindex: 0, role: "region", "aria-label": `${caption}, table` },
		h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, heads)), body)
	);
	box.update = (/** @type {any[]} */ next) => {
		shown = next;
		paint();
	};
	return box;
}
