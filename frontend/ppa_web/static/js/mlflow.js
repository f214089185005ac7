// A model's run in MLflow.
import { h } from "./dom.js";

/** A link to the run, or the state of its logging. @param {Api.Model} model */
export const mlflowLink = ({ model_id: id, mlflow: { state, url, error } }) =>
	url ? h("a", { href: url, "aria-label": `${id} in MLflow` }, "Run") : h("span", { title: error }, state);
