// Everything works without this file; it saves people waiting, losing work and pressing twice.

let region;

focusErrors();
switchTheme();
askBeforeLeaving();
sendOnce();
revealPasswords();
closeMenus();
offerCopies();
selectAllRows();

/** Moves to the list of errors when the page opens with one. */
function focusErrors() {
  document.querySelector("[data-error-summary]")?.focus();
}

/** A second press sends nothing. Buttons come back when the page is shown again, or after a while for downloads. */
function sendOnce() {
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
function askBeforeLeaving() {
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
function revealPasswords() {
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

/** The theme changes at once; the form then stores it, and is sent as a page when that fails. */
function switchTheme() {
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
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
      if (answer?.type !== "opaqueredirect" && !answer?.ok) location.reload();
    });
  });
}

/** details[data-menu] closes with Escape, a click elsewhere, or when the focus leaves it. */
function closeMenus() {
  const open = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    });
  });
  for (const happening of ["click", "focusin"]) {
    document.addEventListener(happening, (event) => {
      open().forEach((menu) => {
        if (!menu.contains(event.target)) menu.open = false;
      });
    });
  }
}

/** button[data-copy="some-id"] copies the text of that element; it stays hidden where the browser can't. */
function offerCopies() {
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

/** input[data-select-all="people"] ticks every box named "people" in its table, and follows them. */
function selectAllRows() {
  document.querySelectorAll("[data-select-all]").forEach((all) => {
    const boxes = [...all.closest("table").querySelectorAll(`input[name="${CSS.escape(all.dataset.selectAll)}"]`)];
    const chosen = () => boxes.filter((box) => box.checked).length;
    const follow = () => {
      all.checked = boxes.length > 0 && chosen() === boxes.length;
      all.indeterminate = chosen() > 0 && !all.checked;
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      boxes.forEach((box) => (box.checked = all.checked));
      announce(`${chosen()} of ${boxes.length} rows selected`);
    });
    boxes.forEach((box) => box.addEventListener("change", follow));
    follow();
  });
}

/** Says a short text to screen readers, politely. */
function announce(text) {
  if (!region) {
    region = document.createElement("p");
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}
