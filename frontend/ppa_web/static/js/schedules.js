// The schedules: when each job is next called, and having it run, pause and go on.
import { now, send } from "./api.js";
import { $, empty, h } from "./dom.js";
import { countdown, span, when } from "./format.js";

const cards = new Map();

// Buttons stay the same elements across refreshes, so that the keyboard's place is not lost.
function card(job, poll) {
	const act = async verb => {
		$("#said").textContent = verb === "run" ? `Running ${job}…` : "";
		for (const button of Object.values(buttons)) button.disabled = true;
		try {
			$("#said").textContent = (await send("POST", `schedules/${job}/${verb}`)).message;
		} catch (error) {
			$("#said").textContent = error.message;
		}
		for (const button of Object.values(buttons)) button.disabled = false;
		await poll();
		// a button that is disabled for a while loses the keyboard's place
		Object.values(buttons)
			.find(one => !one.hidden && (one === buttons[verb] || (verb !== "run" && one !== buttons.run)))
			?.focus();
	};
	const button = (verb, words) =>
		h("button", { type: "button", hidden: true, "aria-label": `${words}: ${job}`, onclick: () => act(verb) }, words);
	const buttons = {
		run: button("run", "Run now"),
		pause: button("pause", "Pause"),
		resume: button("resume", "Resume")
	};
	const [state, words] = [h("p", { class: "state" }), h("p", { class: "hint" })];
	return {
		box: h("li", {}, h("h3", {}, job), state, words, h("p", { class: "acts" }, Object.values(buttons))),
		buttons,
		state,
		words
	};
}

function tell({ buttons, state, words }, one, last, may) {
	const paused = one.paused && (one.by ? `Paused by ${one.by} since ${when(one.since)}` : "Paused, not from here");
	state.textContent =
		paused || (one.next ? `Next at ${when(one.next).slice(11)}, in ${countdown(one.next, now())}` : "Not called");
	state.parentElement.classList.toggle("paused", one.paused);
	words.replaceChildren(
		h("code", {}, one.cron),
		` ${one.description}. `,
		last ? `Last succeeded ${span((now() - Date.parse(last)) / 1000)} ago.` : "Has not succeeded lately.",
		one.run_by ? ` Run by hand by ${one.run_by} at ${when(one.run_at)}.` : ""
	);
	buttons.run.hidden = !may;
	buttons.pause.hidden = !may || one.paused;
	buttons.resume.hidden = !may || !one.paused;
}

export function schedules(region, status, role, poll) {
	const may = role === "admin";
	if (!status.schedules.length)
		region.replaceChildren(empty("Nobody says when jobs are called; the problem above says why."));
	for (const one of status.schedules) {
		if (!cards.has(one.job)) cards.set(one.job, card(one.job, poll));
		tell(cards.get(one.job), one, status.last_success[one.job], may);
	}
	if (status.schedules.length && !$("ul", region))
		region.replaceChildren(
			h(
				"ul",
				{ class: "jobs" },
				status.schedules.map(({ job }) => cards.get(job).box)
			)
		);
	region.setAttribute("aria-busy", "false");
}
