// A model's novelty profile: the summary of its training rows that the hourly job checks new rows against.
import { get } from "./api.js";
import { empty, fill, h } from "./dom.js";
import { count, num, pct, significant } from "./format.js";
import { table } from "./table.js";

/** @type {Column<Api.NoveltyFeature>[]} */
const columns = [
	{ key: "feature", label: "Feature, in order" },
	{ key: "median", label: "Median in training", numeric: true, cell: row => significant(row.median) },
	{ key: "spread", label: "Robust spread", numeric: true, cell: row => significant(row.spread) },
	{ key: "missing", label: "Missing in training", numeric: true, cell: row => pct(row.missing) },
	{ key: "needed", label: "Must be there", value: row => +row.needed, cell: row => (row.needed ? "yes" : "no") }
];

/**
 * @param {HTMLElement} region
 * @param {string} id
 */
export const noveltyProfile = (region, id) =>
	fill(
		region,
		() => get(`models/${id}/reference`),
		(
			/** @type {Api.NoveltyProfile & Partial<Api.NoNoveltyProfile>} */ { unavailable, remedy, rows, limit, features }
		) =>
			unavailable
				? empty(
						`Not checked: ${unavailable} An hour that lacks a feature, or lies far from the training, is predicted all the same. ${remedy}`
					)
				: [
						h(
							"p",
							{ class: "hint" },
							`Held against ${count(rows)} training rows. An hour is stale where one of ${count(features.filter(({ needed }) => needed).length)} of its ${count(features.length)} features is missing, and outside the training where its novelty is beyond ${num(limit, 1)}; 1 is as far out as the outermost hundredth of the training rows.`
						),
						table({ caption: "Features of the training rows", rows: features, columns })
					]
	);
