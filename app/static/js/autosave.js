const PAUSE = 700; // ms without a key before typed text is sent
const RETRY = 5000; // ms until the next try after a lost connection

class Unsaved extends Error {
  constructor(message, again = false) {
    super(message);
    this.again = again;
  }
}

/** Posts form[data-autosave] to that address after each change and tells in [data-saved] how it went. */
export function saveAnswers() {
  document.querySelectorAll("form[data-autosave]").forEach(watch);
}

function watch(form) {
  const status = form.querySelector("[data-saved]");
  const address = form.dataset.autosave || form.action;
  let timer;
  let sending = false;
  let changed = false;
  let leaving = false;

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  async function save() {
    if (sending || !changed) return;
    sending = true;
    changed = false;
    let again = false;
    try {
      const { saved_at: time } = await post(form, address);
      if (!changed) say(`Saved ${time}`);
    } catch (problem) {
      changed = true;
      again = problem.again;
      say(problem.message, true);
    }
    sending = false;
    if (changed && (again || !status?.dataset.failed)) later(again ? RETRY : 0);
  }

  function say(text, failed = false) {
    if (!status) return;
    status.textContent = text;
    if (failed) status.dataset.failed = "yes";
    else delete status.dataset.failed;
  }

  function change(wait) {
    changed = true;
    say("Not saved yet");
    later(wait);
  }

  form.addEventListener("input", (event) => {
    if (!event.target.matches("[type=radio], [type=checkbox], select")) change(PAUSE);
  });
  form.addEventListener("change", () => change(0));
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    changed = false;
    leaving = true;
  });
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("online", () => changed && later(0));
  addEventListener("beforeunload", (event) => {
    if (!leaving && (changed || sending)) event.preventDefault();
  });
}

async function post(form, address) {
  const answers = new FormData(form);
  answers.delete("idempotency_key"); // it belongs to the button: each save is a new one
  let response;
  try {
    response = await fetch(address, { method: "POST", body: answers, headers: { Accept: "application/json" }, redirect: "manual" });
  } catch {
    throw new Unsaved("Not saved: no connection. Your answer stays on this page and we keep trying.", true);
  }
  if (response.ok) return response.json();
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new Unsaved("Not saved: you are signed out. Sign in again in another tab, come back here and choose your answer again.");
  }
  if (response.status >= 500) {
    throw new Unsaved("Not saved: something went wrong on our side. Your answer stays on this page and we keep trying.", true);
  }
  const told = await response.json().catch(() => ({}));
  throw new Unsaved(`Not saved: ${told.detail || told.message || "reload the page and answer again."}`);
}
