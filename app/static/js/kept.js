// Answers that the portal does not have yet, kept on this device: through a reload, a crash, a lost connection.

const OLDEST = 7 * 24 * 3600 * 1000; // ms after which an answer that was never sent is thrown away
const NAME = "answers";

/** By the address that takes the answer: { at and here, the time by the portal's clock and by this device's; fields; page }. A browser may refuse to keep any. */
export const kept = {
  all: () => Object.entries(read()),
  of: (address) => read()[address],
  put: (address, answer) => write({ ...read(), [address]: answer }),
  drop(address) {
    const { [address]: _gone, ...rest } = read();
    write(rest);
  },
};

kept.all().forEach(([address, answer]) => Date.now() - answer.here > OLDEST && kept.drop(address));
document.querySelectorAll("[data-unsent]").forEach(tellUnsent);

/** [data-unsent="/attempts/7/"] names the questions of that attempt whose answers are on this device only. */
function tellUnsent(place) {
  const waiting = kept.all().filter(([address, { page }]) => address.startsWith(place.dataset.unsent) && page !== location.pathname);
  const links = waiting.flatMap(([, { page }]) => {
    const link = document.createElement("a");
    link.href = page;
    link.textContent = `question ${page.split("/").pop()}`;
    return [" ", link];
  });
  place.querySelector("p").append(...links);
  place.hidden = links.length === 0;
}

/** The answer that stands in a form: names and values of its fields for the question. */
export function answersIn(form) {
  return [...new FormData(form)].filter(([name]) => name.startsWith("q."));
}

/** Puts such an answer into a form. */
export function fill(form, fields) {
  for (const control of form.querySelectorAll("[name^='q.']")) {
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.matches("[type=radio], [type=checkbox]")) control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}

function write(answers) {
  try {
    localStorage.setItem(NAME, JSON.stringify(answers));
  } catch {
    // No room, or not allowed to keep anything: the page itself still holds the answer and keeps sending it.
  }
}
