"""Counting a training or reading step: the roster against training records and receipts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course
from app.courses.queries import acknowledged
from app.kernel.clock import day_in
from app.learning.queries.records import satisfied_by, waived
from app.partners.models import Partner
from app.partners.queries import roster
from app.remediation.models import PlanStep, RemediationCase, StepKind
from app.remediation.rules.coverage import Coverage, InScope, coverage


def coverage_of(session: Session, case: RemediationCase, step: PlanStep, *, at: datetime) -> Coverage:
    """Who of the roster has done what the step asks, at an instant; the day is the partner's."""
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
    if step.kind is StepKind.TRAINING:
        asked = list(step.courses)
        slugs = {
            row.id: row.slug for row in session.execute(select(Course.id, Course.slug).where(Course.slug.in_(asked)))
        }
        done = {(person, slugs[course]) for person, course in satisfied_by(session, people, slugs, at=at)}
        excused = {
            (person, slugs[course]): day for (person, course), day in waived(session, people, slugs, at=at).items()
        }
    else:
        asked = list(step.materials)
        done, excused = acknowledged(session, asked, people), {}
    on = day_in(partner.time_zone, at)
    return coverage(lines, asked, done, target=step.coverage_target or 10_000, on=on, waived=excused)
