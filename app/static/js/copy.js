import { announce } from "./announce.js";

/** button[data-copy="some-id"] copies the text of that element; it stays hidden where the browser can't. */
export function offerCopies() {
  if (!navigator.clipboard) return;
  document.querySelectorAll("button[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
      button.textContent = "Copied";
      announce("Copied");
      setTimeout(() => (button.textContent = label), 2000);
    });
  });
}
