"""What follows in higher rooms from an act in a lower one, handed over by create_app: one function a cause, no registry."""

from datetime import datetime
from typing import Protocol, cast

from flask import current_app
from sqlalchemy.orm import Session

_KEY = "good_standing_consequences"


class Consequences(Protocol):
    """Implemented once, in `outcomes`. Each runs in the transaction of its cause."""

    def after_training(self, session: Session, record_id: int, *, at: datetime) -> None:
        """A training record was made."""

    def after_roster_change(self, session: Session, partner_id: int, *, at: datetime) -> None:
        """Who is covered, or in scope, has changed."""

    def after_receipt(self, session: Session, partner_id: int, material_id: int, *, at: datetime) -> None:
        """A covered person confirmed having read a material."""


def consequences() -> Consequences:
    return cast(Consequences, current_app.extensions[_KEY])


def hand_over(extensions: dict[str, object], implementation: Consequences) -> None:
    extensions[_KEY] = implementation
