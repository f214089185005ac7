// Two charts of the system page: the job runs of a day, and the predictions of a week by hour.
import { $, empty, h } from "./dom.js";
import { count, duration, when } from "./format.js";
import { table } from "./table.js";

const DAY = 864e5;
const HOUR = 36e5;

/**
 * The chart's data as a table. It stays open across refreshes; its rows are made when it is opened.
 * @param {HTMLElement} region
 * @param {any[]} rows
 * @param {Omit<TableOptions, "rows">} spec
 */
function asTable(region, rows, spec) {
	const details = h(
		"details",
		{ class: "as-table", open: region.querySelector("details")?.open },
		h("summary", {}, "Show as table")
	);
	const fill = () => {
		if (details.open && details.children.length < 2) details.append(table({ ...spec, rows }));
	};
	details.addEventListener("toggle", fill);
	return { details, fill };
}

/**
 * @param {HTMLElement} region
 * @param {HTMLElement} chart
 * @param {{ details: HTMLElement, fill: () => void }} table
 */
function replace(region, chart, { details, fill }) {
	const wasFocused = region.contains(document.activeElement) && document.activeElement?.tagName === "SUMMARY";
	region.replaceChildren(chart, details);
	region.setAttribute("aria-busy", "false");
	fill();
	if (wasFocused) $("summary", details).focus();
}

/**
 * @param {string} job
 * @param {Api.TimelineStep[]} steps
 * @param {number} since milliseconds
 * @param {number} step milliseconds
 * @param {boolean} paused
 */
function lane(job, steps, since, step, paused) {
	const slowest = Math.max(...steps.map(one => one.slowest), 0.001);
	const failed = steps.reduce((sum, one) => sum + one.failed, 0);
	const runs = steps.reduce((sum, one) => sum + one.runs, 0);
	const description = `${count(runs)} ${runs === 1 ? "run" : "runs"}, ${count(failed)} failed, the slowest ${duration(slowest)}${paused ? "; paused" : ""}`;
	/** @type {(one: Api.TimelineStep) => HTMLElement} */
	const mark = one =>
		h("i", {
			class: one.failed > 0 && "bad",
			title: `${when(one.at)}: ${one.runs} ${one.runs === 1 ? "run" : "runs"}, ${one.failed} failed, the slowest ${one.slowest.toFixed(2)} s`,
			style: `left:${((Date.parse(one.at) - since) / DAY) * 100}%;width:calc(${(step / DAY) * 100}% - 1px);height:${one.failed ? 100 : Math.max((one.slowest / slowest) * 80, 8)}%`
		});
	return [
		h("b", {}, job),
		h(
			"div",
			{ class: "lane", role: "img", "aria-label": `${job}, the last 24 hours: ${description}` },
			steps.map(mark)
		),
		h("span", {}, description)
	];
}

/**
 * @param {HTMLElement} region
 * @param {Api.Timeline} status
 * @param {Record<string, Api.Schedule>} schedules
 */
export function timeline(region, { since, step_seconds: seconds, lanes }, schedules) {
	const [start, jobs] = [Date.parse(since), Object.entries(lanes)];
	if (!jobs.length) {
		region.replaceChildren(empty("No job has run in the last 24 hours."));
		region.setAttribute("aria-busy", "false");
		return;
	}
	const hours = Array.from({ length: 9 }, (_, i) => new Date(start + i * 3 * HOUR).toISOString().slice(11, 16));
	const axis = h(
		"div",
		{ class: "hours", "aria-hidden": "true" },
		hours.map((text, i) => h("span", { style: `left:${i * 12.5}%` }, text))
	);
	const rows = jobs.flatMap(([job, steps]) => steps.map(one => ({ job, ...one })));
	replace(
		region,
		h(
			"div",
			{ class: "runs" },
			jobs.flatMap(([job, steps]) => lane(job, steps, start, seconds * 1000, schedules[job]?.paused)),
			axis
		),
		asTable(region, rows, {
			caption: "Job runs by quarter of an hour",
			sort: ["at", -1],
			columns: [
				{ key: "at", label: "From", cell: one => when(one.at) },
				{ key: "job", label: "Job" },
				{ key: "runs", label: "Runs", numeric: true },
				{ key: "failed", label: "Failed", numeric: true },
				{ key: "slowest", label: "Slowest, s", numeric: true, cell: one => one.slowest.toFixed(2) }
			]
		})
	);
}

