// The system page: polls the status and updates each part in place.
import { get, getOnce } from "./api.js";
import { $, clearBusy, empty, facts, h, problem, setContent } from "./dom.js";
import { showUsage, usd } from "./system_usage.js";
import { bytes, count, num, pct, duration, when } from "./format.js";
import { whenNear } from "./lazy.js";
import { coverage, timeline } from "./status_charts.js";
import { schedules } from "./schedules.js";
import { table } from "./table.js";

const POLL_MS = 30e3;
/** @type {Record<string, string>} */
const HEALTH_TEXTS = { well: "All is well.", paused: "Paused; else all is well.", failing: "Something needs a look." };
/** @type {(run: { status: string }) => boolean} */
const hasFailed = run => run.status === "error";
/** @type {Record<string, TableElement>} */
const tables = {};

/**
 * Show a table. It is kept across refreshes, so that its order and scroll position stay.
 * @param {string} id
 * @param {any[]} rows
 * @param {string} emptyText
 * @param {Omit<TableOptions, "rows">} spec
 */
function showTable(id, rows, emptyText, spec) {
	if (!rows.length) {
		delete tables[id];
		setContent(id, empty(emptyText));
		return;
	}
	if (tables[id]) {
		tables[id].update(rows);
		return;
	}
	setContent(id, (tables[id] = table({ ...spec, rows })));
}

