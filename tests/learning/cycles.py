"""A school whose people are followed over years: courses that lapse, build on each other, or are confirmed."""

from datetime import date

from sqlalchemy import select

from app.courses.models import Course
from app.courses.rules.bundle import Bundle
from app.kernel.clock import now
from app.learning import services
from app.learning.models import Assignment, Origin, TrainingRecord
from app.learning.services.confirmations import confirm_completion, return_completion
from app.outcomes import cycles, decisions
from app.outcomes.training import Outcomes
from tests.learning.school import LESSONS, School, gifts

RENEWED = "attempts: 3\nvalid_for: P1Y\nrenew_from: P60D"
CONFIRMED = "attempts: 3\nvalid_for: P1Y\nconfirm: compliance"


def reading_course(title: str, settings: str = "attempts: 3") -> Bundle:
    """Three lessons and no quiz: completed by reading."""
    return gifts(title=title, settings=settings, quiz=False, lessons=LESSONS)


class Cycles(School):
    """The school, with Sam and Priya of compliance and the worker that looks at the calendar."""

    def __init__(self, app, *args):
        super().__init__(*args)
        self.app = app
        self.sam, self.priya = self.world.analyst("Sam"), self.world.approver("Priya")

    def tick(self) -> int:
        """What the worker does once an hour."""
        with self.app.app_context():
            return cycles.carry_out(at=now())

    def assignments_of(self, person, *, slug: str = "gifts") -> list[Assignment]:
        with self.reading() as session:
            return list(
                session.scalars(
                    select(Assignment)
                    .join(Course, Course.id == Assignment.course_id)
                    .where(Assignment.person_id == person.id, Course.slug == slug)
                    .order_by(Assignment.id)
                )
            )

    def pass_quiz(self, assignment: Assignment, person) -> TrainingRecord:
        registration_id = self.begin(assignment, person)
        self.read(registration_id, person)
        return self.attempt(registration_id, person, right=True).record

    def read_through(self, assignment: Assignment, person) -> TrainingRecord:
        """A course without a quiz, to its end."""
        registration_id = self.begin(assignment, person)
        actor = self.world.actor(person)
        record = None
        for position in (1, 2, 3):
            with self.in_transaction() as session:
                _, record = services.complete_unit(session, registration_id, position, by=actor, at=now())
        assert record is not None
        return record

    def confirm(self, record: TrainingRecord, *, by=None) -> None:
        with self.in_transaction() as session:
            found = session.get_one(TrainingRecord, record.id)
            confirm_completion(session, found, "", by=self.world.actor(by or self.sam), at=now())
            Outcomes().after_training(session, found.id, at=now())

    def send_back(self, record: TrainingRecord, comment: str = "The answer on gifts is too short.", *, by=None) -> None:
        with self.in_transaction() as session:
            found = session.get_one(TrainingRecord, record.id)
            return_completion(session, found, comment, by=self.world.actor(by or self.sam), at=now())

    def approve(self, decision_id: int, *, by=None, approve: bool = True) -> None:
        with self.in_transaction() as session:
            decisions.decide(
                session,
                decision_id,
                approve=approve,
                reason="Looked at it.",
                by=self.world.actor(by or self.priya),
                at=now(),
            )

    def assign_as(self, person, *, slug: str = "gifts", origin: Origin, due_on: date, by) -> Assignment:
        with self.in_transaction() as session:
            course = session.scalars(select(Course).where(Course.slug == slug)).one()
            made = services.assign(
                session,
                [person.id],
                course,
                origin=origin,
                due_on=due_on,
                partner_id=person.partner_id,
                by=self.world.actor(by),
                at=now(),
            )
            return made.made[0]
