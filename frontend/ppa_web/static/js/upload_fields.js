// The texts of the upload form, as values.

/** Split a text at spaces and commas. @param {string} text */
export const splitWords = text => text.split(/[\s,]+/).filter(Boolean);

/**
 * Parse metrics such as "accuracy = 0.61", one a line. A value that is not a number is NaN.
 * @param {string} text
 * @returns {Record<string, number>}
 */
export const parseMetrics = text =>
	Object.fromEntries(
		text
			.split(/[\n,;]+/)
			.map(line => line.split(/[=:]/).map(part => part.trim()))
			.filter(([name]) => name)
			.map(([name, value]) => [name, Number(value)])
	);

/**
 * The hour of a date. A date stands for all its hours, unless the metadata file has an hour of that date.
 * @param {string | undefined} exact the hour in the metadata file
 * @param {string} date
 * @param {string} hour of the day, by default
 */
export const hourOf = (exact, date, hour) => (exact?.startsWith(date) ? exact : `${date}T${hour}:00:00Z`);
