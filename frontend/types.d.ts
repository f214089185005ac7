// Types that several scripts share. The namespace `Api`, of api.d.ts, has those of the API's JSON.

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

/** The criterion of a label: all that its words say. */
type LabelCriterion = Pick<Api.Definition, "mode" | "lookahead" | "threshold" | "stop_loss" | "volatility_window">;

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
	stretches: Api.Stretches | null;
	/** The feature in the exploration; undefined where it is closed. */
	exploring: string | undefined;
	definition: () => Query;
	/** Put a saved label into the controls; `name` is the proposed name of a copy. */
	open: (label: Api.Label, name?: string) => Promise<void>;
	onSave: () => void;
	onExplore: (feature: string) => void;
	/** Set by the exploration: called when the label changes. */
	onChange?: () => void;
	/** Features are z-scores over the price. */
	isOverlay: () => boolean;
	onZoom: () => void;
	fetchPrices: (range?: Bounds) => Promise<Api.Chart>;
}

interface Prediction {
	id: string;
	/** From the view's first hour. */
	hour: number;
	ts: string;
	resolvesAt: string;
	origin: string;
	probability: number | null;
	/** 1, 0, or null without a prediction. */
	decision: number | null;
	/** 1, 0, or null while the outcome is pending. */
	outcome: number | null;
	price: number | null;
	target: number | null;
	/** It was made on data that has been withdrawn since. */
	withdrawn: boolean;
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
