"""Renders the gallery and the example pages without the application, and opens them in Chromium.

``python -m tests.design.gallery OUT [PAGE …]`` writes a picture of every page, wide and narrow, light and dark, into OUT.
"""

import mimetypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.design import examples

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "app" / "static"
ORIGIN = "https://gallery.test"
WIDE, NARROW = 1440, 360
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"

PAGES = {
    "components": "components/_gallery.html",
    "home": "home.html",
    "lesson": "lesson.html",
    "case": "case.html",
    "queue": "queue.html",
    "quiz": "quiz.html",
    "verify": "verify.html",
    "sign-in": "sign_in.html",
    "confirmation": "panel.html",
    "arabic": "arabic.html",
    **{f"error-{status}": f"errors/{status}.html" for status in (400, 403, 404, 409, 413, 429, 500, 503)},
}
SIGNED_OUT = {"verify", "sign-in", "error-404"}


def environment() -> Environment:
    """The portal's templates and the example pages; a name that nobody supplies is an error."""
    loader = FileSystemLoader([ROOT / "app" / "templates", ROOT / "tests" / "design" / "pages"])
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals.update(
        csrf_token=lambda: "IjhmMDk3",
        idempotency_key=lambda: "k-8b0c19",
        static_url=lambda path: f"/static/{path}",
        url_for=lambda endpoint, **values: f"/{endpoint.replace('.', '/')}",
    )
    return templates


def context(name: str, theme: str = "system") -> dict[str, Any]:
    """What the application gives to every template, and the data of the page called name."""
    signed_out = name in SIGNED_OUT
    given: dict[str, Any] = {
        "brand": examples.BRAND,
        "actor": None if signed_out else examples.ACTOR,
        "navigation": () if signed_out else examples.NAVIGATION,
        "theme": theme,
        "demo_mode": name in ("home", "sign-in"),
    }
    data = {key.lower(): value for key, value in vars(examples).items() if key.isupper()}
    own = {
        "components": {"form": examples.everything_form()},
        "sign-in": {"form": examples.SignInForm()},
        "queue": {"filters": examples.FilterForm()},
        "arabic": {"page_language": "ar"},
        "error-403": {
            "sentence": "This page is for: Compliance approver.",
            "held_by": ("Compliance approver",),
        },
        "error-500": {"reference": "7F3A91C2"},
    }
    return data | given | own.get(name, {})


def render(name: str, theme: str = "system") -> str:
    """The HTML of one page of PAGES."""
    return environment().get_template(PAGES[name]).render(**context(name, theme))


def answer(route: Route, pages: dict[str, str]) -> None:
    """Serves the gallery to the browser without a server, under the portal's own content security policy."""
    path = route.request.url.removeprefix(ORIGIN).split("?")[0].split("#")[0]
    if path.startswith("/static/"):
        file = STATIC / path.removeprefix("/static/")
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "font/woff2")
    elif path == "/brand.css":
        route.fulfill(body="", content_type="text/css")
    elif path in pages:
        route.fulfill(
            body=pages[path], content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )
    else:
        route.fulfill(status=404, body="", content_type="text/plain")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def missed(said: str) -> bool:
    """Chromium reports answers of 4xx and lost connections as errors of the page; tests bring them about on purpose."""
    return said.startswith("Failed to load resource")


@contextmanager
def opened(browser: Browser, name: str, *, theme: str = "system", **options: Any) -> Iterator[Page]:
    """The page called name in a browser context of its own; takes Playwright's context options.

    What the console complains about, a breach of the content policy for one, is raised at the end.
    """
    pages = {f"/{name}": render(name, theme)}
    session = browser.new_context(**{"viewport": {"width": WIDE, "height": 900}, "reduced_motion": "reduce", **options})
    session.route("**/*", lambda route: answer(route, pages))
    page = session.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" and not missed(said.text) else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(f"{ORIGIN}/{name}")
        yield page
    finally:
        session.close()
    assert not complaints, f"{name}: {complaints}"


def main(folder: Path, only: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in only or PAGES:
            for width in (WIDE, NARROW):
                for theme in ("light", "dark"):
                    with opened(browser, name, theme=theme, viewport={"width": width, "height": 900}) as page:
                        page.evaluate("document.fonts.ready")
                        page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
