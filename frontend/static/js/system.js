import { get, now } from "./api.js";
import { $, empty, facts, h, problem, settle } from "./dom.js";
import { count, countdown, num, span, when } from "./format.js";
import { table } from "./table.js";

const EVERY = 30e3;
const DAY = 864e5;
const bad = (run) => run.status === "error";
const put = (id, ...content) => { const place = $(id); place.setAttribute("aria-busy", "false"); place.replaceChildren(...content.filter(Boolean)); };
const tables = {};

// The same table is kept across refreshes, so that its order and place stay.
function keep(id, rows, words, spec) {
  if (!rows.length) { delete tables[id]; put(id, empty(words)); return; }
  if (tables[id]) { tables[id].update(rows); return; }
  put(id, tables[id] = table({ ...spec, rows }));
}

function lanes(jobs) {
  const end = now();
  const names = [...new Set(jobs.map(({ job }) => job))];
  return h("div", { class: "runs", role: "img", "aria-label": `The last 24 hours: ${jobs.length} runs of ${names.join(", ")}, ${jobs.filter(bad).length} failed` }, names.flatMap((name) => [
    h("span", {}, name), h("div", { class: "lane" }, jobs.filter(({ job, started_at: at }) => job === name && end - Date.parse(at) < DAY).map((run) => h("i", { class: bad(run) && "bad", style: `right:${((end - Date.parse(run.started_at)) / DAY) * 100}%`, title: `${when(run.started_at)} ${run.status}` })))]));
}

function show(status) {
  $("#health").textContent = status.healthy ? "All is well." : "Something needs a look.";
  $("#health-text").textContent = status.healthy ? `Every series is fresh and every job ran, as of ${when(status.now)}.` : `${count(status.problems.length)} ${status.problems.length === 1 ? "problem" : "problems"} as of ${when(status.now)}.`;
  put("#problems", !status.problems.length ? h("p", { class: "hint" }, "No problem is known.") : h("ul", { class: "warnings" }, status.problems.map(({ sentence }) => h("li", {}, sentence))));
  put("#data", facts([
    ["Closed hours", count(status.rows), status.first_hour && `${when(status.first_hour)} to ${when(status.last_hour)}`], ["Last closed hour", when(status.last_closed_hour).slice(11), when(status.last_closed_hour).slice(0, 10)],
    ["Source", status.source, status.source_note], ["App", status.version], ["Catalogue", status.catalogue_version],
  ]));
  keep("#series", [...status.series].sort((a, b) => b.late - a.late || a.name.localeCompare(b.name)), "No series is followed yet.", {
    caption: "Series", kind: (row) => (row.late ? "late" : null),
    columns: [
      { key: "name", label: "Series" }, { key: "late", label: "State", value: (row) => (row.late ? "late" : "fresh"), cell: (row) => (row.late ? "late" : "fresh") }, { key: "cadence", label: "Cadence" }, { key: "source", label: "Source" },
      { key: "newest_event", label: "Newest", cell: (row) => when(row.newest_event) }, { key: "age_hours", label: "Age", numeric: true, cell: (row) => span(row.age_hours === null ? null : row.age_hours * 3600) }, { key: "known_at", label: "Known at", cell: (row) => when(row.known_at) }, { key: "observations", label: "Observations", numeric: true, cell: (row) => count(row.observations) },
    ],
  });
  put("#timeline", status.jobs.length > 0 && lanes(status.jobs));
  keep("#jobs", status.jobs, "No job has run yet: the first runs within a minute of the start.", {
    caption: "Job runs", sort: ["started_at", -1], kind: (run) => (bad(run) ? "failed" : null),
    columns: [
      { key: "job", label: "Job" }, { key: "status", label: "Result" }, { key: "scheduled_for", label: "For", cell: (run) => when(run.scheduled_for) }, { key: "started_at", label: "Started", cell: (run) => when(run.started_at) },
      { key: "seconds", label: "Seconds", numeric: true, cell: (run) => num(run.seconds, 2) }, { key: "rows", label: "Rows", numeric: true, cell: (run) => count(run.rows) }, { key: "error", label: "Error", text: true, cell: (run) => run.error ?? "–" },
    ],
  });
  keep("#schedules", status.schedules, "Nothing is scheduled.", {
    caption: "Schedules",
    columns: [{ key: "job", label: "Job" }, { key: "cron", label: "Schedule, UTC", cell: (row) => h("code", {}, row.cron) }, { key: "next", label: "Next", cell: (row) => (row.next ? `${when(row.next)}, in ${countdown(row.next, now())}` : "–") }, { key: "description", label: "What it does", text: true }],
  });
}

let timer;
async function poll() {
  clearTimeout(timer);
  try {
    show(await get("status"));
  } catch (error) {
    settle();
    put("#problems", problem(error, poll));
    if (!("status" in error)) throw error;
  } finally {
    timer = setTimeout(poll, EVERY);
  }
}
poll();
