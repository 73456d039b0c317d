"""What follows when the time of a quiz is over and nobody has handed it in: the portal does, and what follows from that follows."""

from datetime import datetime

from app.learning import services
from app.transactions import reading, transaction
from app.web.consequences import consequences


def hand_in_what_is_over(*, at: datetime) -> int:
    """Hand in every attempt past its time, each in a transaction of its own. Returns how many were."""
    handed_in = 0
    for attempt_id in services.out_of_time(reading(), at=at):
        with transaction() as session:
            submitted = services.hand_in_when_over(session, attempt_id, at=at)
            if submitted is None:
                continue
            handed_in += 1
            if submitted.record is not None:
                consequences().after_training(session, submitted.record.id, at=at)
    return handed_in
