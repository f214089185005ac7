// Saving a label; what is shown of those saved, and the exploration, are loaded once they are reached or opened.
import { send } from "./api.js";
import { $, problem } from "./dom.js";

// page: {definition() → parameters, open(label, name) puts a label into the controls, saved() runs after saving}
export function savedLabels(page) {
  const region = $("#labels");
  const list = () => import("./labels.js").then(({ listLabels }) => listLabels(page)).catch((error) => region.replaceChildren(problem(error, list)));
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    seen.disconnect();
    list();
  });
  seen.observe(region);
  $("#save").addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = $("#saved");
    said.textContent = "Saving…";
    try {
      const { label_id: id, name } = await send("POST", "labels", { name: event.target.elements.name.value, ...page.definition() });
      said.textContent = `Saved as ${id}${name === event.target.elements.name.value.trim() ? "" : `, under the name it has already: ${name}`}.`;
      list();
      page.saved();
    } catch (error) { said.textContent = error.message; }
  });
  const box = $("#explore");
  const explore = () => box.open && import("./explore.js").then(({ explore: begin }) => begin(page)).catch((error) => $("#relations").append(problem(error, explore)));
  box.addEventListener("toggle", explore, { once: true });
  if (new URLSearchParams(location.search).has("explore")) box.open = true;
}
