"""Loading by the address of a page: whoever asks is part of the question, and what is out of reach does not exist."""

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.kernel.errors import NotFound
from app.partners.models import Partner, Program
from app.partners.queries import in_reach, sees_all
from app.remediation.models import (
    CaseState,
    Determination,
    DeterminationReview,
    EngagementSession,
    EvidenceFile,
    EvidenceRevision,
    Infraction,
    Notice,
    NoticeState,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
)

# The partner sees its steps from here on: the notice is acknowledged and the plan is in force.
_STEPS_ARE_SHOWN = (
    CaseState.IN_REMEDIATION,
    CaseState.COMPLETION_REVIEW,
    CaseState.MONITORING,
    CaseState.REFERRED,
    CaseState.CLOSED_COMPLETED,
    CaseState.CLOSED_OFFBOARDED,
    CaseState.DISMISSED,
)


def sees_inside(by: Actor) -> bool:
    """May this actor read the vendor's inside of a case: drafts, infractions, notes, proposals? The partner and its representative may not."""
    return sees_all(by)


def visible(by: Actor) -> ColumnElement[bool]:
    """The condition on cases that keeps a statement inside what the actor may know of."""
    known = true() if sees_inside(by) else RemediationCase.notified_at.is_not(None)
    return in_reach(by, RemediationCase.partner_id) & known


def load_case(session: Session, number: str, *, by: Actor) -> RemediationCase:
    """A case by its number; NotFound outside reach, and before its notice for those who must not know of it yet."""
    case = session.scalar(select(RemediationCase).where(RemediationCase.number == number, visible(by)))
    if case is None:
        raise NotFound
    return case


def parties(session: Session, case: RemediationCase) -> tuple[Partner, Program]:
    """The partner and the program of a case that was loaded."""
    return session.get_one(Partner, case.partner_id), session.get_one(Program, case.program_id)


def load_infraction(session: Session, infraction_id: int, *, by: Actor) -> Infraction:
    found = session.scalar(
        select(Infraction).where(Infraction.id == infraction_id, in_reach(by, Infraction.partner_id))
    )
    if found is None or not sees_inside(by):
        raise NotFound
    return found


def load_notice(session: Session, notice_id: int, *, by: Actor) -> tuple[Notice, RemediationCase]:
    """A notice with its case. Those outside see it once it was served."""
    row = session.execute(
        select(Notice, RemediationCase)
        .join(RemediationCase, RemediationCase.id == Notice.case_id)
        .where(Notice.id == notice_id, visible(by))
    ).one_or_none()
    if row is None or not (sees_inside(by) or row.Notice.state is NoticeState.SERVED):
        raise NotFound
    return row.Notice, row.RemediationCase


def shows_steps(case: RemediationCase, by: Actor) -> bool:
    return sees_inside(by) or case.state in _STEPS_ARE_SHOWN


def load_step(
    session: Session, number: str, step_id: int, *, by: Actor
) -> tuple[RemediationCase, PlanVersion, PlanStep]:
    """A step of the plan that is in force, through its case."""
    case = load_case(session, number, by=by)
    row = session.execute(
        select(PlanVersion, PlanStep)
        .join(PlanStep, PlanStep.plan_version_id == PlanVersion.id)
        .where(PlanStep.id == step_id, PlanStep.case_id == case.id, PlanVersion.state == PlanState.ACCEPTED)
    ).one_or_none()
    if row is None or not shows_steps(case, by):
        raise NotFound
    return case, row.PlanVersion, row.PlanStep


def load_plan(session: Session, number: str, version: int, *, by: Actor) -> tuple[RemediationCase, PlanVersion]:
    """A version of the plan: those outside see only the accepted one."""
    case = load_case(session, number, by=by)
    plan = session.scalar(select(PlanVersion).where(PlanVersion.case_id == case.id, PlanVersion.version == version))
    if plan is None or not (sees_inside(by) or (plan.state is PlanState.ACCEPTED and shows_steps(case, by))):
        raise NotFound
    return case, plan


def load_session(
    session: Session, session_id: int, *, by: Actor
) -> tuple[RemediationCase, PlanStep, EngagementSession]:
    """An engagement session with its step and case."""
    row = session.execute(
        select(RemediationCase, PlanStep, EngagementSession)
        .join(PlanStep, PlanStep.id == EngagementSession.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .where(EngagementSession.id == session_id, visible(by))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]


def may_read_evidence(by: Actor) -> bool:
    """The partner's own case people and those inside. A representative follows the progress, not the papers."""
    return by.partner_id is not None or sees_inside(by)


def load_file(session: Session, step: PlanStep, revision_number: int, file_id: int, *, by: Actor) -> EvidenceFile:
    """A file of a revision of a step that the caller loaded for the same actor."""
    file = session.scalar(
        select(EvidenceFile)
        .join(EvidenceRevision, EvidenceRevision.id == EvidenceFile.revision_id)
        .where(
            EvidenceFile.id == file_id,
            EvidenceRevision.step_id == step.id,
            EvidenceRevision.number == revision_number,
        )
    )
    if file is None or not may_read_evidence(by):
        raise NotFound
    return file


def load_determination(session: Session, case: RemediationCase, determination_id: int, *, by: Actor) -> Determination:
    """A determination of a case that was loaded, for those inside."""
    found = session.scalar(
        select(Determination).where(Determination.id == determination_id, Determination.case_id == case.id)
    )
    if found is None or not sees_inside(by):
        raise NotFound
    return found


def load_review(session: Session, review_id: int, *, by: Actor) -> DeterminationReview:
    """A review of a determination; for the vendor's inside only."""
    found = session.scalar(
        select(DeterminationReview)
        .join(RemediationCase, RemediationCase.id == DeterminationReview.case_id)
        .where(DeterminationReview.id == review_id, visible(by))
    )
    if found is None or not sees_inside(by):
        raise NotFound
    return found
