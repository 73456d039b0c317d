"""The staff's queue of cases: by state and partner, a page at a time, with what each waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.partners.models import Partner, Program
from app.remediation.models import (
    CaseDeadline,
    CaseFlag,
    CaseState,
    DeadlineKind,
    EvidenceRevision,
    Mark,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    ReviewState,
)
from app.remediation.queries.loading import visible
from app.remediation.rules.case_states import CLOSED
from app.remediation.rules.step_states import DONE


@dataclass(frozen=True)
class CaseRow:
    case: RemediationCase
    partner: Partner
    program: Program
    due_on: date | None
    steps: int
    steps_done: int
    to_review: int
    marks: tuple[Mark, ...]


def cases(
    session: Session,
    *,
    by: Actor,
    state: CaseState | None = None,
    include_closed: bool = False,
    partner: str = "",
    after: int | None = None,
    limit: int = 50,
) -> list[CaseRow]:
    """Cases in reach, newest first. Without a state: the open ones, or all. `after` is the id of the last one shown."""
    due = (
        select(CaseDeadline.current_due_on)
        .where(CaseDeadline.case_id == RemediationCase.id, CaseDeadline.kind == DeadlineKind.PROGRAM)
        .scalar_subquery()
    )
    statement = (
        select(RemediationCase, Partner, Program, due.label("due_on"))
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(Program, Program.id == RemediationCase.program_id)
        .where(visible(by))
        .order_by(RemediationCase.id.desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(RemediationCase.state == state)
    elif not include_closed:
        statement = statement.where(RemediationCase.state.not_in(CLOSED))
    if partner:
        statement = statement.where(Partner.number == partner)
    if after is not None:
        statement = statement.where(RemediationCase.id < after)
    rows = session.execute(statement).all()
    ids = [row.RemediationCase.id for row in rows]
    counted = _steps(session, ids)
    waiting = _to_review(session, ids)
    marks = _marks(session, ids)
    return [
        CaseRow(
            row.RemediationCase,
            row.Partner,
            row.Program,
            row.due_on,
            *counted.get(row.RemediationCase.id, (0, 0)),
            waiting.get(row.RemediationCase.id, 0),
            tuple(marks.get(row.RemediationCase.id, ())),
        )
        for row in rows
    ]


def _steps(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for row in session.execute(
        select(PlanStep.case_id, PlanStep.state, func.count().label("many"))
        .join(PlanVersion, PlanVersion.id == PlanStep.plan_version_id)
        .where(PlanStep.case_id.in_(ids), PlanVersion.state == PlanState.ACCEPTED)
        .group_by(PlanStep.case_id, PlanStep.state)
    ):
        total, done = found.get(row.case_id, (0, 0))
        found[row.case_id] = (total + row.many, done + (row.many if row.state in DONE else 0))
    return found


def _to_review(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(PlanStep.case_id, func.count().label("many"))
        .join(EvidenceRevision, EvidenceRevision.step_id == PlanStep.id)
        .where(
            PlanStep.case_id.in_(ids),
            EvidenceRevision.review == ReviewState.WAITING,
            EvidenceRevision.replaced_at.is_(None),
        )
        .group_by(PlanStep.case_id)
    )
    return {row.case_id: row.many for row in rows}


def _marks(session: Session, ids: Sequence[int]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for row in session.execute(
        select(CaseFlag.case_id, CaseFlag.mark).where(CaseFlag.case_id.in_(ids), CaseFlag.lifted_at.is_(None))
    ):
        found.setdefault(row.case_id, []).append(row.mark)
    return found
