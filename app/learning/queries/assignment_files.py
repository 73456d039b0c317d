"""Questions about files of assignments: the history, and what a file would do now. Whoever sends one reaches own partners only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session, undefer

from app.access.policy import Actor
from app.accounts.models import Person
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import Assignment, AssignmentFile, AssignmentState
from app.learning.queries import candidates
from app.learning.queries.candidates import CourseOffered
from app.learning.rules.assignment_file import AssignmentsRead, Judged, Reading, Verdict
from app.learning.rules.batches import Due, FileLine
from app.learning.services.assignments import reasons_to_skip
from app.partners.models import Partner
from app.partners.queries import in_reach, sees_all

PAGE = 50
UNKNOWN = "None of your partners has a person with this address. Check the spelling, or ask the partner to add them."


def _readable(by: Actor) -> ColumnElement[bool]:
    return true() if sees_all(by) else AssignmentFile.uploaded_by_id == by.person_id


def files(session: Session, *, by: Actor, after: int | None = None, limit: int = PAGE + 1) -> Sequence[AssignmentFile]:
    """Files newest first, a page at a time; `after` is the key of the last one shown."""
    statement = select(AssignmentFile).where(_readable(by)).order_by(AssignmentFile.id.desc()).limit(limit)
    return session.scalars(statement.where(AssignmentFile.id < after) if after else statement).all()


def load(session: Session, file_id: int, *, by: Actor) -> AssignmentFile:
    """A file with its bytes and failed lines; NotFound for that of somebody else."""
    found = session.scalar(
        select(AssignmentFile)
        .where(AssignmentFile.id == file_id, _readable(by))
        .options(undefer(AssignmentFile.content), undefer(AssignmentFile.failed))
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class DryRun:
    """What a file would do: a verdict for each line, and the assignments of the new ones."""

    judged: tuple[Judged, ...]
    lines: tuple[FileLine, ...]

    def count(self, verdict: Verdict) -> int:
        return sum(one.verdict is verdict for one in self.judged)

    @property
    def counts(self) -> dict[str, int]:
        return {verdict.value: self.count(verdict) for verdict in Verdict}

    @property
    def failed(self) -> list[Judged]:
        """Lines that make no assignment although they ask for one that is not there."""
        return [one for one in self.judged if one.verdict in (Verdict.ERROR, Verdict.SKIPPED)]


@dataclass(frozen=True)
class _Known:
    person_id: int
    partner_id: int
    number: str
    zone: str


@dataclass
class _Asked:
    """A line whose person, course and day are known."""

    reading: Reading
    line: FileLine


def dry_run(session: Session, file: AssignmentsRead, *, by: Actor, at: datetime) -> DryRun:
    """Judge a file as things stand, and change nothing. Statements grow with the pairs of partner and course, not with lines."""
    courses = _courses(session)
    people = _people(session, {one.email for one in file.readings}, by=by)
    judged: dict[int, Judged] = {}
    asked: list[_Asked] = []
    first: dict[tuple[int, int], int] = {}
    for reading in file.readings:
        found = _asked(reading, people, courses, at=at)
        if isinstance(found, Judged):
            judged[reading.row.line] = found
            continue
        pair = (found.line.person_id, found.line.course_id)
        if pair in first:
            judged[reading.row.line] = Judged(
                reading.row,
                Verdict.ERROR,
                "",
                f"Line {first[pair]} names the same person and course. Keep one of them.",
            )
            continue
        first[pair] = reading.row.line
        asked.append(found)
    lines = []
    reasons, running = _reasons(session, asked, at=at), _running(session, asked)
    for one in asked:
        pair = (one.line.person_id, one.line.course_id)
        if running.get(pair) == one.line.due_on:
            verdict = Judged(one.reading.row, Verdict.UNCHANGED)
        elif pair in reasons:
            verdict = Judged(one.reading.row, Verdict.SKIPPED, "", f"Not assigned: {reasons[pair]}.")
        else:
            verdict = Judged(one.reading.row, Verdict.NEW)
            lines.append(one.line)
        judged[one.reading.row.line] = verdict
    return DryRun(tuple(judged[reading.row.line] for reading in file.readings), tuple(lines))


def _courses(session: Session) -> dict[str, CourseOffered]:
    """By folder name and by title, whichever the file uses; a title that two courses share names neither."""
    found = candidates.offered(session)
    titles = [one.title.casefold() for one in found]
    named = {one.title.casefold(): one for one in found if titles.count(one.title.casefold()) == 1}
    return {**named, **{one.slug: one for one in found}}


def _people(session: Session, emails: set[str], *, by: Actor) -> dict[str, _Known]:
    rows = session.execute(
        select(Person.email, Person.id, Partner.id.label("partner_id"), Partner.number, Partner.time_zone)
        .join(Partner, Partner.id == Person.partner_id)
        .where(Person.email.in_(emails), in_reach(by, Partner.id))
    )
    return {row.email: _Known(row.id, row.partner_id, row.number, row.time_zone) for row in rows}


def _asked(
    reading: Reading, people: dict[str, _Known], courses: dict[str, CourseOffered], *, at: datetime
) -> _Asked | Judged:
    errors = [(one.column, one.sentence) for one in reading.errors]
    at_fault = {column for column, _ in errors}
    person = people.get(reading.email)
    if person is None and "email" not in at_fault:
        errors.append(("email", UNKNOWN))
    if person is not None and reading.partner and reading.partner != person.number:
        errors.append(
            ("partner", f"This person is not at {reading.partner[:20]}. Correct the number, or leave it empty.")
        )
    course = courses.get(reading.course) or courses.get(reading.course.casefold())
    if course is None and "course" not in at_fault:
        errors.append(("course", f"No published course is called “{reading.course[:80]}”."))
    due_on: date | None = None
    if person is not None and course is not None and not at_fault & {"due_on", "due_in_days"}:
        due_on = Due(reading.due_on, reading.due_in_days).day(course.due_days, person.zone, made_at=at)
        if due_on is None:
            errors.append(("due_on", "Enter a day or a number of days: this course does not say how long it may take."))
        elif due_on < day_in(person.zone, at):
            errors.append(("due_on", "This day has passed already. Enter today or a later day."))
    if errors or person is None or course is None or due_on is None:
        said = " ".join(f"{column}: {sentence}" if column else sentence for column, sentence in errors[1:])
        column, sentence = errors[0]
        return Judged(reading.row, Verdict.ERROR, column, f"{sentence} {said}".strip())
    return _Asked(reading, FileLine(person.person_id, person.partner_id, course.id, due_on))


def _reasons(session: Session, asked: Sequence[_Asked], *, at: datetime) -> dict[tuple[int, int], str]:
    """Why people need no new assignment, by person and course."""
    groups: dict[tuple[int, int], list[int]] = {}
    for one in asked:
        groups.setdefault((one.line.partner_id, one.line.course_id), []).append(one.line.person_id)
    at_hand = {
        one.id: one
        for one in session.scalars(select(Partner).where(Partner.id.in_({partner for partner, _ in groups})))
    }
    return {
        (person_id, course_id): reason
        for (partner_id, course_id), person_ids in groups.items()
        for person_id, reason in reasons_to_skip(
            session, person_ids, course_id, partner=at_hand[partner_id], at=at
        ).items()
    }


def _running(session: Session, asked: Sequence[_Asked]) -> dict[tuple[int, int], date]:
    """The due day, as first set, of what is open, by person and course."""
    rows = session.execute(
        select(Assignment.person_id, Assignment.course_id, Assignment.original_due_on).where(
            Assignment.person_id.in_({one.line.person_id for one in asked}),
            Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)),
        )
    )
    return {(row.person_id, row.course_id): row.original_due_on for row in rows}
