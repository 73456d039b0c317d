// Answers are kept as they are given. Without this file they are kept when the form is sent.

const PAUSE = 700; // ms without a key before typed text is sent
const RETRY = 5000; // ms until the next try after a lost connection

class Unsaved extends Error {
  constructor(message, { again = false, stale = false } = {}) {
    super(message);
    this.again = again;
    this.stale = stale;
  }
}

document.querySelectorAll("form[data-autosave]").forEach(watch);

/** Posts the form to the address in data-autosave after each change and tells in [data-saved] how it went. */
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
      const { saved_at: time } = await post(form, address).catch((problem) => afresh(form, address, problem));
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
    throw new Unsaved("Not saved: no connection. Your answer stays on this page and we keep trying.", { again: true });
  }
  if (response.ok) return response.json();
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new Unsaved("Not saved: you are signed out. Sign in again in another tab, come back here and answer again.");
  }
  if (response.status >= 500) {
    throw new Unsaved("Not saved: something went wrong on our side. Your answer stays on this page and we keep trying.", { again: true });
  }
  const told = await response.json().catch(() => ({}));
  const stale = response.status === 400;
  throw new Unsaved(`Not saved: ${told.detail || told.message || "reload the page and answer again."}`, { stale });
}

/** Signing in again in another tab makes the token of this page worthless: take a new one from the portal and try once more. */
async function afresh(form, address, problem) {
  if (!problem.stale) throw problem;
  const page = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (!page?.ok) throw problem;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf_token]");
  if (!fresh) throw problem;
  document.querySelectorAll("[name=csrf_token]").forEach((token) => (token.value = fresh.value));
  return post(form, address);
}
