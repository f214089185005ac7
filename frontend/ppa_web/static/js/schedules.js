// The schedules of jobs: the next call of each, with buttons to run, pause and resume it.
import { now, send } from "./api.js";
import { $, empty, h } from "./dom.js";
import { countdown, duration, when } from "./format.js";

const cards = new Map();

/**
 * Make a card. Its buttons stay the same elements across refreshes, so that the keyboard focus is kept.
 * @param {string} job
 * @param {() => Promise<void>} poll
 */
function card(job, poll) {
	/** @type {(action: string) => Promise<void>} */
	const run = async action => {
		$("#message").textContent = action === "run" ? `Running ${job}…` : "";
		for (const button of Object.values(buttons)) button.disabled = true;
		try {
			$("#message").textContent = (await send("POST", `schedules/${job}/${action}`)).message;
		} catch (error) {
			$("#message").textContent = error.message;
		}
		for (const button of Object.values(buttons)) button.disabled = false;
		await poll();
		// a button loses the keyboard focus while it is disabled
		Object.values(buttons)
			.find(one => !one.hidden && (one === buttons[action] || (action !== "run" && one !== buttons.run)))
			?.focus();
	};
	/** @type {(action: string, text: string) => HTMLButtonElement} */
	const button = (action, words) =>
		h("button", { type: "button", hidden: true, "aria-label": `${words}: ${job}`, onclick: () => run(action) }, words);
	/** @type {Record<string, HTMLButtonElement>} */
	const buttons = {
		run: button("run", "Run now"),
		pause: button("pause", "Pause"),
		resume: button("resume", "Resume")
	};
	const [state, description] = [h("p", { class: "state" }), h("p", { class: "hint" })];
	return {
		box: h("li", {}, h("h3", {}, job), state, description, h("p", { class: "acts" }, Object.values(buttons))),
		buttons,
		state,
		description
	};
}

/**
 * @param {any} card
 * @param {Api.Schedule} one
 * @param {string | undefined} lastSuccess
 * @param {boolean} mayRun
 */
function updateCard({ buttons, state, description }, one, lastSuccess, mayRun) {
	const paused = one.paused && (one.by ? `Paused by ${one.by} since ${when(one.since)}` : "Paused, not from here");
	state.textContent =
		paused || (one.next ? `Next at ${when(one.next).slice(11)}, in ${countdown(one.next, now())}` : "Not called");
	state.parentElement.classList.toggle("paused", one.paused);
	description.replaceChildren(
		h("code", {}, one.cron),
		` ${one.description}. `,
		lastSuccess
			? `Last succeeded ${duration((now() - Date.parse(lastSuccess)) / 1000)} ago.`
			: "Has not succeeded lately.",
		one.run_by ? ` Run by hand by ${one.run_by} at ${when(one.run_at)}.` : ""
	);
	buttons.run.hidden = !mayRun;
	buttons.pause.hidden = !mayRun || one.paused;
	buttons.resume.hidden = !mayRun || !one.paused;
}

/**
 * @param {HTMLElement} region
 * @param {Api.Status} status
 * @param {string | undefined} role
 * @param {() => Promise<void>} poll
 */
export function schedules(region, status, role, poll) {
	const mayRun = role === "admin";
	if (!status.schedules.length) {
		region.replaceChildren(empty("Nobody says when jobs are called; the problem above says why."));
	}
	for (const one of status.schedules) {
		if (!cards.has(one.job)) cards.set(one.job, card(one.job, poll));
		updateCard(cards.get(one.job), one, status.last_success[one.job], mayRun);
	}
	if (status.schedules.length && !$("ul", region)) {
		region.replaceChildren(
			h(
				"ul",
				{ class: "jobs" },
				status.schedules.map(({ job }) => cards.get(job).box)
			)
		);
	}
	region.setAttribute("aria-busy", "false");
}
