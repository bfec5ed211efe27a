// Buttons that copy: a text of their own (data-copy), or that of another element (data-copy-of).
import { say } from "./say.js";

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without HTTPS browsers give no clipboard.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-of]");
  if (!button) return;
  const other = button.dataset.copyOf && document.querySelector(button.dataset.copyOf);
  await copy(other ? other.textContent : button.dataset.copy);
  say(button.dataset.copied);
});
