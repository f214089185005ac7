// The table of import batches, and the question before one is withdrawn.
import { h } from "./dom.js";
import { count, day, when } from "./format.js";
import { table } from "./table.js";

/** @type {Record<string, string>} */
const STATES = {
	storing: "interrupted: import it again",
	stored: "stored",
	withdrawing: "being withdrawn",
	withdrawn: "withdrawn"
};

/** @param {Api.Batch} batch */
const stateText = batch =>
	batch.ended_at
		? `${STATES[batch.state]} ${when(batch.ended_at)} by ${batch.ended_by}${batch.reason ? `: ${batch.reason}` : ""}`
		: STATES[batch.state];

/**
 * @param {Api.Batch[]} batches
 * @param {boolean} mayWithdraw
 * @param {(batch: Api.Batch) => void} withdraw
 */
export const batchTable = (batches, mayWithdraw, withdraw) =>
	table({
		caption: "Imports",
		rowClass: batch => (batch.ended_at ? "withdrawn" : null),
		columns: [
			{ key: "batch_id", label: "Import" },
			{ key: "subject", label: "Of" },
			{ key: "source", label: "Source" },
			{ key: "file", label: "File" },
			{ key: "rows", label: "Values", numeric: true, cell: b => count(b.rows) },
			{ key: "first", label: "From", cell: b => day(b.first) },
			{ key: "last", label: "To", cell: b => day(b.last) },
			{ key: "at", label: "Imported", cell: b => `${when(b.at)} by ${b.by}` },
			{ key: "state", label: "State", text: true, value: b => b.state, cell: stateText },
			{
				key: "withdraw",
				label: "Withdraw",
				value: () => "",
				cell: b =>
					b.state === "withdrawn" || !mayWithdraw
						? ""
						: h("button", { type: "button", onclick: () => withdraw(b) }, "Withdraw")
			}
		],
		rows: batches
	});

/**
 * Ask for a reason, then withdraw a batch.
 * @param {Api.Batch} batch
 * @param {HTMLElement} message
 * @param {(method: string, path: string, onStage: (progress: Api.Progress) => void, body: unknown) => Promise<Api.BatchResult>} stream
 * @returns {Promise<boolean>} true if it was withdrawn
 */
export async function withdrawBatch(batch, message, stream) {
	const reason = await askReason(batch);
	if (reason === null) return false;
	try {
		const done = await stream(
			"POST",
			`imports/${batch.batch_id}/withdrawal`,
			({ stage }) => {
				message.textContent = `${stage}…`;
			},
			{ reason }
		);
		message.textContent = `${done.stage}.`;
		return true;
	} catch (error) {
		message.textContent = error.message;
		return false;
	}
}

/**
 * @param {Api.Batch} batch
 * @returns {Promise<string | null>} null where the user cancels
 */
const askReason = batch =>
	new Promise(resolve => {
		const field = h("input", { name: "reason", maxlength: 500, autocomplete: "off" });
		const box = h(
			"dialog",
			{ class: "ask", "aria-labelledby": "withdraw-head" },
			h(
				"form",
				{ method: "dialog" },
				h("h2", { id: "withdraw-head" }, `Withdraw ${batch.batch_id}?`),
				h(
					"p",
					{},
					`Its ${count(batch.rows)} values count nowhere any more, and rows are rebuilt as if they had never come. Nothing is deleted; predictions and models made on them are marked.`
				),
				h("label", {}, "Reason", field),
				h(
					"div",
					{ class: "inline" },
					h("button", { value: "withdraw", class: "primary" }, "Withdraw"),
					h("button", { value: "" }, "Cancel")
				)
			)
		);
		box.addEventListener("close", () => {
			box.remove();
			resolve(box.returnValue ? field.value : null);
		});
		document.body.append(box);
		box.showModal();
	});
