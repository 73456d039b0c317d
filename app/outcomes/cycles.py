"""What the calendar brings about in training: passes that can be renewed open their next cycle, waivers that end bring the course back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.database import serialize
from app.learning.models import Assignment
from app.learning.services.recertification import due_renewals, open_renewals
from app.learning.services.waivers import assign_again, ended_waivers
from app.partners.models import CoveredPerson
from app.remediation.models import PlanStep, RemediationCase
from app.remediation.rules.case_states import WORKING
from app.transactions import reading, transaction


def carry_out(*, at: datetime) -> int:
    """Open what is to be opened, in a transaction for each course and partner; how many assignments were made. Safe to repeat."""
    made = 0
    for course_id, partner_id in {(one.course_id, one.partner_id): None for one in due_renewals(reading(), at=at)}:
        with transaction() as session:
            made += open_renewals(session, course_id, partner_id, at=at)
    for assignment_id in [one.id for one in _to_bring_back(reading(), at=at)]:
        with transaction() as session:
            serialize(session, "waivers-ended")
            still = [one for one in _to_bring_back(session, at=at) if one.id == assignment_id]
            made += sum(assign_again(session, one, at=at) for one in still)
    return made


def _to_bring_back(session: Session, *, at: datetime) -> list[Assignment]:
    """Without those of a case that nobody works on any more, or of people who have left its roster."""
    return [one for one in ended_waivers(session, at=at) if one.case_step_id is None or _is_asked_still(session, one)]


def _is_asked_still(session: Session, assignment: Assignment) -> bool:
    found = session.scalar(
        select(CoveredPerson.id)
        .join(RemediationCase, RemediationCase.partner_id == CoveredPerson.partner_id)
        .join(PlanStep, PlanStep.case_id == RemediationCase.id)
        .where(
            PlanStep.id == assignment.case_step_id,
            RemediationCase.state.in_(WORKING),
            CoveredPerson.person_id == assignment.person_id,
            CoveredPerson.left_on.is_(None),
        )
    )
    return found is not None
