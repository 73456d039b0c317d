// Signing in again in place: the page, and what is written on it, stays. Without this file the sign-in page comes instead.
// Other scripts say "signed-out" on the document (detail.now: open at once) and hear "signed-in".

const dialog = document.querySelector("dialog[data-sign-in-again]");
const place = document.querySelector("[data-sign-in-offer]");
if (dialog && place) offer();

function offer() {
  const form = dialog.querySelector("form");
  const told = dialog.querySelector("[data-told]");
  const password = form.elements.password;

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    password.focus();
  }

  document.addEventListener("signed-out", ({ detail }) => {
    place.hidden = false;
    if (detail.now) open();
  });
  place.querySelector("button").addEventListener("click", open);
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "Signing in …";
    const problem = await signIn(form).catch(() => "The portal can’t be reached. Try again in a moment.");
    told.textContent = problem ?? "";
    if (problem) return password.focus();
    password.value = "";
    place.hidden = true;
    dialog.close();
    document.dispatchEvent(new CustomEvent("signed-in"));
  });
}

/** Null once signed in, else a sentence. The form of the sign-in page itself is sent, with the token that it holds now. */
async function signIn(form) {
  const page = await fetch(form.action, { redirect: "manual" });
  if (page.type === "opaqueredirect") return null; // signed in again in another window already
  const fresh = parsed(await page.text()).querySelector(`form[action="${form.getAttribute("action")}"]`);
  const body = new FormData(fresh);
  for (const name of ["email", "password"]) body.set(name, form.elements[name].value);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") return null;
  if (answer.status === 429) return "Too many tries. Wait a minute, then try again.";
  return parsed(await answer.text()).querySelector("[data-error-summary] li")?.textContent.trim() ?? "That did not work. Try again.";
}

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}
