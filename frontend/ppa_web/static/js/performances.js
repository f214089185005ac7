// The performance of every model, best first.
import { get } from "./api.js";
import { $, empty, fill, h, query, replaceQuery } from "./dom.js";
import { whisker } from "./small_charts.js";
import { count, pct, labelText, signedPct } from "./format.js";
import { numberColumn, table } from "./table.js";

const form = $("#view");
const origin = form.elements.origin;
/** @type {(response: Api.Leaderboard) => Child} */
const leaderboard = ({ models }) =>
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
					{ key: "label", label: "Label", value: labelText, cell: row => `${row.asset}, ${labelText(row)}` },
					{
						key: "accuracy",
						label: "Accuracy since",
						numeric: true,
						value: row => row.evaluation?.accuracy,
						cell: row =>
							row.evaluation ? h("span", {}, whisker(row.evaluation), ` ${pct(row.evaluation.accuracy)}`) : "–"
					},
					{ key: "verdict", label: "Verdict", text: true },
					numberColumn("base", "Commoner class", pct, row => row.base_rates.majority),
					numberColumn("reverses", "Last hour reverses", pct, row => row.base_rates.last_hour_reverses),
					numberColumn("test", "Accuracy in test", pct, row => row.metrics?.accuracy),
					numberColumn("effective", "Independent", count, row => row.evaluation?.effective_n),
					numberColumn("profit", "After fees", signedPct, row => row.profit?.total),
					numberColumn("hold", "Holding", signedPct, row => row.profit?.hold_total),
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
	replaceQuery({ origin: origin.value === "live" ? "" : origin.value });
	fill($("#models"), () => get("performance", { origin: origin.value }), leaderboard);
}

form.addEventListener("change", show);
form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
if (["replay", "buffer"].includes(query().origin ?? "")) origin.value = query().origin;
show();
