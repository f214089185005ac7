// Types that several scripts share. `any` stands for JSON of the API that only one place reads.

type Child = Node | string | number | boolean | null | undefined | Child[];
type Query = Record<string, string | number | boolean | null | undefined>;
type Colours = Record<string, string>;
type Fields = Record<string, any>;

/** Name, value, explanation, and a CSS class of the value. */
type Fact = [name: string, value: Child, explanation?: Child, style?: string];

interface Column<Row = any> {
	key: string;
	label: string;
	/** Right-aligned; sorted from high to low first. */
	numeric?: boolean;
	/** A sentence: wider than other cells. */
	text?: boolean;
	/** The value to sort by; by default `row[key]`. */
	value?: (row: Row) => any;
	/** The content; by default `row[key]`. */
	cell?: (row: Row) => Child;
}

interface TableOptions {
	caption: string;
	columns: Column[];
	rows: any[];
	sort?: [key: string, direction: number];
	rowClass?: (row: any) => string | null;
	onSort?: (key: string, direction: number) => void;
}

interface TableElement extends HTMLElement {
	/** Replace the rows and keep the order. */
	update(rows: any[]): void;
}

interface ChartSpec {
	title?: string;
	units?: string;
	/** The chart in a sentence, for screen readers. */
	summary: string;
	key?: (c: Colours) => Child[];
	build: (c: Colours) => { traces: any[]; layout: Record<string, any> };
	table: () => TableData | Promise<TableData>;
}

interface TableData {
	columns: Column[];
	rows: any[];
}

/** The element that plotly.js draws in. */
interface Plot extends HTMLElement {
	on?: (event: string, listener: (event: any) => void) => void;
	_fullLayout?: any;
}

interface Series {
	name: string;
	points: number[][];
	auc?: number;
	ap?: number;
	ece?: number;
	/** Where the model's decision threshold is on the curve. */
	ring?: () => [number | null, number | null];
}

interface Accuracy {
	accuracy: number;
	accuracy_low: number | null;
	accuracy_high: number | null;
	base_rate: number | null;
}

interface Confusion {
	tn: number;
	fp: number;
	fn: number;
	tp: number;
}

interface Label extends LabelDefinition {
	label_id: string;
	name: string;
	asset: string;
	range_from: string | null;
	range_to: string | null;
	[key: string]: any;
}

interface Model extends LabelDefinition {
	model_id: string;
	label_id: string;
	active: boolean;
	aliases: string[];
	tags: string[];
	champion: string | null;
	mlflow: { state: string; url: string | null; error: string | null };
	[key: string]: any;
}

interface Feature {
	name: string;
	group: string;
	description: string;
	unit: string;
	sources: string[];
	coverage: number | null;
	first_hour: string | null;
	sparkline: (number | null)[];
}

interface FeatureSeries {
	unit: string;
	values: (number | null)[];
	age_hours?: (number | null)[] | null;
}

interface Candles {
	ts: string[];
	open: number[];
	high: number[];
	low: number[];
	close: number[];
}

interface ChartData {
	pair: string;
	unit: string;
	from: string;
	to: string;
	ts: string[];
	close: (number | null)[];
	features: Record<string, FeatureSeries>;
	candles?: Candles | null;
}

/** Hours as gap, length, gap, length, … from `from` on. */
interface Stretches {
	from: string;
	rises: number[];
	unknown: number[];
}

/** Records of the API, under the names that the scripts use. */
type LabelDefinition = Api.LabelFields;
type Policy = Api.ModelPolicy;
type Verdict = Api.Verdict;

/** A verdict, or a check that is under way or still to come. */
interface ShownVerdict {
	title: string;
	outcome: string;
	sentence?: string;
	remedy?: string;
}

type Bounds = { from?: string | null; to?: string | null };

/** What the parts of the first step share. */
interface ConfigurePage {
	zoom: string[] | null;
	stretches: Stretches | null;
	/** The feature in the exploration; undefined where it is closed. */
	exploring: string | undefined;
	definition: () => Query;
	/** Put a saved label into the controls; `name` is the proposed name of a copy. */
	open: (label: Label, name?: string) => Promise<void>;
	onSave: () => void;
	onExplore: (feature: string) => void;
	/** Set by the exploration: called when the label changes. */
	onChange?: () => void;
	/** Features are z-scores over the price. */
	isOverlay: () => boolean;
	onZoom: () => void;
	fetchPrices: (range?: Bounds) => Promise<ChartData>;
}

interface LiveView {
	since: string;
	close: (number | null)[];
	models: any[];
	shown: string[];
	answers: Record<string, any>;
	reasons: Record<string, string>;
	remedies: Record<string, string>;
	together: any[];
}

interface Prediction {
	id: string;
	/** From the view's first hour. */
	hour: number;
	ts: string;
	resolvesAt: string;
	origin: string;
	probability: number | null;
	decision: boolean | null;
	/** 1, 0, or null while the outcome is pending. */
	outcome: number | null;
	price: number | null;
	target: number | null;
	/** The no-prediction reason. */
	reason: string | null;
	detail: string | null;
}

/** Run a request; `key` names the button that gets the keyboard focus afterwards. */
type Act = (key: string, successText: string | ((result: any) => string), request: () => Promise<any>) => Promise<void>;

interface Window {
	/** Set by plotly.js once it has loaded. */
	Plotly?: any;
	switchTheme(): void;
}

interface ApiRequest extends RequestInit {
	headers?: Record<string, string>;
}

/** A number as text; a missing one is a dash. */
type Format = (value: number | null | undefined, digits?: number) => string;

interface Payoff {
	break_even: number | null;
	fee: number;
	gain: number | null;
	loss: number | null;
	always: number;
}

interface LabelSummary {
	positives: number;
	negatives: number;
	unknown: number;
	share_positive: number | null;
	independent_events: number;
	longest_run_hours: number;
	by_year: Record<string, number | null>;
	warnings: string[];
}

/** The response about models on the same hours. */
interface Comparison {
	models: any[];
	pairs: any[];
	hours: any;
	months: string[];
	thresholds: number[];
	left_out: Record<string, string>;
	fee: number;
	lookahead: number;
}
