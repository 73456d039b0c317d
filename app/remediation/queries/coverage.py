"""Counting a training or reading step: the roster against training records and receipts."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.courses.queries import acknowledged
from app.kernel.clock import day_in
from app.learning.queries.records import ids_of, satisfied_by, waived
from app.partners.models import Partner
from app.partners.queries import roster
from app.remediation.models import PlanStep, RemediationCase, StepKind
from app.remediation.rules.coverage import Coverage, InScope, coverage


def coverage_of(session: Session, case: RemediationCase, step: PlanStep, *, at: datetime) -> Coverage:
    """Who of the roster has done what the step asks, at an instant; the day is the partner's."""
    return coverages_of(session, case, [step], at=at)[step.id]


def coverages_of(
    session: Session, case: RemediationCase, steps: Sequence[PlanStep], *, at: datetime
) -> dict[int, Coverage]:
    """As `coverage_of`, by step id, for training and reading steps of one case; as many statements for all of them as for one."""
    if not steps:
        return {}
    partner = session.get_one(Partner, case.partner_id)
    lines = [
        InScope(
            line.person_id,
            line.person.name,
            line.category.value,
            line.joined_on,
            line.leave_from,
            line.leave_until,
            line.leave_reason,
        )
        for line in roster(session, partner.id)
    ]
    people = [line.person_id for line in lines]
    courses = sorted({slug for step in steps if step.kind is StepKind.TRAINING for slug in step.courses})
    materials = sorted({slug for step in steps if step.kind is not StepKind.TRAINING for slug in step.materials})
    trained, excused = _trained(session, people, courses, at=at)
    read = acknowledged(session, materials, people)
    on = day_in(partner.time_zone, at)
    found = {}
    for step in steps:
        target = step.coverage_target or 10_000
        if step.kind is StepKind.TRAINING:
            found[step.id] = coverage(lines, list(step.courses), trained, target=target, on=on, waived=excused)
        else:
            found[step.id] = coverage(lines, list(step.materials), read, target=target, on=on)
    return found


def _trained(
    session: Session, people: Sequence[int], courses: Sequence[str], *, at: datetime
) -> tuple[set[tuple[int, str]], dict[tuple[int, str], date]]:
    """(person id, course) of those who satisfy it, and with the last day of its waiver of those who need not."""
    ids = ids_of(session, courses)
    names = {course_id: slug for slug, course_id in ids.items()}
    done = {(person, names[course]) for person, course in satisfied_by(session, people, names, at=at)}
    excused = {(person, names[course]): day for (person, course), day in waived(session, people, names, at=at).items()}
    return done, excused
