"""What somebody has learned, line by line: records as they stand, training done elsewhere, and what is still to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, String, literal, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import (
    Assignment,
    AssignmentState,
    Confirmed,
    EquivalentTraining,
    ProposalState,
    RecordConfirmation,
    TrainingRecord,
)
from app.partners.models import Partner

PAGE = 100
_AT_ONCE = 500
MOST_PRINTED = 1000
"""A PDF has at most so many lines; a CSV file has all of them."""


@dataclass(frozen=True)
class Line:
    """One training of one person. `score` and `mastery_score` are parts of ten thousand, None where there is none or it is not shown.

    `standing` says in words what it is worth on the day of the transcript.
    """

    person_id: int
    person_name: str
    title: str
    version: str
    language: str
    completed_on: date
    valid_until: date | None
    score: int | None
    mastery_score: int | None
    minutes: int
    standing: str
    reference: str


@dataclass(frozen=True)
class ToDo:
    title: str
    due_on: date
    overdue: bool


@dataclass(frozen=True)
class Transcript:
    """Of one person, on a day where their partner is."""

    person_id: int
    person_name: str
    partner: Partner
    on: date
    lines: Sequence[Line]
    to_do: Sequence[ToDo]


_newer = aliased(TrainingRecord)
_RECORDS = (
    select(
        TrainingRecord,
        _newer.id.label("superseded_by"),
        RecordConfirmation.outcome.label("confirmation"),
        Person.name.label("name_now"),
    )
    .join(Person, Person.id == TrainingRecord.person_id)
    .outerjoin(_newer, _newer.supersedes_id == TrainingRecord.id)
    .outerjoin(RecordConfirmation, RecordConfirmation.record_id == TrainingRecord.id)
)
_ELSEWHERE = (
    select(EquivalentTraining, Person.name.label("name_now"))
    .join(Person, Person.id == EquivalentTraining.person_id)
    .where(EquivalentTraining.state == ProposalState.ACCEPTED)
)


def of_person(session: Session, person_id: int, partner: Partner, *, scores: bool, at: datetime) -> Transcript:
    """Everything that one person of a partner has completed, newest first, and what is to do. The caller has loaded the partner by reach."""
    name = session.scalar(select(Person.name).where(Person.id == person_id, Person.partner_id == partner.id))
    if name is None:
        raise NotFound
    today = day_in(partner.time_zone, at)
    records = _RECORDS.where(TrainingRecord.person_id == person_id, TrainingRecord.partner_id == partner.id)
    elsewhere = _ELSEWHERE.where(EquivalentTraining.person_id == person_id, EquivalentTraining.partner_id == partner.id)
    lines = [
        *(_of_record(row, today, scores) for row in session.execute(records)),
        *(_of_elsewhere(row, today) for row in session.execute(elsewhere)),
    ]
    lines.sort(key=lambda line: (line.completed_on, line.reference), reverse=True)
    return Transcript(person_id, name, partner, today, lines, _to_do(session, person_id, today))


def _to_do(session: Session, person_id: int, today: date) -> list[ToDo]:
    rows = session.execute(
        select(CourseVersion.title, Assignment.due_on)
        .join_from(Assignment, Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.person_id == person_id,
            Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)),
        )
        .order_by(Assignment.due_on, CourseVersion.title)
    )
    return [ToDo(row.title, row.due_on, row.due_on < today) for row in rows]


@dataclass(frozen=True)
class PartnerTranscript:
    """A page of what a partner's people have completed, by name; `following` is where the next page begins."""

    partner: Partner
    on: date
    lines: Sequence[Line]
    following: str | None


