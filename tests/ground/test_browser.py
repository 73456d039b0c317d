"""The browser's own checks find what they are for; a page that passes them has been looked at."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.ground.browser import axe, fits
from tests.ground.loops import loop_set_aside

pytestmark = pytest.mark.one_engine

PALE = """<!doctype html><html lang="en"><head><title>Pale</title><style>
body { color: #111; background: #fff } @media (prefers-color-scheme: dark) { body { color: #333; background: #111 } }
</style></head><body><main><h1>Pale</h1><p>Words</p></main></body></html>"""


def test_axe_reads_both_themes(page_for: Callable[..., Page]) -> None:
    page = page_for()
    page.set_content(PALE)
    with pytest.raises(AssertionError, match=r"color-contrast \(dark\)"):
        axe(page)
    axe(page, except_for=("color-contrast",))


def test_sideways_scrolling_is_seen(page_for: Callable[..., Page]) -> None:
    page = page_for()
    page.set_content('<p style="width: 700px">Wide</p>')
    with pytest.raises(AssertionError, match="360"):
        fits(page)
    fits(page, 800)


def test_a_service_may_run_its_own_loop_while_a_browser_is_open(page_for: Callable[..., Page]) -> None:
    page = page_for()

    async def three() -> int:
        return 3

    with loop_set_aside():
        assert asyncio.run(three()) == 3
    assert page.evaluate("1 + 2") == 3


def test_the_portal_is_served_to_the_browser(page_for: Callable[..., Page]) -> None:
    page = page_for()
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
