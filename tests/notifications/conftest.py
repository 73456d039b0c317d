from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage

import pytest

from app.courses.models import Course, CourseVersion, VersionState
from app.kernel.clock import now
from app.learning.models import Assignment, Origin
from app.notifications.worker import Worker
from tests.ground.second import portal_with
from tests.remediation.conftest import catalogue, stage

__all__ = ["catalogue", "portal_with", "stage"]


@dataclass
class Postman:
    """Stands in for the mail server: keeps what it is given; refuses mail to the addresses in `refuses`."""

    delivered: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def send(self, message: EmailMessage) -> None:
        if message["To"].addresses[0].addr_spec in self.refuses:
            raise OSError("the mailbox is full")
        self.delivered.append(message)

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.delivered]

    @property
    def recipients(self) -> list[str]:
        return [message["To"].addresses[0].addr_spec for message in self.delivered]


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def worker(app, clock, postman) -> Worker:
    """A background worker whose mails go to the postman."""
    return Worker(app.config["SETTINGS"], postman, app.app_context)


@pytest.fixture
def assigned(in_transaction):
    """`assigned(person, partner, "Title", due_on=…)`: the person has to take a published course of that title."""

    def assign(person, partner, title: str, *, due_on: date) -> int:
        with in_transaction() as session:
            course = Course(slug=title.lower().replace(" ", "-"), created_at=now())
            session.add(course)
            session.flush()
            version = CourseVersion(
                course_id=course.id,
                version="1.0.0",
                language="en",
                content_hash=f"{course.id:064d}",
                package=b"",
                title=title,
                description="",
                overview_html="",
                minutes=30,
                objectives={},
                assessment=None,
                attestation_statements=[],
                mastery_score=8000,
                attempts_allowed=3,
                wait_seconds=0,
                valid_days=None,
                due_days=None,
                move_on="Completed",
                gives_certificate=False,
                show_correct="passed",
                state=VersionState.PUBLISHED,
                proposed_by_id=person.id,
                proposed_at=now(),
                published_at=now(),
            )
            session.add(version)
            session.flush()
            course.current_version_id = version.id
            made = Assignment(
                person_id=person.id,
                partner_id=partner.id,
                course_id=course.id,
                origin=Origin.CAMPAIGN,
                assigned_at=now(),
                original_due_on=due_on,
                due_on=due_on,
            )
            session.add(made)
            session.flush()
            return made.id

    return assign


def body_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    return message.get_body(("plain",)).get_content()


def page_of(message: EmailMessage) -> str:
    """The HTML of a mail."""
    return message.get_body(("html",)).get_content()
