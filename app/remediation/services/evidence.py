"""Verbs about evidence: save a draft, submit a revision, accept it, return it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.rules import Duty
from app.decisions.services import keep_apart, require
from app.kernel.canonical import digest
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct, constraint_says
from app.kernel.files import MOST_FILES
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.remediation import queries
from app.remediation.models import (
    EvidenceFile,
    EvidenceRevision,
    PlanStep,
    RemediationCase,
    ReviewState,
    StepDraft,
    StepState,
)
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.step_states import OPEN
from app.remediation.services.moving import lock, move_step
from app.remediation.services.progress import advance

constraint_says(
    "uq_evidence_revision_step_id_number",
    "A colleague sent something for this step at the same moment. Look at it first; yours was not sent.",
)

LONGEST_STATEMENT = 20_000


@dataclass(frozen=True)
class StoredFile:
    """A file that was checked and is in the storage under its digest."""

    name: str
    media_type: str
    size: int
    sha256: str


def save_draft(
    session: Session, case: RemediationCase, step: PlanStep, statement: str, *, by: Actor, at: datetime
) -> None:
    """Keep a statement that is not finished. Work has begun; nothing is handed in, and the vendor does not see it."""
    act = RefusedAct("evidence.drafted", "step", str(step.id), case.partner_id)
    require(Permission.EVIDENCE_SUBMIT, by=by, act=act)
    lock(session, case.id)
    _refuse_if_closed(case, step)
    if by.person_id is None or not statement.strip():
        raise DomainError("There is nothing to save yet. Write something first.", field="statement")
    if len(statement) > LONGEST_STATEMENT:
        raise DomainError(f"Keep it under {LONGEST_STATEMENT:,} characters, or attach a document.", field="statement")
    draft = session.get(StepDraft, step.id)
    if draft is None:
        session.add(StepDraft(step_id=step.id, statement=statement, saved_by_id=by.person_id, saved_at=at))
    else:
        draft.statement, draft.saved_by_id, draft.saved_at = statement, by.person_id, at
    session.flush()
    audit.record(
        session,
        "evidence.drafted",
        "step",
        step.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "characters": len(statement)},
    )
    if step.state in OPEN and step.state is not StepState.IN_PROGRESS:
        move_step(session, case, step, StepState.IN_PROGRESS, by=by, at=at, reason="Work has begun.")


def submit_evidence(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    *,
    statement: str,
    files: Sequence[StoredFile],
    keep: Sequence[int] = (),
    effective_on: date,
    by: Actor,
    at: datetime,
) -> EvidenceRevision:
    """Hand in a revision. `keep` names files of the revision before that belong to this one too.

    The earlier revision is replaced, and an acceptance of it is worth nothing from now on.
    """
    act = RefusedAct("evidence.submitted", "step", str(step.id), case.partner_id)
    require(Permission.EVIDENCE_SUBMIT, by=by, act=act)
    lock(session, case.id)
    _refuse_if_closed(case, step)
    if by.person_id is None:
        raise DomainError("Evidence is handed in by a person.")
    words = statement.strip()
    earlier = queries.latest_revision(session, step.id)
    kept = _kept(session, earlier, keep)
    if not words and not files and not kept:
        raise DomainError("Write a statement or choose a file: there is nothing to send yet.", field="statement")
    if len(words) > LONGEST_STATEMENT:
        raise DomainError(f"Keep it under {LONGEST_STATEMENT:,} characters, or attach a document.", field="statement")
    together = list(dict.fromkeys([*kept, *files]))
    if len(together) > MOST_FILES:
        raise DomainError(f"Send at most {MOST_FILES} files together.", field="files")
    if effective_on > day_in(session.get_one(Partner, case.partner_id).time_zone, at):
        raise DomainError(
            "What you hand in has to be in force already. Enter the day since when it is, not a later one.",
            field="effective_on",
        )
    taken = digest(
        {
            "statement": words,
            "files": [[file.name, file.media_type, file.size, file.sha256] for file in together],
            "effective_on": effective_on,
        }
    )
    if earlier is not None and earlier.digest == taken:
        raise Conflict("This is exactly what you sent before. Change something, or wait for the review.")
    revision = EvidenceRevision(
        step_id=step.id,
        number=earlier.number + 1 if earlier else 1,
        statement=words,
        effective_on=effective_on,
        digest=taken,
        received_at=at,
        uploaded_by_id=by.person_id,
    )
    session.add(revision)
    if earlier is not None:
        earlier.replaced_at = at
    session.flush()
    session.add_all(
        EvidenceFile(
            revision_id=revision.id,
            position=position,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
        )
        for position, file in enumerate(together, start=1)
    )
    draft = session.get(StepDraft, step.id)
    if draft is not None:
        session.delete(draft)
    session.flush()
    audit.record(
        session,
        "evidence.submitted",
        "step",
        step.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={
            "case": case.number,
            "revision": revision.id,
            "number": revision.number,
            "digest": taken,
            "files": [file.sha256 for file in together],
        },
    )
    if step.state is StepState.ACCEPTED:
        replaced = f"Revision {revision.number} replaced the accepted revision {revision.number - 1}."
        move_step(session, case, step, StepState.REOPENED, by=by, at=at, reason=replaced)
    if step.state is not StepState.SUBMITTED:
        move_step(
            session, case, step, StepState.SUBMITTED, by=by, at=at, reason=f"Revision {revision.number} was handed in."
        )
    advance(session, case, at=at)
    return revision


def _kept(session: Session, earlier: EvidenceRevision | None, keep: Sequence[int]) -> list[StoredFile]:
    if not keep:
        return []
    own = {file.id: file for file in queries.files_of(session, [earlier.id])} if earlier else {}
    if not set(keep) <= set(own):
        raise DomainError("One of the files to keep is not part of what you sent before. Choose again.", field="keep")
    return [
        StoredFile(own[one].name, own[one].media_type, own[one].size, own[one].sha256) for one in dict.fromkeys(keep)
    ]


def _refuse_if_closed(case: RemediationCase, step: PlanStep) -> None:
    if not step.kind.takes_evidence:
        raise DomainError("Nothing is handed in for this step.")
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. Nothing can be handed in now.")
    if step.state in (StepState.WAIVED, StepState.NOT_APPLICABLE):
        raise Conflict("This step was lifted. Nothing has to be handed in.")


def accept_evidence(
    session: Session, case: RemediationCase, step: PlanStep, number: int, *, reason: str = "", by: Actor, at: datetime
) -> None:
    """A second person accepts the newest revision, and with it the step."""
    revision = _review(session, case, step, number, ReviewState.ACCEPTED, reason=reason, by=by, at=at)
    move_step(session, case, step, StepState.ACCEPTED, by=by, at=at, reason=f"Revision {revision.number} was accepted.")
    advance(session, case, at=at)


def return_evidence(
    session: Session, case: RemediationCase, step: PlanStep, number: int, *, reason: str, by: Actor, at: datetime
) -> None:
    """A second person sends the newest revision back. The reason lists exactly what has to be mended; the partner reads it."""
    if len(reason.strip()) < 10:
        raise DomainError(
            "List exactly what has to be mended, one thing a line. The partner reads these words.", field="reason"
        )
    revision = _review(session, case, step, number, ReviewState.RETURNED, reason=reason, by=by, at=at)
    move_step(
        session,
        case,
        step,
        StepState.CHANGES_REQUESTED,
        by=by,
        at=at,
        reason=f"Revision {revision.number} was returned.",
    )
    enqueue(
        session,
        "step_returned",
        f"step_returned:{revision.id}",
        {
            "case_id": case.id,
            "step_id": step.id,
            "revision_id": revision.id,
            "partner_id": case.partner_id,
        },
        at=at,
    )
    advance(session, case, at=at)


def _review(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    number: int,
    verdict: ReviewState,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> EvidenceRevision:
    act = RefusedAct(f"evidence.{verdict.value}", "step", str(step.id), case.partner_id)
    require(Permission.EVIDENCE_REVIEW, by=by, act=act)
    lock(session, case.id)
    revision = session.scalar(
        select(EvidenceRevision)
        .where(EvidenceRevision.step_id == step.id, EvidenceRevision.number == number)
        .execution_options(populate_existing=True)
    )
    newest = session.scalar(select(func.max(EvidenceRevision.number)).where(EvidenceRevision.step_id == step.id))
    if revision is None:
        raise NotFound
    keep_apart(
        Duty.REVIEW_EVIDENCE,
        by=by,
        took_part={"handed it in": revision.uploaded_by_id},
        subject_type="step",
        subject_id=step.id,
        partner_id=case.partner_id,
    )
    if revision.number != newest or revision.replaced_at is not None:
        raise Conflict(f"Revision {number} was replaced by revision {newest}. Review that one.")
    if revision.review is not ReviewState.WAITING:
        raise Conflict(f"Revision {number} was already {revision.review.value}. Nothing was changed.")
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. Nothing is reviewed now.")
    revision.review = verdict
    revision.reviewed_by_id, revision.reviewed_at, revision.review_reason = by.person_id, at, reason.strip() or None
    session.flush()
    audit.record(
        session,
        f"evidence.{verdict.value}",
        "step",
        step.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=revision.review_reason,
        details={
            "case": case.number,
            "revision": revision.id,
            "number": revision.number,
            "digest": revision.digest,
            "uploaded_by": revision.uploaded_by_id,
        },
    )
    return revision
