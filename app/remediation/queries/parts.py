"""The parts of one case that was loaded: infractions, notices, plan, steps, evidence, sessions, signatures, judgements."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.remediation.models import (
    CaseDeadline,
    CaseFlag,
    CaseInfraction,
    CaseNote,
    CaseTransition,
    CompletionAttestation,
    DeadlineKind,
    Determination,
    DeterminationReview,
    EngagementSession,
    EvidenceFile,
    EvidenceManifest,
    EvidenceRevision,
    Infraction,
    Notice,
    PlanState,
    PlanStep,
    PlanVersion,
    Referral,
    ReviewOutcome,
    SessionState,
    StepTransition,
)


def infractions_of(session: Session, case_id: int) -> Sequence[Infraction]:
    """The infractions that a case is about, oldest first."""
    return session.scalars(
        select(Infraction)
        .join(CaseInfraction, CaseInfraction.infraction_id == Infraction.id)
        .where(CaseInfraction.case_id == case_id)
        .order_by(Infraction.occurred_on, Infraction.id)
    ).all()


def notices_of(session: Session, case_id: int) -> Sequence[Notice]:
    """All versions of the notice, newest first."""
    return session.scalars(select(Notice).where(Notice.case_id == case_id).order_by(Notice.version.desc())).all()


def plans_of(session: Session, case_id: int) -> Sequence[PlanVersion]:
    """All versions of the plan, newest first."""
    return session.scalars(
        select(PlanVersion).where(PlanVersion.case_id == case_id).order_by(PlanVersion.version.desc())
    ).all()


def accepted_plan(session: Session, case_id: int) -> PlanVersion | None:
    return session.scalar(
        select(PlanVersion).where(PlanVersion.case_id == case_id, PlanVersion.state == PlanState.ACCEPTED)
    )


def steps(session: Session, case_id: int) -> Sequence[PlanStep]:
    """The steps of the plan that was accepted, in order; none before."""
    return session.scalars(
        select(PlanStep)
        .join(PlanVersion, PlanVersion.id == PlanStep.plan_version_id)
        .where(PlanStep.case_id == case_id, PlanVersion.state == PlanState.ACCEPTED)
        .order_by(PlanStep.position)
    ).all()


def steps_of_plan(session: Session, plan_id: int) -> Sequence[PlanStep]:
    return session.scalars(
        select(PlanStep).where(PlanStep.plan_version_id == plan_id).order_by(PlanStep.position)
    ).all()


def step_transitions(session: Session, step_ids: Collection[int]) -> Sequence[StepTransition]:
    """Oldest first."""
    return session.scalars(
        select(StepTransition).where(StepTransition.step_id.in_(step_ids)).order_by(StepTransition.id)
    ).all()


def case_transitions(session: Session, case_id: int) -> Sequence[CaseTransition]:
    """Oldest first."""
    return session.scalars(
        select(CaseTransition).where(CaseTransition.case_id == case_id).order_by(CaseTransition.id)
    ).all()


def notes_of(session: Session, case_id: int) -> Sequence[CaseNote]:
    return session.scalars(select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.id)).all()


def marks_of(session: Session, case_id: int) -> Sequence[CaseFlag]:
    return session.scalars(select(CaseFlag).where(CaseFlag.case_id == case_id).order_by(CaseFlag.id)).all()


def deadlines(session: Session, case_id: int) -> dict[DeadlineKind, CaseDeadline]:
    return {
        deadline.kind: deadline
        for deadline in session.scalars(select(CaseDeadline).where(CaseDeadline.case_id == case_id))
    }


def revisions(session: Session, step_ids: Collection[int]) -> Sequence[EvidenceRevision]:
    """Newest first within each step."""
    return session.scalars(
        select(EvidenceRevision)
        .where(EvidenceRevision.step_id.in_(step_ids))
        .order_by(EvidenceRevision.step_id, EvidenceRevision.number.desc())
    ).all()


def latest_revision(session: Session, step_id: int) -> EvidenceRevision | None:
    return session.scalar(
        select(EvidenceRevision)
        .where(EvidenceRevision.step_id == step_id)
        .order_by(EvidenceRevision.number.desc())
        .limit(1)
    )


def files_of(session: Session, revision_ids: Collection[int]) -> Sequence[EvidenceFile]:
    return session.scalars(
        select(EvidenceFile)
        .where(EvidenceFile.revision_id.in_(revision_ids))
        .order_by(EvidenceFile.revision_id, EvidenceFile.position)
    ).all()


def sessions_of(session: Session, step_ids: Collection[int]) -> Sequence[EngagementSession]:
    """Newest first."""
    return session.scalars(
        select(EngagementSession).where(EngagementSession.step_id.in_(step_ids)).order_by(EngagementSession.id.desc())
    ).all()


def live_session(session: Session, step_id: int) -> EngagementSession | None:
    """The meeting that is planned, or whose minutes are not confirmed yet."""
    return session.scalar(
        select(EngagementSession).where(
            EngagementSession.step_id == step_id,
            EngagementSession.state.in_((SessionState.PLANNED, SessionState.HELD)),
        )
    )


def latest_manifest(session: Session, case_id: int) -> EvidenceManifest | None:
    return session.scalar(
        select(EvidenceManifest)
        .where(EvidenceManifest.case_id == case_id)
        .order_by(EvidenceManifest.number.desc())
        .limit(1)
    )


def attestations_of(session: Session, case_id: int) -> Sequence[CompletionAttestation]:
    """Newest first."""
    return session.scalars(
        select(CompletionAttestation)
        .where(CompletionAttestation.case_id == case_id)
        .order_by(CompletionAttestation.id.desc())
    ).all()


def latest_attestation(session: Session, case_id: int) -> CompletionAttestation | None:
    return next(iter(attestations_of(session, case_id)), None)


def determinations_of(session: Session, case_id: int) -> Sequence[Determination]:
    """Newest first."""
    return session.scalars(
        select(Determination).where(Determination.case_id == case_id).order_by(Determination.id.desc())
    ).all()


def referrals_of(session: Session, case_id: int) -> Sequence[Referral]:
    """Newest first."""
    return session.scalars(select(Referral).where(Referral.case_id == case_id).order_by(Referral.id.desc())).all()


def reviews_of(session: Session, case_id: int) -> Sequence[DeterminationReview]:
    """Reviews of the case's determinations, newest first."""
    return session.scalars(
        select(DeterminationReview)
        .where(DeterminationReview.case_id == case_id)
        .order_by(DeterminationReview.id.desc())
    ).all()


def fallen(session: Session, determination: Determination) -> DeterminationReview | None:
    """The review that took a determination of completion back; None while it stands."""
    if not determination.outcome.is_completion:
        return None
    return session.scalar(
        select(DeterminationReview)
        .where(
            DeterminationReview.determination_id == determination.id,
            DeterminationReview.outcome == ReviewOutcome.FALLS,
            DeterminationReview.concluded_at.is_not(None),
        )
        .limit(1)
    )
