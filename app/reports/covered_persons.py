"""The covered-persons report: for each training what it is, how many were required, how many completed it, and who did not and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.learning.models import Assignment, AssignmentState, ProposalState, TrainingWaiver
from app.learning.queries.records import satisfied_by
from app.partners.models import CoveredPerson, Partner
from app.partners.queries import roster

SHOWN = 100
"""Exceptions named on the page for each training; the files name all of them."""


@dataclass(frozen=True)
class Missing:
    """A covered person who was required to complete a training and has not, and why or how late they are."""

    person_id: int
    name: str
    why: str


@dataclass(frozen=True)
class Training:
    """One course on a day. `first_due` and `last_due` are the earliest and the latest due day of those required."""

    title: str
    description: str
    minutes: int
    first_due: date
    last_due: date
    renewal: str
    required: int
    completed: int
    exceptions: Sequence[Missing]

    @property
    def percent(self) -> str:
        """With one decimal, cut, never rounded up: 99.96 % is not done."""
        if not self.required:
            return "–"
        tenths = self.completed * 1000 // self.required
        return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


@dataclass(frozen=True)
class Report:
    """On a day where the partner is. `people` is how many stand on its roster."""

    partner: Partner
    on: date
    people: int
    trainings: Sequence[Training]


def report(session: Session, partner: Partner, *, at: datetime) -> Report:
    """The report of a partner that was loaded for the reader. Statements grow with neither people nor trainings."""
    today = day_in(partner.time_zone, at)
    lines = [line for line in roster(session, partner.id) if line.joined_on <= today]
    people = {line.person_id: line for line in lines}
    assigned = _assigned(session, partner.id, sorted(people))
    waived_until = _waived_until(session, partner.id)
    done = satisfied_by(session, people, {course_id for course_id, _ in assigned}, at=at) if assigned else set()
    by_course: dict[int, dict[int, Any]] = defaultdict(dict)
    for (course_id, person_id), row in assigned.items():
        by_course[course_id][person_id] = row
    versions = {
        row.course_id: row
        for row in session.scalars(
            select(CourseVersion)
            .join(Course, Course.current_version_id == CourseVersion.id)
            .where(Course.id.in_(sorted(by_course)))
        )
    }
    trainings = []
    for course_id, required in by_course.items():
        version = versions.get(course_id)
        if version is None:
            continue
        completed = [person_id for person_id in required if (person_id, course_id) in done]
        exceptions = [
            Missing(person_id, people[person_id].person.name, _why(row, people[person_id], waived_until, today))
            for person_id, row in required.items()
            if (person_id, course_id) not in done
        ]
        trainings.append(
            Training(
                version.title,
                version.description,
                version.minutes,
                min(row.due_on for row in required.values()),
                max(row.due_on for row in required.values()),
                _renewal(version),
                len(required),
                len(completed),
                sorted(exceptions, key=lambda one: (one.name.casefold(), one.person_id)),
            )
        )
    trainings.sort(key=lambda one: one.title.casefold())
    return Report(partner, today, len(lines), trainings)


def _assigned(session: Session, partner_id: int, person_ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    """The latest assignment of each covered person and course that was not taken back."""
    found: dict[tuple[int, int], Any] = {}
    wanted = set(person_ids)
    rows = session.execute(
        select(
            Assignment.id,
            Assignment.course_id,
            Assignment.person_id,
            Assignment.due_on,
            Assignment.original_due_on,
            Assignment.state,
        )
        .where(Assignment.partner_id == partner_id, Assignment.state != AssignmentState.CANCELLED)
        .order_by(Assignment.id)
    )
    for row in rows:
        if row.person_id in wanted:
            found[(row.course_id, row.person_id)] = row
    return found


def _waived_until(session: Session, partner_id: int) -> dict[int, date]:
    rows = session.execute(
        select(TrainingWaiver.assignment_id, func.max(TrainingWaiver.until).label("until"))
        .join(Assignment, Assignment.id == TrainingWaiver.assignment_id)
        .where(Assignment.partner_id == partner_id, TrainingWaiver.state == ProposalState.ACCEPTED)
        .group_by(TrainingWaiver.assignment_id)
    )
    return {row.assignment_id: row.until for row in rows}


def _why(row: Any, line: CoveredPerson, waived_until: dict[int, date], today: date) -> str:
    if row.state is AssignmentState.WAIVED:
        until = waived_until.get(row.id)
        return f"waived until {_day(until)}" if until else "waived"
    away = line.leave_from is not None and line.leave_from <= today
    if away and (line.leave_until is None or line.leave_until >= today):
        return f"on leave until {_day(line.leave_until)}" if line.leave_until else "on leave"
    if row.state is AssignmentState.SATISFIED:
        return "completed once, lapsed since"
    moved = f" (first due on {_day(row.original_due_on)})" if row.due_on != row.original_due_on else ""
    if row.due_on < today:
        return f"overdue since {_day(row.due_on)}{moved}"
    begun = "in progress" if row.state is AssignmentState.IN_PROGRESS else "not started"
    return f"{begun}, due on {_day(row.due_on)}{moved}"


def _renewal(version: CourseVersion) -> str:
    return f"every {version.valid_for.in_words}" if version.valid_for else "once"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
