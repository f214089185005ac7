// What a label would hold, before it is saved: balance, independence, years, warnings.
import { facts, h } from "./dom.js";
import { count, pct, span } from "./format.js";

function years(by) {
  const most = Math.max(0.01, ...Object.values(by).map((share) => share ?? 0));
  return h("table", { class: "years" }, h("caption", {}, "Share of rises by year"), h("tbody", {}, Object.entries(by).map(([year, share]) =>
    h("tr", {}, h("th", { scope: "row" }, year), h("td", { class: "n" }, pct(share)), h("td", {}, h("i", { "aria-hidden": "true", style: `width:${((share ?? 0) / most) * 100}%` }))))));
}

export function summary({ summary: s, saved }) {
  const all = s.positives + s.negatives + s.unknown || 1;
  const part = (kind, value) => h("i", { class: kind, style: `width:${(value / all) * 100}%` });
  return [
    h("div", { class: "facts" }, h("div", { class: "balance", role: "img", "aria-label": `${count(s.positives)} rises, ${count(s.negatives)} without, ${count(s.unknown)} unknown` }, part("rise", s.positives), part("none", s.negatives), part("hatch", s.unknown)),
      h("p", { class: "hint", style: "margin:.25rem 0 1rem" }, `Filled: a rise follows. Empty: none does. Hatched: not known yet.${saved ? " This very label is saved already." : ""}`),
      facts([["Rises", pct(s.share_positive), `${count(s.positives)} hours`], ["No rise", pct(1 - s.share_positive), `${count(s.negatives)} hours`], ["Unknown", count(s.unknown), "hours, never counted"], ["Independent events", count(s.independent_events), "windows that do not overlap"], ["Longest run of rises", span(s.longest_run_hours * 3600)]])),
    years(s.by_year),
    s.warnings.length > 0 && h("ul", { class: "warnings" }, s.warnings.map((words) => h("li", {}, words))),
  ];
}
