import { h } from "./dom.js";

// Where MLflow keeps a model's run, or that it is still to be told.
export const mlflow = ({ model_id: id, mlflow: { state, url, error } }) =>
	url ? h("a", { href: url, "aria-label": `${id} in MLflow` }, "Run") : h("span", { title: error }, state);
