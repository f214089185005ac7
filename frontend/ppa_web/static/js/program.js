// Programs: models as graphs of operators. The same operations in the same order as ppa.core.programs, so the same bits.

/** @typedef {{ shape: number[], data: Float64Array | Int32Array }} Table */
/** @typedef {Record<string, any>} Values parameters: tables, numbers, text or flags */
/** @typedef {{ op: string, of: number[], values: Values }} Node */
/** @typedef {{ columns: string[], window: number, nodes: Node[] }} Program */
/** @typedef {ArrayLike<number>} Row */

const MAGIC = "PPAPROG1";
const [LIMIT, INPUT_LIMIT] = [1e100, 1e60];
const ROUND = 6755399441055744; // 1.5 * 2 ** 52: adding and subtracting it rounds to the nearest integer, ties to even
const [LN2_HIGH, LN2_LOW] = [6.9314718036912381649e-1, 1.90821492927058770002e-10];
const PI_HALF = [1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21];

/** @type {(n: number) => number} */
const factorial = n => (n < 2 ? 1 : n * factorial(n - 1));
/** @type {(from: number, to: number, step: number, make: (n: number) => number) => number[]} */
const series = (from, to, step, make) => {
	const terms = [];
	for (let n = from; n >= to; n -= step) terms.push(make(n));
	return terms;
};
const alternating = (/** @type {number} */ n) => (Math.floor(n / 2) % 2 ? -1 : 1) / factorial(n);
const EXP = series(13, 2, 1, n => 1 / factorial(n));
const LOG = series(25, 3, 2, n => 1 / n);
const SIN = series(17, 3, 2, alternating);
const COS = series(16, 4, 2, alternating);

const bits = new DataView(new ArrayBuffer(8));

/** @type {(low: number, value: number, high: number) => number} */
const clip = (low, value, high) => Math.min(Math.max(value, low), high);

/** @type {(coefficients: number[], x: number) => number} */
function polynomial(coefficients, x) {
	let sum = coefficients[0];
	for (let i = 1; i < coefficients.length; i++) sum = sum * x + coefficients[i];
	return sum;
}

/** @type {(k: number) => number} */
function powerOfTwo(k) {
	bits.setFloat64(0, 0);
	bits.setUint32(0, (k + 1023) << 20);
	return bits.getFloat64(0);
}

/** @type {(x: number) => number} */
function exp(x) {
	if (Number.isNaN(x)) return x;
	const y = clip(-746, x, 708);
	const k = y * 1.4426950408889634 + ROUND - ROUND;
	const r = y - k * LN2_HIGH - k * LN2_LOW;
	const upper = Math.max(k, -1000);
	return (1 + (r + r * r * polynomial(EXP, r))) * powerOfTwo(upper) * powerOfTwo(k - upper);
}

/** @type {(x: number) => number} */
function log(x) {
	if (!(x > 0)) return NaN;
	bits.setFloat64(0, Math.max(x, 2 ** -1022));
	const head = bits.getUint32(0);
	let exponent = (head >>> 20) - 1022;
	bits.setUint32(0, (head & 0xfffff) | (1022 << 20));
	let mantissa = bits.getFloat64(0);
	if (mantissa < Math.SQRT1_2) {
		mantissa *= 2;
		exponent -= 1;
	}
	const f = mantissa - 1;
	const s = f / (2 + f);
	const z = s * s;
	const half = 0.5 * f * f;
	const rest = polynomial(LOG, z) * z;
	return exponent * LN2_HIGH - (half - (s * (half + 2 * rest) + exponent * LN2_LOW) - f);
}

/** @type {(x: number, quarters: number) => number} */
function turned(x, quarters) {
	if (Number.isNaN(x)) return x;
	const k = x * 0.6366197723675814 + ROUND - ROUND;
	const r = clip(-0.8, x - k * PI_HALF[0] - k * PI_HALF[1] - k * PI_HALF[2], 0.8);
	const turn = k + quarters - 4 * Math.floor((k + quarters) / 4);
	const z = r * r;
	const value = turn === 0 || turn === 2 ? r + r * z * polynomial(SIN, z) : 1 - (0.5 * z - z * z * polynomial(COS, z));
	return turn >= 2 ? -value : value;
}

