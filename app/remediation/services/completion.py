"""Verbs about completion: the executive signs, compliance determines."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.accounts.rules import Reauthentication
from app.audit import services as audit
from app.certificates import services as certificates
from app.certificates.rules.snapshot import Locale
from app.decisions import services as decisions
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind, Meaning
from app.decisions.services import propose, require
from app.kernel.canonical import digest
from app.kernel.clock import day_in, now
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.remediation import queries
from app.remediation.models import (
    CaseDeadline,
    CaseState,
    CompletionAttestation,
    DeadlineKind,
    Determination,
    DeterminationState,
    Outcome,
    RemediationCase,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import AFTER_DETERMINATION, WORKING
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import attestation_statement
from app.remediation.services.cases import reopen_named
from app.remediation.services.moving import decided, is_open_question, lock, move_case, move_step
from app.remediation.services.progress import freeze_manifest


def statement_for(
    case: RemediationCase, partner: Partner, manifest_digest: str, steps: int, *, name: str, vendor_name: str
) -> str:
    """The exact words that an executive signs over a manifest."""
    return attestation_statement(
        name=name,
        partner_name=partner.legal_name,
        case_number=case.number,
        steps=steps,
        digest=manifest_digest,
        vendor_name=vendor_name,
    )


def sign_attestation(
    session: Session,
    case: RemediationCase,
    *,
    manifest_digest: str,
    vendor_name: str,
    proof: Reauthentication,
    by: Actor,
    at: datetime,
) -> CompletionAttestation:
    """The executive signs over exactly the manifest that was shown, which must be the newest and still be what stands."""
    act = RefusedAct("attestation.signed", "case", case.number, case.partner_id)
    require(Permission.ATTESTATION_SIGN, by=by, act=act)
    lock(session, case.id)
    partner = session.get_one(Partner, case.partner_id)
    step = next((one for one in queries.steps(session, case.id) if one.kind is StepKind.ATTESTATION), None)
    if case.state is not CaseState.COMPLETION_REVIEW or step is None:
        raise Conflict("The completion is signed when all other steps are done. That is not so now.")
    if by.person_id is None or step.state is StepState.ACCEPTED:
        raise Conflict("The completion of this case was signed already.")
    manifest = queries.latest_manifest(session, case.id)
    if (
        manifest is None
        or manifest.digest != manifest_digest
        or digest(queries.manifest_content(session, case, at=at)) != manifest.digest
    ):
        raise Conflict(
            "What was handed in has changed since this page was shown. Nothing was signed. Read the list again."
        )
    statement = statement_for(
        case, partner, manifest.digest, len(manifest.content["steps"]), name=by.name, vendor_name=vendor_name
    )
    signature = decisions.sign(
        session,
        Meaning.ATTESTED,
        statement,
        "evidence_manifest",
        manifest.id,
        content_digest=manifest.digest,
        by=by,
        at=at,
        proof=proof,
        partner_id=case.partner_id,
    )
    made = CompletionAttestation(
        case_id=case.id,
        manifest_id=manifest.id,
        signature_id=signature.id,
        statement=statement,
        signed_by_id=by.person_id,
        signed_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "attestation.signed",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"manifest": manifest.id, "digest": manifest.digest, "signature": signature.id},
    )
    move_step(session, case, step, StepState.SUBMITTED, by=by, at=at, reason="The executive signed.")
    move_step(session, case, step, StepState.ACCEPTED, by=PORTAL, at=at, reason="The signature was verified.")
    return made


def propose_determination(
    session: Session,
    case: RemediationCase,
    outcome: Outcome,
    *,
    reason: str,
    internal_reason: str,
    conditions: str = "",
    steps_to_reopen: Sequence[int] = (),
    language: Locale = Locale.ENGLISH,
    by: Actor,
    at: datetime,
) -> Determination:
    """Put a judgement to an approver. `reason` and `conditions` are words to the partner, `internal_reason` is for the approver.

    `language` is the one that the certificate of a completion is printed in.

    A completion needs every step done and the executive's signature over what stands now.
    """
    act = RefusedAct("determination.proposed", "case", case.number, case.partner_id)
    require(Permission.DETERMINATION_PROPOSE, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A proposal is made by a person.")
    lock(session, case.id)
    if len(reason.strip()) < 20:
        raise DomainError("Say in whole sentences what you found. The partner reads these words.", field="reason")
    _refuse_early(session, case, outcome, conditions=conditions, steps_to_reopen=steps_to_reopen, at=at)
    earlier = session.scalar(
        select(Determination).where(
            Determination.case_id == case.id, Determination.state == DeterminationState.PROPOSED
        )
    )
    if earlier is not None:
        if is_open_question(session, DecisionKind.DETERMINATION, earlier.id):
            raise Conflict(
                "A determination is proposed already and waits for its approver. Wait, or take it back first."
            )
        earlier.state = DeterminationState.WITHDRAWN
        session.flush()
    manifest = freeze_manifest(session, case, by=by, at=at)
    made = Determination(
        case_id=case.id,
        manifest_id=manifest.id,
        manifest_digest=manifest.digest,
        outcome=outcome,
        reason=reason.strip(),
        conditions=conditions.strip() if outcome is Outcome.COMPLETED_WITH_CONDITIONS else "",
        language=language.value,
        steps_to_reopen=sorted(set(steps_to_reopen)),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(made)
    session.flush()
    propose(
        session,
        DecisionKind.DETERMINATION,
        made.id,
        label=f"{case.number}: {outcome.label.lower()}",
        content=determination_content(session, made.id, at=at),
        partner_id=case.partner_id,
        reason=internal_reason,
        by=by,
        at=at,
    )
    return made


def _refuse_early(
    session: Session,
    case: RemediationCase,
    outcome: Outcome,
    *,
    conditions: str,
    steps_to_reopen: Sequence[int],
    at: datetime,
) -> None:
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. Nothing can be determined now.")
    if outcome is Outcome.COMPLETED_WITH_CONDITIONS and len(conditions.strip()) < 20:
        raise DomainError("Say what the conditions are and how they will be checked.", field="conditions")
    own = {step.id: step for step in queries.steps(session, case.id)}
    if outcome is Outcome.NOT_COMPLETED and case.state is CaseState.COMPLETION_REVIEW and not steps_to_reopen:
        raise DomainError("Choose the steps that have to be worked on again.", field="steps")
    for step_id in steps_to_reopen:
        if step_id not in own or own[step_id].state is not StepState.ACCEPTED:
            raise DomainError("Only accepted steps of this case can be opened again.", field="steps")
        if own[step_id].kind.is_computed or own[step_id].kind is StepKind.ATTESTATION:
            raise DomainError("Training, reading and the attestation open by themselves.", field="steps")
    if outcome.is_completion:
        if case.state is not CaseState.COMPLETION_REVIEW:
            raise DomainError(
                "Completion is determined in the completion review, when every step is done.", field="outcome"
            )
        signed = queries.latest_attestation(session, case.id)
        manifest = queries.latest_manifest(session, case.id)
        if signed is None or manifest is None or signed.manifest_id != manifest.id:
            raise DomainError("The executive has not signed for what was handed in. Wait for that.", field="outcome")
        if digest(queries.manifest_content(session, case, at=at)) != manifest.digest:
            raise Conflict("What was handed in has changed since the executive signed. It has to be signed again.")


def determination_content(session: Session, determination_id: int, *, at: datetime | None = None) -> dict[str, Any]:
    """What an approver judges, with the digest of the evidence as it stands: any change since the proposal shows.

    Coverage is counted at `at`; an approver who asks what stands without saying when means now.
    """
    made = session.get_one(Determination, determination_id)
    case = session.get_one(RemediationCase, made.case_id)
    partner = session.get_one(Partner, case.partner_id)
    stands = queries.manifest_content(session, case, at=at or now())
    steps = {step.id: step for step in queries.steps(session, case.id)}
    return {
        "case": case.number,
        "partner": f"{partner.legal_name} ({partner.number})",
        "outcome": made.outcome.label,
        "words_to_the_partner": made.reason,
        "conditions": made.conditions,
        "language_of_the_certificate": Locale(made.language).label if made.outcome.is_completion else "",
        "steps_to_reopen": [steps[one].title for one in made.steps_to_reopen if one in steps],
        "steps_judged": [queries.step_line(step) for step in stands["steps"]],
        "manifest_digest": made.manifest_digest,
        "digest_of_what_stands": digest(stands),
    }


def record_determination(session: Session, determination_id: int, *, by: Actor, at: datetime) -> Determination:
    """The effect of an approved determination: it is made, and the case moves as the table of states says."""
    made = session.get_one(Determination, determination_id)
    decision = decided(session, DecisionKind.DETERMINATION, determination_id, DecisionState.APPROVED)
    case = lock(session, made.case_id)
    session.refresh(made)
    if made.state is not DeterminationState.PROPOSED:
        raise Conflict(f"This determination was already {made.state.value}. Nothing was changed.")
    if digest(queries.manifest_content(session, case, at=at)) != made.manifest_digest:
        raise decisions.ContentChanged(
            "The evidence has changed since this was proposed. Nothing was determined. Ask for a new proposal.",
            RefusedAct("determination.made", "determination", str(made.id), case.partner_id, {"case": case.number}),
            by=by,
        )
    made.state, made.made_at = DeterminationState.MADE, at
    session.flush()
    audit.record(
        session,
        "determination.made",
        "determination",
        made.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={
            "case": case.number,
            "outcome": made.outcome.value,
            "manifest_digest": made.manifest_digest,
            "decision": decision.id,
            "proposed_by": made.proposed_by_id,
        },
    )
    target = AFTER_DETERMINATION[made.outcome]
    if target is not case.state:
        reason = f"Determination {made.id}: {made.outcome.label.lower()}."
        move_case(session, case, target, by=by, at=at, reason=reason, decision=decision)
    if target is CaseState.MONITORING:
        _start_monitoring(session, case, at=at)
    if made.outcome is Outcome.NOT_COMPLETED:
        _reopen(session, case, made, decision, by=by, at=at)
    enqueue(
        session,
        "determination_made",
        f"determination_made:{made.id}",
        {"determination_id": made.id, "case_id": case.id, "partner_id": case.partner_id},
        at=at,
    )
    return made


def _start_monitoring(session: Session, case: RemediationCase, *, at: datetime) -> None:
    partner = session.get_one(Partner, case.partner_id)
    until = day_in(partner.time_zone, at) + timedelta(days=Policy.kept(case.policy).monitoring_days)
    session.add(
        CaseDeadline(
            case_id=case.id, kind=DeadlineKind.MONITORING, original_due_on=until, current_due_on=until, set_at=at
        )
    )
    session.flush()


def _reopen(
    session: Session, case: RemediationCase, made: Determination, decision: Decision, *, by: Actor, at: datetime
) -> None:
    if made.steps_to_reopen:
        reopen_named(session, case, made.steps_to_reopen, reason=made.reason, by=by, at=at, decision=decision)


def reject_determination(session: Session, determination_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of a rejected determination: nothing is determined, and another can be proposed."""
    decided(session, DecisionKind.DETERMINATION, determination_id, DecisionState.REJECTED)
    _end(session, determination_id, DeterminationState.REJECTED, by=by, at=at)


