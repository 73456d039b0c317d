// Draws the page of `flask courses preview` again once a file of the course has changed.
const shown = document.querySelector('meta[name="course-stamp"]').content;

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/stamp", { cache: "no-store" });
    if (answer.ok && (await answer.text()) !== shown) location.reload();
  } catch {
    // The preview was stopped; the page stays as it is, and follows again when it is back.
  }
}

setInterval(look, 1000);
document.addEventListener("visibilitychange", look);
