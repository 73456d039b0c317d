// Keeps where a reader left a lesson and its films, and offers to go back there on any device. It never scrolls by itself,
// and nothing depends on it. Without this file a lesson opens at its top.

const EVERY = 10000; // ms between two saves of the same place
const WORTH_IT = 400; // parts of ten thousand: less far down is not worth a link
const NEARLY_ALL = 9500; // further down the reader has read to the end
const FEW = 5; // seconds into a film that are not worth going back to

const text = document.querySelector(".reading-text .prose");
const place = location.pathname.match(/^\/registrations\/\d+\/units\/\d+$/)?.[0];
if (text && place) begin();

async function begin() {
  const films = [...text.querySelectorAll("video, audio")];
  films.forEach((film) => keepFilm(film));
  keepPage();
  const found = await fetch(`${place}/places`, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
  if (!found?.ok) return;
  const { part, films: seconds } = await found.json();
  films.forEach((film) => goOn(film, seconds[nameOf(film)] ?? 0));
  if (part >= WORTH_IT && part < NEARLY_ALL && !location.hash) offer(part);
}

/** Parts of ten thousand of the text above the middle of the window. */
function here() {
  const box = text.getBoundingClientRect();
  const share = (innerHeight / 2 - box.top) / Math.max(1, box.height);
  return Math.round(10000 * Math.min(1, Math.max(0, share)));
}

/** A quiet link beside "Unit 3 of 6": going back is the reader's choice, and the keyboard goes along. */
function offer(part) {
  const link = document.createElement("a");
  link.href = "#main";
  link.textContent = "Back to where you left";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const box = text.getBoundingClientRect();
    scrollTo({ top: scrollY + box.top + (part / 10000) * box.height - innerHeight / 2 });
    const nearest = [...text.children].findLast((one) => one.getBoundingClientRect().top <= innerHeight / 2) ?? text;
    nearest.tabIndex = -1;
    nearest.focus({ preventScroll: true });
    link.previousSibling.remove();
    link.remove();
  });
  document.querySelector(".reading-position")?.append(" · ", link);
}

function keepPage() {
  let saved = null; // nothing is sent before the reader has scrolled: looking in does not move the place
  let waiting = 0;

  function save(leaving) {
    clearTimeout(waiting);
    waiting = 0;
    const part = here();
    if (saved === null || Math.abs(part - saved) < 100) return;
    saved = part;
    send("reading-place", { part }, leaving);
  }

  addEventListener("scroll", () => {
    saved ??= -100;
    waiting ||= setTimeout(save, EVERY);
  }, { passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save(true));
  addEventListener("pagehide", () => save(true));
}

function keepFilm(film) {
  let saved = 0;

  function save(leaving) {
    const seconds = film.ended ? 0 : Math.floor(film.currentTime);
    if (seconds === saved) return;
    saved = seconds;
    send("film-places", { path: nameOf(film), seconds }, leaving);
  }

  film.addEventListener("timeupdate", () => Math.abs(film.currentTime - saved) >= EVERY / 1000 && save());
  film.addEventListener("pause", () => save());
  film.addEventListener("ended", () => save());
  addEventListener("pagehide", () => !film.paused && save(true));
}

/** A film that was left begins there; whoever wants the beginning moves it, as in every player. */
function goOn(film, seconds) {
  if (seconds <= FEW || film.currentTime > 0) return;
  const move = () => film.currentTime === 0 && seconds < film.duration - FEW && (film.currentTime = seconds);
  if (film.readyState >= 1) move();
  else film.addEventListener("loadedmetadata", move, { once: true });
}

/** The path of a film in its course's folder: what follows the version's hash in its address. */
function nameOf(film) {
  return decodeURIComponent(film.getAttribute("src").split("/").slice(4).join("/"));
}

function send(what, values, leaving = false) {
  const token = document.querySelector("[name=csrf_token]");
  if (!token) return;
  const body = new URLSearchParams({ csrf_token: token.value, ...values });
  fetch(`${place}/${what}`, { method: "POST", body, keepalive: leaving, redirect: "manual" }).catch(() => null);
}