def of_partner(
    session: Session, partner: Partner, *, scores: bool, after: str = "", limit: int = PAGE, at: datetime
) -> PartnerTranscript:
    """Training records and accepted training done elsewhere of a partner's people, by name, then oldest first."""
    today = day_in(partner.time_zone, at)
    rows = session.execute(_places(partner.id, _cursor(after)).limit(limit + 1)).all()
    page = rows[:limit]
    records = [row.number for row in page if row.kind == "R"]
    elsewhere = [row.number for row in page if row.kind == "E"]
    lines: dict[tuple[str, int], Line] = {}
    for start in range(0, len(records), _AT_ONCE):
        for row in session.execute(_RECORDS.where(TrainingRecord.id.in_(records[start : start + _AT_ONCE]))):
            lines[("R", row[0].id)] = _of_record(row, today, scores)
    for start in range(0, len(elsewhere), _AT_ONCE):
        for one in session.execute(_ELSEWHERE.where(EquivalentTraining.id.in_(elsewhere[start : start + _AT_ONCE]))):
            lines[("E", one[0].id)] = _of_elsewhere(one, today)
    following = None
    if len(rows) > limit:
        last = page[-1]
        following = f"{last.person_id}.{last.day.isoformat()}.{last.kind}.{last.number}"
    return PartnerTranscript(partner, today, [lines[(row.kind, row.number)] for row in page], following)


def _places(partner_id: int, after: tuple[int, date, str, int] | None) -> Select[Any]:
    """Where each line stands: by the person's name now, then by day. The database orders, so that its pages have no gaps."""
    records = (
        select(
            Person.name,
            Person.id.label("person_id"),
            TrainingRecord.passed_on.label("day"),
            literal_column("'R'", String).label("kind"),
            TrainingRecord.id.label("number"),
        )
        .join(TrainingRecord, TrainingRecord.person_id == Person.id)
        .where(TrainingRecord.partner_id == partner_id)
    )
    elsewhere = (
        select(
            Person.name,
            Person.id,
            EquivalentTraining.completed_on,
            literal_column("'E'", String),
            EquivalentTraining.id,
        )
        .join(EquivalentTraining, EquivalentTraining.person_id == Person.id)
        .where(EquivalentTraining.partner_id == partner_id, EquivalentTraining.state == ProposalState.ACCEPTED)
    )
    found = union_all(records, elsewhere).subquery()
    order = (found.c.name, found.c.person_id, found.c.day, found.c.kind, found.c.number)
    statement = select(*order).order_by(*order)
    if after is not None:
        person_id, day, kind, number = after
        name = select(Person.name).where(Person.id == person_id).scalar_subquery()
        place = tuple_(name, literal(person_id), literal(day), literal(kind), literal(number))
        statement = statement.where(tuple_(*order) > place)
    return statement


def _cursor(after: str) -> tuple[int, date, str, int] | None:
    try:
        person_id, day, kind, number = after.split(".")
        return int(person_id[:18]), date.fromisoformat(day), "E" if kind == "E" else "R", int(number[:18])
    except ValueError:
        return None


def _of_record(row: Any, today: date, scores: bool) -> Line:
    record: TrainingRecord = row[0]
    return Line(
        record.person_id,
        record.person_name,
        record.course_title,
        record.course_version,
        record.language,
        record.passed_on,
        record.valid_until,
        record.score if scores else None,
        record.mastery_score if scores and record.score is not None else None,
        max(1, record.active_seconds // 60),
        _standing(record, row.superseded_by, row.confirmation, today),
        f"Training record {record.id}",
    )


def _standing(record: TrainingRecord, superseded_by: int | None, confirmation: Confirmed | None, today: date) -> str:
    if superseded_by is not None:
        return f"Corrected by training record {superseded_by}"
    if record.needs_confirmation and confirmation is None:
        return "Waits for confirmation"
    if confirmation is Confirmed.RETURNED:
        return "Returned, does not count"
    return _lapse(record.valid_until, today)


def _lapse(valid_until: date | None, today: date) -> str:
    if valid_until is None:
        return "Counts"
    return "Counts" if valid_until >= today else "Lapsed"


def _of_elsewhere(row: Any, today: date) -> Line:
    one: EquivalentTraining = row[0]
    return Line(
        one.person_id,
        row.name_now,
        f"{one.title} ({one.provider})",
        "",
        "",
        one.completed_on,
        one.valid_until,
        None,
        None,
        0,
        f"Done elsewhere. {_lapse(one.valid_until, today)}",
        f"Accepted training {one.id}",
    )
