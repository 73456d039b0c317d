"""Somebody at a browser who reads: goes by the words of links, buttons, labels and headings, and by nothing else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, Download, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

Look = Callable[[Page], None]
_PATIENCE_MS = 5_000


class Visitor:
    """A person on a page. `look` is called on every page that opens, and judges it."""

    def __init__(self, page: Page, look: Look | None = None) -> None:
        self.page = page
        self._look = look or (lambda _page: None)

    # Reading

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def heading(self) -> str:
        """The words of the page's h1."""
        return _one_line(self.page.locator("h1").first.inner_text())

    def reads(self, *sentences: str) -> None:
        """Each of these stands on the page, visible, in these words."""
        text = _one_line(self.main.inner_text())
        for sentence in sentences:
            assert sentence in text, f"“{sentence}” does not stand on “{self.heading}”, which reads: {text}"

    def soon_reads(self, sentence: str) -> None:
        """It stands on the page now, or does within a moment without another page being opened."""
        # As a plain text it would be found in capitals and small letters alike: "Saved" in "Not saved yet".
        expect(self.main.get_by_text(re.compile(re.escape(sentence))).first).to_be_visible()

    def does_not_read(self, *sentences: str) -> None:
        text = _one_line(self.main.inner_text())
        for sentence in sentences:
            assert sentence not in text, f"“{sentence}” stands on “{self.heading}”."

    def fact(self, label: str) -> str:
        """What stands beside a term in a list of facts."""
        for row in self.main.locator("dl > div").all():
            if _one_line(row.locator("dt").inner_text()) == label:
                return _one_line(row.locator("dd").first.inner_text())
        raise AssertionError(f"No “{label}” on “{self.heading}”.")

    def row(self, *words: str) -> Locator:
        """The row of a table in which all of these words stand."""
        found = self.main.get_by_role("row")
        for word in words:
            found = found.filter(has_text=word)
        expect(found.first).to_be_visible()
        return found.first

    def offers(self, name: str) -> bool:
        """Whether a link or a button of this name can be seen."""
        return any(
            self.page.get_by_role(role, name=name, exact=True).filter(visible=True).count()  # type: ignore[arg-type]
            for role in ("link", "button")
        )

    # Going on

    def opens(self, address: str) -> "Visitor":
        """An address as somebody got it: typed from paper, or out of a mail."""
        self.page.goto(address)
        self._look(self.page)
        return self

    def goes_to(self, label: str) -> "Visitor":
        """A link of the navigation in the header."""
        return self._follow(
            self.page.get_by_role("navigation", name="Main").get_by_role("link", name=label, exact=True)
        )

    def follows(self, label: str | re.Pattern[str], within: Locator | None = None) -> "Visitor":
        """A link of the page, by its words."""
        return self._follow(_named(within or self.main, "link", label))

    def opens_task(self, title: str, of: str = "") -> "Visitor":
        """A line of a list of tasks, by its title: the link says more than that (status, due date). `of` names the list."""
        place = self.main.get_by_role("list", name=of) if of else self.main
        return self._follow(place.get_by_role("link", name=re.compile("^" + re.escape(title))))

    def presses(self, label: str | re.Pattern[str], within: Locator | None = None) -> "Visitor":
        """A button that sends a form, by its words."""
        return self._follow(_named(within or self.main, "button", label))

    def continues(self) -> "Visitor":
        """The one primary button of the page, whatever it says."""
        return self._follow(self.main.locator(".button-primary"))

    def signs_out(self) -> "Visitor":
        """From the menu behind one's own name."""
        self.page.locator("header details summary").click()
        return self._follow(self.page.get_by_role("banner").get_by_role("button", name="Sign out"))

    def unfolds(self, summary: str, within: Locator | None = None) -> "Visitor":
        """Something that is folded away until its words are clicked."""
        (within or self.main).locator("summary").filter(has_text=summary).first.click()
        return self

    def downloads(self, label: str | re.Pattern[str]) -> bytes:
        """What a link gives as a file."""
        with self.page.expect_download() as begun:
            _named(self.main, "link", label).click()
        return read(begun.value)

    def _follow(self, what: Locator) -> "Visitor":
        self._is_there(what)
        if what.count() > 1:
            # Two links of one name may stand on a page where they lead to the same place.
            assert len({link.get_attribute("href") or str(place) for place, link in enumerate(what.all())}) == 1, (
                f"On “{self.heading}” this is ambiguous: {[link.inner_text() for link in what.all()]}"
            )
        with self.page.expect_navigation(wait_until="load"):
            what.first.click()
        self._look(self.page)
        return self

    def posts_by_hand(self, address: str, **fields: str) -> APIResponse:
        """What no form of the page sends, with this browser's cookies and a token that is valid for them."""
        token = self.page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
        sent = {"csrf_token": token, "idempotency_key": "by-hand-" + "0" * 24, **fields}
        return self.page.context.request.post(address, form=sent, max_redirects=0)

    # Filling in

    def _is_there(self, what: Locator) -> Locator:
        """Wait for it; where it does not come, say what stands on the page instead."""
        try:
            what.first.wait_for(timeout=_PATIENCE_MS)
        except PlaywrightTimeout:
            named = [
                _one_line(one.inner_text())
                for one in self.main.locator("a, button, label, summary").filter(visible=True).all()
            ]
            raise AssertionError(f"Not on “{self.heading}”: {what}. There are: {named}") from None
        return what

    def writes(self, label: str, text: str, within: Locator | None = None) -> "Visitor":
        self._field(label, within).fill(text)
        return self

    def picks(self, label: str, option: str, within: Locator | None = None) -> "Visitor":
        self._field(label, within).select_option(label=option)
        return self

    def chooses(self, *labels: str, within: Locator | None = None) -> "Visitor":
        """Ticks boxes or radio buttons by their words."""
        for label in labels:
            self._box(label, within).check()
        return self

    def attaches(self, label: str, *files: tuple[str, bytes]) -> "Visitor":
        """Files, each as (name, content); the type is what a browser would say of the name."""
        self._field(label, None).set_input_files(
            [
                {"name": name, "mimeType": _TYPES.get(Path(name).suffix, ""), "buffer": content}
                for name, content in files
            ]
        )
        return self

    def _field(self, label: str, within: Locator | None) -> Locator:
        found = (within or self.main).get_by_label(re.compile("^" + re.escape(label))).filter(visible=True)
        return self._is_there(found.and_(self.page.locator("input, textarea, select"))).first

    def _box(self, label: str, within: Locator | None) -> Locator:
        place = within or self.main
        begins = re.compile("^" + re.escape(label))
        found = place.get_by_role("radio", name=begins).or_(place.get_by_role("checkbox", name=begins))
        return self._is_there(found).first


_TYPES = {".pdf": "application/pdf", ".csv": "text/csv", ".txt": "text/plain", ".png": "image/png"}


def read(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def _named(place: Locator, role: Any, label: str | re.Pattern[str]) -> Locator:
    return place.get_by_role(role, name=label, exact=isinstance(label, str)).filter(visible=True)


def _one_line(text: str) -> str:
    return " ".join(text.split())