def withdraw_determination(session: Session, determination_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """The proposer takes a determination back that nobody has decided on, for instance because the evidence changed."""
    made = session.get_one(Determination, determination_id)
    act = RefusedAct("determination.withdrawn", "determination", str(made.id))
    require(Permission.DETERMINATION_PROPOSE, by=by, act=act)
    if not reason.strip():
        raise DomainError("Say why you take it back.", field="reason")
    decision = session.scalar(
        select(Decision).where(
            Decision.kind == DecisionKind.DETERMINATION,
            Decision.subject_id == determination_id,
            Decision.state == DecisionState.PROPOSED,
        )
    )
    if decision is None:
        raise Conflict("This determination was decided on already.")
    decisions.withdraw(session, decision, reason=reason.strip(), by=by, at=at)
    _end(session, determination_id, DeterminationState.WITHDRAWN, by=by, at=at)


def _end(session: Session, determination_id: int, state: DeterminationState, *, by: Actor, at: datetime) -> None:
    made = session.get_one(Determination, determination_id)
    case = lock(session, made.case_id)
    session.refresh(made)
    if made.state is not DeterminationState.PROPOSED:
        raise Conflict(f"This determination was already {made.state.value}. Nothing was changed.")
    made.state = state
    session.flush()
    certificates.settle_refusal(session, determination_id=made.id, by=by, at=at)
    audit.record(
        session,
        f"determination.{state.value}",
        "determination",
        made.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "outcome": made.outcome.value},
    )
