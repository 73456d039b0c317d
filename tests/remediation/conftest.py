import pytest

from tests.courses.catalogue import Catalogue
from tests.learning.school import School
from tests.remediation.stage import Stage


@pytest.fixture
def catalogue(in_transaction, world):
    return Catalogue(in_transaction, world.actor(world.author("Avery")), world.actor(world.publisher("Mei")))


@pytest.fixture
def stage(world, catalogue, in_transaction, reading, clock):
    """The people of a case; the clock stands still."""
    return Stage(School(world, catalogue, in_transaction, reading))
