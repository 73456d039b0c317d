"""What every page of a journey is looked at for: nothing for axe to find in either theme, no sideways scrolling on a phone."""

import re

from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from tests.ground.browser import axe, fits


class Inspector:
    """Looks at a page once for each endpoint, side of the portal and heading; a journey sees most of them several times."""

    def __init__(self, app: Flask) -> None:
        self._map = app.url_map.bind("localhost")
        self.seen: set[tuple[str, str, str]] = set()

    def look(self, page: Page) -> None:
        if not page.url.startswith("http"):
            return
        kind = (
            self._endpoint(page.url),
            self._navigation(page),
            re.sub(r"[0-9]+", "0", page.locator("h1").first.inner_text()),
        )
        if kind in self.seen:
            return
        self.seen.add(kind)
        axe(page)
        fits(page, 360)

    def _endpoint(self, url: str) -> str:
        path = re.sub(r"^https?://[^/]+", "", url).partition("?")[0]
        try:
            return str(self._map.match(path)[0])
        except HTTPException:
            return path

    def _navigation(self, page: Page) -> str:
        """People with the same navigation see the same page; others may see other parts of it."""
        return "|".join(page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts())
