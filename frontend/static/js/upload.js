// The upload form: its fields as metadata, and the answer in words.
import { once, send } from "./api.js";
import { $, h, options, query } from "./dom.js";

// `after(model)` runs once a model is accepted.
export function uploadWith(after) {
  const form = $("#upload");
  once("labels").then(({ labels }) => options($("select", form), labels.map(({ label_id: id, name }) => [id, name]), query().label)).catch(() => {});
  $("button", form).disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.elements;
    const words = $(".said", form);
    let more;
    try { more = JSON.parse(field.more.value || "{}"); } catch { words.textContent = "The further metadata is not JSON: correct it, or leave it empty."; field.more.focus(); return; }
    const body = new FormData();
    body.append("file", field.file.files[0]);
    body.append("metadata", JSON.stringify({ ...more, label_id: field.label_id.value, name: field.name.value, train_from: `${field.train_from.value}T00:00:00Z`, train_to: `${field.train_to.value}T23:00:00Z` }));
    words.textContent = "Uploading and measuring on held-out hours…";
    try {
      const model = await send("POST", "models", body);
      words.replaceChildren("Accepted: ", h("a", { href: `/models/${model.model_id}` }, model.model_id), ".");
      after(model);
    } catch (error) { words.textContent = error.message; }
  });
}
