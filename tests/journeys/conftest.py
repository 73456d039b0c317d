"""People of the journeys, and the browsers that they sit at."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from app.accounts.models import Person
from tests.ground.browser import LiveServer, cookies_of
from tests.ground.world import InTransaction, World
from tests.journeys.cast import Cast
from tests.journeys.looking import Inspector
from tests.journeys.post import Post
from tests.journeys.visitor import Visitor


@pytest.fixture
def cast(clock, world: World, in_transaction: InTransaction) -> Cast:
    """The people of the story; the clock stands still until somebody moves it."""
    return Cast(world, in_transaction)


@pytest.fixture
def inspector(app) -> Inspector:
    return Inspector(app)


@pytest.fixture
def post(app: Flask) -> Post:
    """The mail of the portal, delivered when it is asked to go round."""
    return Post(app)


Visit = Callable[..., AbstractContextManager[Visitor]]


@pytest.fixture
def visit(
    app: Flask, page_for: Callable[..., Page], live_server: LiveServer, inspector: Inspector, engine_name: str
) -> Visit:
    """`with visit(person) as nora:` opens the portal's home page with that person signed in anew, at the browser they always use.

    Without a person nobody is signed in, and the browser is a new one; so it is with Playwright's context options. Pages
    are looked at (axe, 360 px) on the first engine only: they are the same on both.
    """
    own: dict[int, Page] = {}

    @contextmanager
    def visit(
        person: Person | None = None, *, at: str = "/", looked_at: bool = True, **options: Any
    ) -> Iterator[Visitor]:
        looks = looked_at and engine_name == "sqlite" and options.get("java_script_enabled", True)
        look = inspector.look if looks else None
        if person is None or options:
            visitor = Visitor(page_for(person, **options), look)
            yield visitor.opens(at)
            visitor.page.context.close()
            return
        if person.id not in own:
            own[person.id] = page_for(person)
        else:
            own[person.id].context.add_cookies(
                [{**cookie, "url": live_server.url} for cookie in cookies_of(app, person)]  # type: ignore[list-item]
            )
        yield Visitor(own[person.id], look).opens(at)

    return visit
