// The time that is left in a quiz with a limit: kept in words, said aloud when five minutes and when one minute is left.
// Before it says that the time is over it asks the portal, as somebody may have given more. Without this file the page
// shows what was left when it opened; the limit holds on the server either way.

const SAID_AT = [300, 60]; // seconds left

document.querySelectorAll("[data-clock]").forEach(keep);

function keep(clock) {
  const words = () => clock.querySelector("[data-clock-words]");
  const said = clock.querySelector("[data-clock-said]");
  let ends = performance.now() + 1000 * Number(clock.dataset.clock);
  let toSay = SAID_AT.filter((seconds) => seconds < Number(clock.dataset.clock));
  let asking = false;

  const left = () => Math.max(0, Math.ceil((ends - performance.now()) / 1000));

  async function tick() {
    const seconds = left();
    if (seconds === 0 || toSay.some((mark) => seconds <= mark)) await ask();
    const now = left();
    if (now === 0) return over();
    write(words(), `${capital(inWords(now))} left`);
    const passed = toSay.filter((mark) => now <= mark);
    if (passed.length) {
      toSay = toSay.filter((mark) => now > mark);
      clock.classList.replace("notice-info", "notice-attention");
      write(said, `${capital(inWords(now))} left in this quiz. Your answers are saved. You can ask for more time.`);
    }
    setTimeout(tick, Math.min(1000 * (now % 60 || 60), 15000));
  }

  /** What the portal says is left now; where it can't be reached, what this page knows. */
  async function ask() {
    if (asking) return;
    asking = true;
    const page = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (page?.ok) {
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[data-clock]");
      const seconds = Number(fresh?.dataset.clock);
      if (fresh && seconds > left() + 30) {
        ends = performance.now() + 1000 * seconds;
        toSay = SAID_AT.filter((mark) => mark < seconds);
        clock.classList.replace("notice-attention", "notice-info");
        clock.querySelector(".notice-title").replaceChildren(...fresh.querySelector(".notice-title").childNodes);
      }
    }
    asking = false;
  }

  function over() {
    write(words(), "The time is over");
    write(said, "The time is over. What you answered in time is saved and counts.");
    const link = document.createElement("a");
    link.href = clock.dataset.over;
    link.textContent = "See what happens next";
    clock.querySelector("form")?.replaceWith(link);
  }

  tick();
}

function inWords(seconds) {
  if (seconds < 60) return "less than a minute";
  const minutes = Math.ceil(seconds / 60);
  const parts = [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]];
  return parts.filter(([number]) => number).map(([number, word]) => `${number} ${word}${number === 1 ? "" : "s"}`).join(" ");
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