/** @param {string} code */
function openEntry(code) {
	const entry = document.getElementById(code);
	if (!(entry instanceof HTMLDetailsElement)) return;
	entry.open = true;
	entry.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", () => openEntry(location.hash.slice(1)));
// A click on a link to the current hash causes no hashchange event.
/** @type {(code: string) => HTMLElement} */
const helpLink = code => h("a", { href: `#${code}`, onclick: () => setTimeout(openEntry, 0, code) }, "What to do");

/** @param {Api.Status} status */
function showHealth(status) {
	const number = status.problems.length;
	$("#health").textContent = HEALTH_TEXTS[status.verdict];
	$("#health").dataset.verdict = status.verdict;
	document.title = `${number ? `(${number}) ` : ""}System · Price Prediction App`;
	$("#health-text").textContent = number
		? `${count(number)} ${number === 1 ? "problem" : "problems"} as of ${when(status.now)}; the gravest first.`
		: `Every series is fresh and every job that is called succeeds, as of ${when(status.now)}.`;
	const items = [
		...status.problems.map(({ code, title, sentence }) =>
			h("li", {}, h("div", {}, h("b", {}, `${title}:`), ` ${sentence} `, helpLink(code)))
		),
		...status.notices.map(text => h("li", { class: "notice" }, text))
	];
	setContent(
		"#problems",
		items.length ? h("ul", { class: "warnings" }, items) : h("p", { class: "hint" }, "No problem is known.")
	);
}

/** @param {Api.Status} status */
function showOverview(status) {
	const { coverage: covered, cost, models } = status;
	setContent(
		"#facts",
		facts([
			[
				"Last hour with a row",
				when(status.last_hour).slice(11),
				`${when(status.last_hour).slice(0, 10)}; the last that closed: ${when(status.last_closed_hour).slice(11)}`
			],
			[
				"Closed hours",
				count(status.rows),
				status.first_hour && `since ${when(status.first_hour).slice(0, 10)}, ${status.source} data`
			],
			[
				"Predictions made",
				covered.share === null ? "–" : pct(covered.share),
				covered.share === null
					? "none owed in seven days"
					: `of those owed in seven days, ${count(covered.missing)} missing`
			],
			["Active models", count(models.active), `of ${count(models.registered)} registered`],
			[
				"BigQuery this month, at least",
				usd(cost.usd),
				`${usd(cost.usd_at_this_pace)} at this pace, ${usd(cost.budget_usd)} allowed`
			],
			["Stored", bytes(status.storage.warehouse_bytes), `and ${bytes(status.storage.models_bytes)} of models`]
		])
	);
}

/** @type {(row: Api.SeriesState) => Child} */
const age = row =>
	row.age_hours === undefined
		? "–"
		: h(
				"span",
				{ class: "age" },
				h("i", {
					"aria-hidden": "true",
					style: `--share:${Math.min(Math.max(row.age_hours / row.allowed_hours, 0), 1)}`
				}),
				duration(row.age_hours * 3600)
			);

/** @param {Api.Status} status */
function showLists(status) {
	showTable("#series", status.series, "No series is followed yet.", {
		caption: "Series",
		rowClass: row => (row.late ? "late" : null),
		columns: [
			{ key: "name", label: "Series" },
			{
				key: "late",
				label: "State",
				value: row => (row.late ? "late" : "fresh"),
				cell: row => (row.late ? "late" : row.observations ? "fresh" : "nothing yet")
			},
			{ key: "cadence", label: "Cadence" },
			{ key: "source", label: "Source" },
			{ key: "newest_event", label: "Newest", cell: row => when(row.newest_event) },
			{ key: "age_hours", label: "Age", numeric: true, cell: age },
			{ key: "allowed_hours", label: "Late after", numeric: true, cell: row => duration(row.allowed_hours * 3600) },
			{ key: "known_at", label: "Known at", cell: row => when(row.known_at) },
			{
				key: "failure",
				label: "Provider said",
				cell: row => (row.failure ? h("span", { class: "short", title: row.failure }, row.failure) : "–")
			},
			{ key: "observations", label: "Observations", numeric: true, cell: row => count(row.observations) }
		]
	});
	showTable("#jobs", status.jobs, "No job has run yet: the first runs within a minute of the start.", {
		caption: "Job runs",
		sort: ["started_at", -1],
		rowClass: run => (hasFailed(run) ? "failed" : null),
		columns: [
			{ key: "job", label: "Job" },
			{ key: "status", label: "Result" },
			{ key: "scheduled_for", label: "For", cell: run => when(run.scheduled_for) },
			{ key: "started_at", label: "Started", cell: run => when(run.started_at) },
			{ key: "seconds", label: "Seconds", numeric: true, cell: run => num(run.seconds, 2) },
			{ key: "rows", label: "Rows", numeric: true, cell: run => count(run.rows) },
			{ key: "bytes_billed", label: "Billed", numeric: true, cell: run => bytes(run.bytes_billed) },
			{ key: "error", label: "Error", text: true, cell: run => run.error ?? "–" },
			{ key: "trace", label: "Trace in the log", cell: run => (run.trace ? h("code", {}, run.trace) : "–") }
		]
	});
}

async function showGrafana() {
	/** @type {Pick<Api.Grafana, "state"> & Partial<Api.Grafana>} */
	const data = await get("grafana").catch(() => ({ state: "off" }));
	if (data.state === "off") return;
	const theme = document.documentElement.dataset.theme;
	$("#grafana-link").href = data.url;
	for (const id of ["#grafana-link", "#grafana"]) $(id).hidden = false;
	$("#grafana-words").textContent =
		data.state === "shown"
			? "If the frame stays empty, open it in a tab of its own and sign in there."
			: `${data.words} What is above needs no Grafana.`;
	$("#grafana-frame").replaceChildren(
		data.state === "shown"
			? h("iframe", {
					src: `${data.url}&theme=${theme}`,
					title: "Grafana",
					loading: "lazy",
					referrerpolicy: "no-referrer"
				})
			: h("p", { class: "empty" }, h("a", { href: data.url }, "Open Grafana in a tab of its own"))
	);
}

/**
 * @param {Api.Status} status
 * @param {string | undefined} role
 */
function show(status, role) {
	showHealth(status);
	showOverview(status);
	schedules($("#schedules"), status, role, poll);
	timeline($("#timeline"), status.timeline, Object.fromEntries(status.schedules.map(one => [one.job, one])));
	coverage($("#coverage"), status.coverage);
	showLists(status);
	showUsage(status);
}

/** @type {any} */
let timer;
async function poll() {
	clearTimeout(timer);
	try {
		const [status, me] = await Promise.all([get("status"), getOnce("me").catch(() => ({}))]);
		show(status, me.role);
	} catch (error) {
		clearBusy();
		setContent("#problems", problem(error, poll));
		if (!("status" in error)) throw error;
	} finally {
		timer = setTimeout(poll, POLL_MS);
	}
}
poll().then(() => openEntry(location.hash.slice(1)));
showGrafana();
whenNear($("#policies"), async () => (await import("./policies.js")).allPolicies($("#policies")));
