// Three lines that read a dataset: with pandas, in a notebook, on the command line, from BigQuery.
import { url } from "./api.js";
import { $, h } from "./dom.js";

let label = null;
let kind = "pandas";

const WAYS = {
	pandas: {
		text: "pandas",
		lines: address => [
			"import pandas as pd",
			`url = "${address("dataset.csv")}"`,
			'df = pd.read_csv(url, index_col="ts", parse_dates=["ts"])'
		]
	},
	notebook: {
		text: "Notebook",
		lines: address => [
			"import pandas as pd",
			`df = pd.read_parquet("${address("dataset.parquet")}").set_index("ts")`,
			'df["label"].value_counts(normalize=True, dropna=False)'
		]
	},
	shell: {
		text: "Command line",
		lines: (_, { label_id: id }, { from, to }) => [
			"pip install -e .",
			`ppa dataset ${id} -o ${id}.parquet${from ? ` --from ${from}` : ""}${to ? ` --to ${to}` : ""}`,
			`head ${id}.manifest.json`
		]
	},
	bigquery: {
		text: "BigQuery, features alone",
		lines: (_, one, { from, to }, { bigquery, catalogue }) => {
			const since = [from && `ts >= '${from}'`, to && `ts < '${to}'`, `catalogue_version = '${catalogue}'`]
				.filter(Boolean)
				.join(" AND ");
			return [
				"import pandas_gbq",
				`sql = "SELECT * FROM \`${bigquery}.features_hourly\` WHERE ${since} ORDER BY ts"`,
				`df = pandas_gbq.read_gbq(sql, project_id="${bigquery.split(".")[0]}")`
			];
		}
	}
};

// Shows the lines for a label (the one shown before where it is null) and a range.
export function snippets(given, bounds) {
	label = given ?? label;
	const box = $("#snippet");
	const address = end => `${location.origin}${url(`labels/${label.label_id}/${end}`, bounds)}`;
	const ways = Object.entries(WAYS).filter(([name]) => name !== "bigquery" || box.dataset.bigquery);
	const text = WAYS[kind].lines(address, label, bounds, box.dataset).join("\n");
	box.hidden = false;
	$("h3", box).textContent = `Read ${label.name}`;
	$(".ways", box).replaceChildren(
		...ways.map(([name, way]) =>
			h(
				"button",
				{
					type: "button",
					"aria-pressed": String(name === kind),
					onclick: () => {
						kind = name;
						snippets(null, bounds);
						$(`[aria-pressed=true]`, box).focus();
					}
				},
				way.text
			)
		)
	);
	$("code", box).textContent = text;
	const copy = $(".copy", box);
	copy.textContent = "Copy";
	copy.onclick = () =>
		(navigator.clipboard?.writeText(text) ?? Promise.reject()).then(
			() => {
				copy.textContent = "Copied";
			},
			() => {
				copy.textContent = "Select and copy by hand";
			}
		);
}
