// Answers are kept as they are given: on this device at once, at the portal a moment later, until it says that it has them.
// Without this file they are kept when the form is sent. static/js/signing.js signs somebody in again in the meantime.

import { answersIn, fill, kept } from "./kept.js";

const PAUSE = 700; // ms without a key before typed text is sent
const RETRY = 5000; // ms until the next try after a lost connection

class Unsaved extends Error {
  constructor(message, { again = false, stale = false, signedOut = false, final = false } = {}) {
    super(message);
    Object.assign(this, { again, stale, signedOut, final });
  }
}

const windows = "BroadcastChannel" in window ? new BroadcastChannel("answers") : null;

document.querySelectorAll("form[data-autosave]").forEach(watch);

/** Posts the form to the address in data-autosave after each change and tells in [data-saved] how it went. */
function watch(form) {
  const status = form.querySelector("[data-saved]");
  const address = form.dataset.autosave;
  const ahead = Number(form.dataset.now) - Date.now(); // of the portal's clock before this device's
  let timer;
  let sending = false;
  let changed = false;
  let leaving = false;
  let wanted = null; // the button that was pressed before the answer was saved

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
      if (!changed) {
        kept.drop(address);
        windows?.postMessage({ address, time, fields: answersIn(form) });
        say(`Saved ${time}`);
      }
    } catch (problem) {
      changed = true;
      again = problem.again;
      say(problem.message, true);
      if (problem.final) kept.drop(address);
      if (problem.signedOut) document.dispatchEvent(new CustomEvent("signed-out", { detail: { now: Boolean(wanted) } }));
      if (wanted && !again && !problem.signedOut) changed = false; // the page that follows says what is wrong
    }
    sending = false;
    if (!changed && wanted) form.requestSubmit(wanted);
    else if (changed && (again || !status.dataset.failed)) later(again ? RETRY : 0);
  }

  function say(text, failed = false) {
    if (status.textContent !== text) status.textContent = text;
    if (failed) status.dataset.failed = "yes";
    else delete status.dataset.failed;
  }

  function change(wait) {
    changed = true;
    wanted = null;
    kept.put(address, { at: Date.now() + ahead, here: Date.now(), fields: answersIn(form), page: location.pathname });
    say("Not saved yet");
    later(wait);
  }

  const own = kept.of(address);
  if (own && own.at > Number(form.dataset.savedAt || 0)) {
    fill(form, own.fields);
    changed = true;
    say("This answer was kept on this device and is being sent now");
    later(0);
  } else if (own) kept.drop(address);

  form.addEventListener("input", (event) => {
    if (!event.target.matches("[type=radio], [type=checkbox], select")) change(PAUSE);
  });
  form.addEventListener("change", () => change(0));
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    leaving = !changed && !sending;
    if (leaving) return;
    event.preventDefault();
    wanted = event.submitter;
    later(0);
  });
  windows?.addEventListener("message", ({ data }) => {
    if (data.address !== address || changed || sending) return;
    fill(form, data.fields);
    say(`Saved ${data.time}, in another window`);
  });
  document.addEventListener("signed-in", () => changed && later(0));
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
    throw new Unsaved("Not saved: no connection. Your answer is kept on this device and we keep trying.", { again: true });
  }
  if (response.ok) return response.json();
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new Unsaved("Not saved: you are signed out. Your answer is kept on this device: sign in again and it is sent.", { signedOut: true });
  }
  if (response.status >= 500) {
    throw new Unsaved("Not saved: something went wrong on our side. Your answer is kept on this device and we keep trying.", { again: true });
  }
  const told = await response.json().catch(() => ({}));
  const flags = { stale: response.status === 400, final: [404, 409].includes(response.status) };
  throw new Unsaved(`Not saved: ${told.detail || told.message || "reload the page and answer again."}`, flags);
}

/** Signing in again makes the token of this page worthless: take a new one from the portal and try once more. */
async function afresh(form, address, problem) {
  if (!problem.stale) throw problem;
  const page = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (!page?.ok) throw problem;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf_token]");
  if (!fresh) throw problem;
  document.querySelectorAll("[name=csrf_token]").forEach((token) => (token.value = fresh.value));
  return post(form, address);
}