/** Parts of a flat table that belong to column j. @type {(v: Values, j: number, name: string) => Row} */
const part = (v, j, name) => v[name].data.subarray(v.starts.data[j], v.starts.data[j + 1]);

/** The number of edges that are at most x. @type {(edges: Row, x: number) => number} */
function place(edges, x) {
	let [low, high] = [0, edges.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (edges[middle] <= x) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** @type {(v: Values, x: Row) => number[]} */
function lookup(v, x) {
	return Array.from(x, (value, j) => {
		if (Number.isNaN(value)) return v.missing.data[j];
		const keys = part(v, j, "keys");
		const at = place(keys, value) - 1;
		return at >= 0 && keys[at] === value ? part(v, j, "results")[at] : v.unknown.data[j];
	});
}

/** @type {(x: number, knots: Row, heights: Row) => number} */
function between(x, knots, heights) {
	const last = knots.length - 1;
	if (Number.isNaN(x)) return x;
	if (last === 0 || x < knots[0]) return heights[0];
	if (x >= knots[last]) return heights[last];
	const i = clip(0, place(knots, x) - 1, last - 1);
	if (x === knots[i]) return heights[i];
	const slope = (heights[i + 1] - heights[i]) / (knots[i + 1] - knots[i]);
	const value = slope * (x - knots[i]) + heights[i];
	const ends = [Infinity, -Infinity];
	for (let j = 0; j <= last; j++) {
		ends[0] = Math.min(ends[0], heights[j]);
		ends[1] = Math.max(ends[1], heights[j]);
	}
	return clip(ends[0], value, ends[1]);
}

/** @type {(v: Values, x: Row) => number[]} */
function affine(v, x) {
	const [width, outputs] = v.weights.shape;
	return Array.from({ length: outputs }, (_, k) => {
		let sum = 0;
		for (let j = 0; j < width; j++) sum += x[j] * v.weights.data[j * outputs + k];
		return sum + v.bias.data[k];
	});
}

/** @type {(v: Values, x: number, i: number) => boolean} */
function goesLeft(v, x, i) {
	const set = v.category.data[i];
	if (set < 0) return x <= v.threshold.data[i] || (Number.isNaN(x) && v.missing_left.data[i] === 1);
	const size = v.members.shape[1];
	return (x > -1 && x < size ? v.members.data[set * size + Math.trunc(x)] : v.missing_left.data[i]) === 1;
}

/** @type {(v: Values, x: Row) => number[]} */
function trees(v, x) {
	const [input, total] = [v.single, v.single_sum].map(single => (single ? Math.fround : Number));
	const row = Array.from(x, value => input(value));
	let sum = total(v.initial);
	for (const root of v.root.data) {
		let i = root;
		while (v.left.data[i] !== i) i = (goesLeft(v, row[v.feature.data[i]], i) ? v.left : v.right).data[i];
		sum = total(sum + total(v.value.data[i]));
	}
	return [v.divisor === 1 ? sum : total(sum / total(v.divisor))];
}

/** @type {(v: Values, x: Row) => number[]} */
function distances(v, x) {
	const [count, width] = v.points.shape;
	return Array.from({ length: count }, (_, i) => {
		let sum = 0;
		for (let j = 0; j < width; j++) {
			const apart = x[j] - v.points.data[i * width + j];
			sum += v.kind === "squared" ? apart * apart : Math.abs(apart);
		}
		return sum;
	});
}

/** @type {(v: Values, x: Row) => number[]} */
function neighbours(v, x) {
	const outputs = v.targets.shape[1];
	if (Array.from(x).some(Number.isNaN)) return new Array(outputs).fill(NaN);
	const all = distances(v, x);
	const order = [...all.keys()].sort((a, b) => all[a] - all[b] || a - b).slice(0, v.count);
	const lengths = order.map(i => (v.kind === "squared" ? Math.sqrt(all[i]) : all[i]));
	const same = lengths.includes(0);
	const weights = lengths.map(one => (!v.by_distance ? 1 : same ? Number(one === 0) : Math.min(1 / one, 1e200)));
	return Array.from({ length: outputs }, (_, k) =>
		order.reduce((sum, i, n) => sum + weights[n] * v.targets.data[i * outputs + k], 0)
	);
}

/** @type {(compute: (...values: number[]) => number) => (v: Values, ...of: Row[]) => number[]} */
const each =
	compute =>
	(_, ...of) =>
		Array.from({ length: Math.max(...of.map(x => x.length)) }, (_unused, j) =>
			compute(...of.map(x => x[x.length === 1 ? 0 : j]))
		);

/** @type {Record<string, (v: Values, ...of: Row[]) => number[]>} */
const OPERATORS = {
	constant: v => Array.from(v.value.data),
	columns: (v, x) => Array.from(v.index.data, j => x[j]),
	concat: (_, ...of) => of.flatMap(x => Array.from(x)),
	largest: (_, x) => [Array.from(x).reduce((a, b) => Math.max(a, b))],
	add: each((x, y) => x + y),
	subtract: each((x, y) => x - y),
	multiply: each((x, y) => x * y),
	divide: each((x, y) => (y === 0 ? NaN : x / y)),
	minimum: each(Math.min),
	maximum: each(Math.max),
	fill: each((x, y) => (Number.isNaN(x) ? y : x)),
	less: each((x, y) => Number(x < y)),
	less_equal: each((x, y) => Number(x <= y)),
	equal: each((x, y) => Number(x === y)),
	where: each((condition, x, y) => (condition > 0 ? x : y)),
	complete: (_, x, row) => (Array.from(row).some(Number.isNaN) ? Array.from(x, () => NaN) : Array.from(x)),
	is_missing: each(x => Number(Number.isNaN(x))),
	absolute: each(Math.abs),
	floor: each(Math.floor),
	sqrt: each(Math.sqrt),
	exp: each(exp),
	log: each(log),
	expit: each(x => 1 / (1 + exp(-x))),
	tanh: each(x => 1 - 2 / (exp(2 * x) + 1)),
	sin: each(x => turned(x, 0)),
	cos: each(x => turned(x, 1)),
	affine,
	lookup,
	bins: (v, x) => Array.from(x, (value, j) => (Number.isNaN(value) ? value : place(part(v, j, "edges"), value))),
	interpolate: (v, x) => Array.from(x, (value, j) => between(value, part(v, j, "knots"), part(v, j, "heights"))),
	trees,
	distance: distances,
	neighbours
};

/**
 * The probability of class 1 for one row of features; null where the program gives none.
 * @param {Program} program
 * @param {Row} row columns * window values, the oldest hour first; NaN stands for missing
 */
export function evaluate(program, row) {
	/** @type {Row[]} */
	const outputs = [];
	for (const { op, of, values } of program.nodes) {
		const limit = op === "input" ? INPUT_LIMIT : LIMIT;
		const value = op === "input" ? row : OPERATORS[op](values, ...of.map(i => outputs[i]));
		outputs.push(Array.from(value, one => clip(-limit, one, limit)));
	}
	const probability = clip(0, outputs[outputs.length - 1][0], 1);
	return Number.isNaN(probability) ? null : probability + 0;
}

/**
 * Reads a program file: magic number, length of the head, head, and all arrays in one zlib stream.
 * @param {Uint8Array<ArrayBuffer>} file
 * @returns {Promise<Program & { tables: Table[], probe: number[] }>}
 */
export async function readProgram(file) {
	if (new TextDecoder().decode(file.subarray(0, 8)) !== MAGIC) throw new Error("This is not a program file.");
	const start = 12 + new DataView(file.buffer, file.byteOffset).getUint32(8, true);
	const head = JSON.parse(new TextDecoder().decode(file.subarray(12, start)));
	const stream = new Blob([file.subarray(start)]).stream().pipeThrough(new DecompressionStream("deflate"));
	const body = await new Response(stream).arrayBuffer();
	let offset = 0;
	const tables = head.arrays.map((/** @type {[string, number[]]} */ [type, shape]) => {
		const count = shape.reduce((a, b) => a * b, 1);
		const bytes = body.slice(offset, (offset += count * (type === "f8" ? 8 : 4)));
		return { shape, data: type === "f8" ? new Float64Array(bytes) : new Int32Array(bytes) };
	});
	const nodes = head.nodes.map((/** @type {Values} */ { op, of, ...values }) => ({
		op,
		of,
		values: Object.fromEntries(
			Object.entries(values).map(([name, value]) => [name, value.array === undefined ? value : tables[value.array]])
		)
	}));
	return { columns: head.columns, window: head.window, nodes, tables, probe: head.probe };
}
