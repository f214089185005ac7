// Code that reads a dataset or trains on it: by the client, with pandas, on the command line, from BigQuery.
import { url } from "./api.js";
import { $, h } from "./dom.js";

/** @type {Api.Label} */
let label;
let selected = "train";

/** @type {Record<string, { text: string, lines: (addressOf: (fileName: string) => string, label: Api.Label, range: Bounds, data: Record<string, string>) => string[] }>} */
export const SNIPPETS = {
	train: {
		text: "Train",
		lines: (_address, { label_id: id }, _range, { fileName }) => [
			"# in the folder of the CSV and its manifest; or run the notebook there",
			`PPA_URL=${location.origin} ppa train ${fileName.replace("{label_id}", id)}.csv --name my-model`
		]
	},
	client: {
		text: "Client",
		lines: (_address, { label_id: id }, { from, to }) => [
			"import ppa",
			`app = ppa.connect("${location.origin}")`,
			`data = app.dataset("${id}"${from ? `, since="${from}"` : ""}${to ? `, until="${to}"` : ""})`
		]
	},
	pandas: {
		text: "pandas",
		lines: addressOf => [
			"import pandas as pd",
			`url = "${addressOf("dataset.csv")}"`,
			'df = pd.read_csv(url, index_col="ts", parse_dates=["ts"])'
		]
	},
	shell: {
		text: "Command line",
		lines: (_address, { label_id: id }, { from, to }) => [
			"pip install -e .",
			`ppa dataset ${id} -o ${id}.parquet${from ? ` --from ${from}` : ""}${to ? ` --to ${to}` : ""}`,
			`head ${id}.manifest.json`
		]
	},
	bigquery: {
		text: "BigQuery, features alone",
		lines: (_address, _label, { from, to }, { bigquery, catalogue }) => {
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

/**
 * Show the code for a label and a range.
 * @param {Api.Label | null} next null keeps the label shown before
 * @param {Bounds} range
 */
export function showSnippet(next, range) {
	label = next ?? label;
	const box = $("#snippet");
	/** @type {(fileName: string) => string} */
	const addressOf = fileName => `${location.origin}${url(`labels/${label.label_id}/${fileName}`, range)}`;
	const available = Object.entries(SNIPPETS).filter(([name]) => name !== "bigquery" || box.dataset.bigquery);
	const text = SNIPPETS[selected].lines(addressOf, label, range, box.dataset).join("\n");
	box.hidden = false;
	$("h3", box).textContent = `Use ${label.name}`;
	$(".ways", box).replaceChildren(
		...available.map(([name, snippet]) =>
			h(
				"button",
				{
					type: "button",
					"aria-pressed": String(name === selected),
					onclick: () => {
						selected = name;
						showSnippet(null, range);
						$(`[aria-pressed=true]`, box).focus();
					}
				},
				snippet.text
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
