import pytest

from tests.courses.catalogue import Catalogue


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
