"""A real Chromium on the portal: served from this process, so that it sees the test's database and the test's clock."""

import asyncio
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright
from werkzeug.serving import make_server

from tests.ground.loops import loop_set_aside, loop_taken_up

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AXE = Path(__file__).parent.parent / "vendor" / "axe" / "axe.min.js"
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_PATIENCE_MS = 10_000

_ASK_AXE = """
async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map((violation) => ({
    rule: violation.id, help: violation.help, nodes: violation.nodes.map((node) => [node.target.join(" "), node.failureSummary]),
  }));
}
"""

_ASK_OVERFLOW = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > room + 1);
  return wide.map((one) => one.tagName.toLowerCase() + (one.className ? "." + one.className : "")).slice(0, 10);
}
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@dataclass(frozen=True)
class Chromium:
    """The browser of the session and the event loop that Playwright talks to it through."""

    browser: Browser
    loop: asyncio.AbstractEventLoop | None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_installed_chromium(), args=_FLAGS)
        running = Chromium(browser, asyncio._get_running_loop())
        with loop_set_aside():
            yield running
        browser.close()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Playwright's browser, for a test that needs contexts of its own making; most want `page_for`."""
    with loop_taken_up(chromium.loop):
        yield chromium.browser


@dataclass(frozen=True)
class LiveServer:
    url: str


@pytest.fixture
def live_server(app: Flask) -> Iterator[LiveServer]:
    """The portal on a free port of this machine, in threads of this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="live-server")
    thread.start()
    yield LiveServer(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    assert not thread.is_alive(), "The live server did not stop."


@pytest.fixture
def page_for(app: Flask, browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """`page_for(person)`: a page of a browser in which that person is signed in; `page_for()`: nobody is.

    Relative addresses work (`page.goto("/tasks")`). Takes Playwright's context options: `color_scheme="dark"`,
    `viewport={"width": 360, "height": 740}`, `java_script_enabled=False`. A script error, a breach of the content
    policy, an answer of 500 or a file of ours that is missing fails the test when it ends.
    """
    contexts = []
    faults: list[str] = []

    def open_page(person: Any = None, **options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": live_server.url, "locale": "en-GB", "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        if person is not None:
            context.add_cookies([{**cookie, "url": live_server.url} for cookie in cookies_of(app, person)])
        page = context.new_page()
        _listen(page, faults)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, "The browser reported:\n" + "\n".join(faults)


def axe(page: Page, *, except_for: tuple[str, ...] = ()) -> None:
    """Fail if axe-core finds anything on the page, in the light or the dark theme. `except_for` names rules to leave out."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(_AXE.read_text(encoding="utf-8") + ";0")
        for violation in page.evaluate(_ASK_AXE, _AXE_TAGS):
            if violation["rule"] not in except_for:
                nodes = "\n".join(f"    {target}: {' '.join(why.split())}" for target, why in violation["nodes"][:5])
                found.append(f"  {violation['rule']} ({scheme}): {violation['help']}\n{nodes}")
    page.emulate_media(color_scheme=None)
    assert not found, f"axe-core on {page.url}:\n" + "\n".join(found)


def fits(page: Page, *widths: int) -> None:
    """Fail if the page has to be scrolled sideways at one of these widths (360, 768 and 1440 unless told)."""
    former = page.viewport_size
    too_wide = {}
    for width in widths or (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        if sticking_out := page.evaluate(_ASK_OVERFLOW):
            too_wide[width] = sticking_out
    if former is not None:
        page.set_viewport_size(former)
    assert not too_wide, f"{page.url} is wider than the window: {too_wide}"


def cookies_of(app: Flask, person: Any) -> list[dict[str, str]]:
    """What a browser holds in which this person has just signed in; `url` is still to be added."""
    client = app.test_client()
    with loop_set_aside():
        client.sign_in(person)
    return [{"name": cookie.key, "value": cookie.value} for cookie in (client._cookies or {}).values()]


def _listen(page: Page, faults: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        # Chromium also logs each 4xx page as an error; those are answers, and `on_response` judges them.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"{page.url}: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            faults.append(f"{response.status} for {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("response", on_response)


def _installed_chromium() -> str | None:
    """Debian's Chromium, or another that is installed; None lets Playwright use the one that it fetched itself."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in ("chromium", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    return None
