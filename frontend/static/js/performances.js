// Every model's live and replayed performance, best first.
import { get } from "./api.js";
import { $, empty, fill, h, query, remember } from "./dom.js";
import { whisker } from "./figures.js";
import { count, pct, rule, signed } from "./format.js";
import { table } from "./table.js";

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
					{
						key: "base",
						label: "Commoner class",
						numeric: true,
						value: row => row.base_rates.majority,
						cell: row => pct(row.base_rates.majority)
					},
					{
						key: "reverses",
						label: "Last hour reverses",
						numeric: true,
						value: row => row.base_rates.last_hour_reverses,
						cell: row => pct(row.base_rates.last_hour_reverses)
					},
					{
						key: "test",
						label: "Accuracy in test",
						numeric: true,
						value: row => row.metrics?.accuracy,
						cell: row => pct(row.metrics?.accuracy)
					},
					{
						key: "effective",
						label: "Independent",
						numeric: true,
						value: row => row.evaluation?.effective_n,
						cell: row => count(row.evaluation?.effective_n)
					},
					{
						key: "profit",
						label: "After fees",
						numeric: true,
						value: row => row.profit?.total,
						cell: row => signed(row.profit?.total)
					},
					{
						key: "hold",
						label: "Holding",
						numeric: true,
						value: row => row.profit?.hold_total,
						cell: row => signed(row.profit?.hold_total)
					},
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
