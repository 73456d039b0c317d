"""Walks through the portal, each person's taken once and looked at by many tests."""

from collections.abc import Callable

import pytest

from tests.architecture.routes.crawl import Walks
from tests.ground.furnished import FurnishedGround


@pytest.fixture(scope="session")
def walks(furnished_grounds: Callable[[str], FurnishedGround]) -> Walks:
    return Walks(furnished_grounds("sqlite"))
