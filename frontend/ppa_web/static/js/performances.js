// Every model's live and replayed performance, best first.
import { get } from "./api.js";
import { $, empty, fill, h, query, remember } from "./dom.js";
import { whisker } from "./small_charts.js";
import { count, pct, rule, signed } from "./format.js";
import { figure, table } from "./table.js";

const form = $("#view");
const origin = form.elements.origin;
const standings = ({ models }) =>
	models.length
		? table({
				caption: "Performance of every model",
				rows: models,
				sort: ["accuracy", -1],
				columns: [
					{
						key: "name",
						label: "Model",
						value: row => row.model_id,
						cell: row =>
							h(
								"a",
								{ href: `/performance/${row.model_id}${origin.value === "live" ? "" : `?origin=${origin.value}`}` },
								row.model_id
							)
					},
					{ key: "rule", label: "Label", value: rule, cell: row => `${row.asset}, ${rule(row)}` },
					{
						key: "accuracy",
						label: "Accuracy since",
						numeric: true,
						value: row => row.evaluation?.accuracy,
						cell: row =>
							row.evaluation ? h("span", {}, whisker(row.evaluation), ` ${pct(row.evaluation.accuracy)}`) : "–"
					},
					{ key: "verdict", label: "Verdict", text: true },
					figure("base", "Commoner class", pct, row => row.base_rates.majority),
					figure("reverses", "Last hour reverses", pct, row => row.base_rates.last_hour_reverses),
					figure("test", "Accuracy in test", pct, row => row.metrics?.accuracy),
					figure("effective", "Independent", count, row => row.evaluation?.effective_n),
					figure("profit", "After fees", signed, row => row.profit?.total),
					figure("hold", "Holding", signed, row => row.profit?.hold_total),
					{
						key: "active",
						label: "Active",
						value: row => (row.active ? "yes" : "no"),
						cell: row => (row.active ? "yes" : "no")
					}
				]
			})
		: empty("No model yet. ", h("a", { href: "/models" }, "Upload one in step 2"), ".");

function show() {
	remember({ origin: origin.value === "live" ? "" : origin.value });
	fill($("#models"), () => get("performance", { origin: origin.value }), standings);
}

form.addEventListener("change", show);
form.addEventListener("submit", event => event.preventDefault());
if (["replay", "buffer"].includes(query().origin)) origin.value = query().origin;
show();
