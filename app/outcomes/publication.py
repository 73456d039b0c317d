"""A published version and the people who passed an older one: an outbox row is written with the approval, the worker asks them.

Ten thousand people take a while. They are asked in batches, each one transaction with the place where it ended, so that a
worker that is killed goes on where it was and a row that is carried out twice asks nobody twice.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor
from app.courses import services as courses
from app.courses.models import CourseVersion
from app.courses.rules.preparation import Prepared
from app.courses.rules.retraining import Retrain, Wish
from app.learning import services as learning
from app.learning.queries.retraining import count_touched, followed
from app.outbox import services as outbox
from app.outbox.models import OutboxRow, OutboxState
from app.outbox.services import enqueue
from app.transactions import transaction

KIND = "retraining"
PEOPLE_AT_ONCE = 200
BATCHES_A_TURN = 10


def propose(
    session: Session, prepared: Prepared, *, reason: str, wish: Wish = Wish(), by: Actor, at: datetime
) -> CourseVersion:
    """Put a version before a second person, with how many people what it asks would touch now."""
    return courses.propose_version(
        session,
        prepared,
        reason=reason,
        wish=wish,
        touches=lambda session, course_id: count_touched(session, course_id, at=at),
        by=by,
        at=at,
    )


def publish(session: Session, version_id: int, *, by: Actor, at: datetime) -> None:
    """Publish the version, and write with it that people are to be asked, where it asks something of them."""
    courses.publish(session, version_id, by=by, at=at)
    if session.get_one(CourseVersion, version_id).retrain is not Retrain.NOBODY:
        enqueue(
            session, "retraining", f"retraining:{version_id}", {"version": version_id, "after": 0, "people": 0}, at=at
        )


def carry_out(row_id: int, *, at: datetime) -> int:
    """Ask the next people of an outbox row; how many. The row is done when nobody is left, else it is due again at once."""
    asked = 0
    for turn in range(1, BATCHES_A_TURN + 1):
        with transaction() as session:
            row = session.get_one(OutboxRow, row_id, with_for_update=True, populate_existing=True)
            if row.state is not OutboxState.WAITING:
                return asked
            version = session.get_one(CourseVersion, int(row.payload["version"]))
            after, before = int(row.payload["after"]), int(row.payload["people"])
            batch = learning.ask_holders(session, version, after=after, limit=PEOPLE_AT_ONCE, by=PORTAL, at=at)
            if batch.last is None:
                learning.note_everybody_asked(session, version, before, by=PORTAL, at=at)
                outbox.done(session, row_id, at=at)
                return asked
            asked += batch.people
            row.payload = {**row.payload, "after": batch.last, "people": before + batch.people}
            if turn == BATCHES_A_TURN:
                row.leased_until = None
    return asked


def sentences(session: Session, version_id: int, *, at: datetime) -> tuple[str, ...]:
    """What an approval would bring about for people, as of now; for a published version how far it has come."""
    version = session.get(CourseVersion, version_id)
    if version is None or version.retrain is Retrain.NOBODY:
        return ("Nobody who passed an older version is asked for anything.",)
    days = f"{version.retrain_days} day{'' if version.retrain_days == 1 else 's'}"
    if version.published_at is not None:
        so_far = followed(session, version)
        return (f"{so_far.asked:,} people were asked; {so_far.done:,} of them have done it.",)
    what = "take the course again" if version.retrain is Retrain.RETAKE else "read what changed and confirm it"
    people = count_touched(session, version.course_id, at=at)
    return (
        f"Everybody whose pass of an older version still counts is asked to {what}, by the end of the day {days} after "
        f"publication where their company is. As of now these are {people:,} people; each gets a message.",
    )
