import pytest
from hypothesis import settings

from tests.courses.catalogue import Catalogue

# The machine that runs the suite is busy; a slow example of a property is no fault of what it tests.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def avery(world):
    return world.author("Avery")


@pytest.fixture
def mei(world):
    return world.publisher("Mei")


@pytest.fixture
def catalogue(in_transaction, world, avery, mei):
    """`catalogue.publish(folder())`: Avery proposes, Mei publishes."""
    return Catalogue(in_transaction, world.actor(avery), world.actor(mei))