/** @type {Record<string, string>} */
const STATES = {
	live: "predicted in time",
	buffer: "predicted later, as a buffer",
	without: "a reason in place of a prediction",
	missing: "missing",
	idle: "nothing owed"
};

/**
 * The state of an hour: the gravest of what is true of its predictions.
 * @param {Omit<Api.CoveredHour, "ts">} hour
 */
export function stateOf({ owed, live, buffer, without }) {
	if (owed > live + buffer + without) return "missing";
	if (without) return "without";
	if (!live && !buffer) return "idle";
	return buffer > live ? "buffer" : "live";
}

/** @typedef {Api.CoveredHour & { state: string }} LabelledHour */

/**
 * @param {HTMLElement} region
 * @param {Api.Coverage} status
 */
export function coverage(region, { hours, share }) {
	const labelled = hours.map(hour => ({ ...hour, state: stateOf(hour) }));
	/** @type {Map<string, LabelledHour[]>} */
	const days = Map.groupBy
		? Map.groupBy(labelled, ({ ts }) => ts.slice(0, 10))
		: labelled.reduce(
				(map, one) => map.set(one.ts.slice(0, 10), [...(map.get(one.ts.slice(0, 10)) ?? []), one]),
				new Map()
			);
	const counts = Object.keys(STATES)
		.map(name => [name, labelled.filter(one => one.state === name).length])
		.filter(([, number]) => number);
	const summary = `The last seven days: ${counts.map(([name, number]) => `${number} ${number === 1 ? "hour" : "hours"} ${STATES[name]}`).join(", ")}.`;
	/** @type {(one: LabelledHour) => HTMLElement} */
	const cell = one =>
		h("i", {
			class: one.state,
			style: `grid-column:${+one.ts.slice(11, 13) + 2}`,
			title: `${when(one.ts)}: ${STATES[one.state]}; ${one.owed} owed, ${one.live} in time, ${one.buffer} later, ${one.without} without`
		});
	const rows = [...days].flatMap(([day, list], row) => [
		h("span", { style: `grid-row:${row + 2}` }, day.slice(5)),
		...list.map(one => {
			const element = cell(one);
			element.style.gridRow = String(row + 2);
			return element;
		})
	]);
	const heads = [0, 6, 12, 18].map(hour =>
		h("span", { style: `grid-row:1;grid-column:${hour + 2}/span 6` }, `${String(hour).padStart(2, "0")}:00`)
	);
	const key = h(
		"p",
		{ class: "legend" },
		counts.map(([name, number]) => h("span", {}, h("i", { class: name }), `${STATES[name]}: ${number}`))
	);
	const chart = h(
		"div",
		{},
		h(
			"div",
			{
				class: "week",
				role: "img",
				"aria-label": `${summary}${share === null ? "" : ` ${(share * 100).toFixed(1)}% of what was owed was predicted.`}`
			},
			heads,
			rows
		),
		key
	);
	replace(
		region,
		chart,
		asTable(region, labelled, {
			caption: "Hours covered by predictions",
			sort: ["ts", -1],
			columns: [
				{ key: "ts", label: "Hour", cell: one => when(one.ts) },
				{ key: "state", label: "State", cell: one => STATES[one.state] },
				{ key: "owed", label: "Owed", numeric: true },
				{ key: "live", label: "In time", numeric: true },
				{ key: "buffer", label: "Later", numeric: true },
				{ key: "without", label: "Without", numeric: true }
			]
		})
	);
}
