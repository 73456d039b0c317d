/** The theme changes at once; the form then stores it, and is sent as a page when that fails. */
export function switchTheme() {
  document.querySelectorAll("form[data-theme-choice]").forEach((form) => {
    form.addEventListener("submit", async (event) => {
      const choice = event.submitter;
      if (!choice) return;
      event.preventDefault();
      const root = document.documentElement;
      if (choice.value === "system") delete root.dataset.theme;
      else root.dataset.theme = choice.value;
      form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(button === choice)));
      const body = new FormData(form, choice);
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
      if (!response?.ok) location.reload();
    });
  });
}
