"""A second portal beside the one under test, on the same database: in another mode, or with other limits."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.extensions import db, limiter
from tests.ground.pages import PageClient


@pytest.fixture
def portal_with(app: Flask) -> Iterator[Callable[..., Flask]]:
    """`portal_with(mode=Mode.DEMO)`: the portal under test with some settings changed. It is let go of after the test."""
    made: list[Flask] = []
    was_limited = limiter.enabled

    def make(**settings: Any) -> Flask:
        other = create_app(app.config["SETTINGS"].model_copy(update=settings))
        other.test_client_class = PageClient
        made.append(other)
        return other

    yield make
    limiter.enabled = was_limited
    for other in made:
        with other.app_context():
            db.engine.dispose()
