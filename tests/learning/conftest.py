import pytest

from tests.courses.catalogue import Catalogue
from tests.learning.cycles import Cycles
from tests.learning.school import School


@pytest.fixture
def catalogue(in_transaction, world):
    return Catalogue(in_transaction, world.actor(world.author("Avery")), world.actor(world.publisher("Mei")))


@pytest.fixture
def school(world, catalogue, in_transaction, reading, clock):
    """People and, once `school.publish()` is called, a course; the clock stands still."""
    return School(world, catalogue, in_transaction, reading)


@pytest.fixture
def cycles(app, world, catalogue, in_transaction, reading, clock):
    """The school over years: `cycles.tick()` is the worker's look at the calendar."""
    return Cycles(app, world, catalogue, in_transaction, reading)
