// The use of providers, of BigQuery and of storage, the sandbox and the versions.
import { $, empty, facts, h, setContent } from "./dom.js";
import { bytes, count, num, pct, when } from "./format.js";

/** @type {(value: number) => string} */
export const usd = value => `${num(value, 2)} USD`;

/** @param {Api.ProviderState} provider */
function quotaItem({ provider, used, needed, per_day: allowed, free_at: free, postponed, failure }) {
	const scale = allowed ?? Math.max(used ?? 0, needed ?? 0, 1);
	/** @type {(value: number | null) => string} */
	const share = value => `width:${Math.min(((value ?? 0) / scale) * 100, 100)}%`;
	const description = [
		used !== null && `${count(used)} used`,
		needed !== null && `${count(needed)} planned a day`,
		allowed !== null ? `${count(allowed)} allowed` : "no daily limit",
		postponed && `${count(postponed)} wait for free calls`,
		free && `free again at ${when(free)}`
	]
		.filter(Boolean)
		.join(", ");
	return h(
		"li",
		{},
		h("b", {}, provider),
		h(
			"div",
			{ class: "quota", role: "img", "aria-label": `${provider}: ${description}` },
			h("i", { class: "planned", style: share(needed) }),
			h("i", { class: "used", style: share(used) })
		),
		h("span", {}, description),
		failure && h("q", {}, failure)
	);
}

/** @param {Api.Status} status */
export function showUsage({ providers, cost, storage, versions, sandbox }) {
	setContent(
		"#providers",
		providers.length
			? h("ul", { class: "quotas" }, providers.map(quotaItem))
			: empty("No provider is called over the network here, so no allowance is used.")
	);
	setContent(
		"#cost",
		facts([
			[
				`Billed in ${cost.month}, at least`,
				bytes(cost.bytes_billed),
				`${pct(cost.bytes_billed / cost.free_bytes)} of what is free a month`
			],
			["Cost so far", usd(cost.usd), `prices of ${cost.prices_as_of}`],
			["At this pace", usd(cost.usd_at_this_pace), `${usd(cost.budget_usd)} allowed`],
			...Object.entries(cost.by_job).map(([job, billed]) => /** @type {Fact} */ ([`By ${job}`, bytes(billed)])),
			["By these pages", bytes(cost.by_pages), "by the process that answers, since it started"],
			["Tables", bytes(storage.warehouse_bytes), storage.warehouse],
			["Models", bytes(storage.models_bytes), storage.models]
		])
	);
	$("#sandbox").textContent = sandbox.sentence;
	setContent(
		"#versions",
		facts(Object.entries(versions).map(([name, number]) => /** @type {Fact} */ ([name, number, null, "words"])))
	);
}
