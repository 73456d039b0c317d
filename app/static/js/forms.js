/** Moves to the list of errors when the page opens with one. */
export function focusErrors() {
  document.querySelector("[data-error-summary]")?.focus();
}

/** A second press sends nothing. Buttons come back when the page is shown again, or after a while for downloads. */
export function sendOnce() {
  const sent = new Set();

  function restore(form) {
    sent.delete(form);
    form.querySelectorAll("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(restore, 10000, form);
  });
  addEventListener("pageshow", () => [...sent].forEach(restore));
}

/** form[data-unsaved]: the browser asks before changed fields are left behind. */
export function askBeforeLeaving() {
  document.querySelectorAll("form[data-unsaved]").forEach((form) => {
    let dirty = false;
    form.addEventListener("input", () => (dirty = true));
    form.addEventListener("submit", () => (dirty = false));
    addEventListener("beforeunload", (event) => {
      if (dirty) event.preventDefault();
    });
  });
}

/** The Show button inside a password field. */
export function revealPasswords() {
  document.querySelectorAll("[data-reveal]").forEach((button) => {
    const input = document.getElementById(button.dataset.reveal);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.firstChild.data = shown ? "Hide" : "Show";
    };
    button.hidden = false;
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false));
  });
}
