"""The books of one partner in one program, kept by people of the right roles."""

import pytest
from flask import Flask

from tests.ground.world import World
from tests.incentives.books import Books, InTransaction


@pytest.fixture
def books(app: Flask, world: World, in_transaction: InTransaction, reading: InTransaction, clock) -> Books:
    partner = world.partner("Acme")
    return Books(app, world, in_transaction, reading, partner, world.program("CLOUD", enrolled=(partner,)))
