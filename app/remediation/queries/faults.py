"""What must always hold of cases, plans and evidence, read from the rows as they are."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates.queries import fits, key_of_case
from app.decisions.models import Decision, DecisionState, Signature
from app.decisions.queries import seal_holds
from app.decisions.rules import DecisionKind
from app.incentives.queries.holds import blocking_holds_of_case
from app.kernel.canonical import digest
from app.kernel.clock import now
from app.kernel.faults import Fault
from app.remediation.models import (
    CaseState,
    CaseTransition,
    CompletionAttestation,
    Determination,
    DeterminationState,
    EvidenceManifest,
    EvidenceRevision,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    ReviewState,
    StepState,
    StepTransition,
)
from app.remediation.queries.coverage import coverage_of
from app.remediation.queries.parts import steps
from app.remediation.rules.case_states import CASE_TRANSITIONS, CLOSED, WORKING
from app.remediation.rules.step_states import STEP_TRANSITIONS
from app.remediation.rules.transitions import find


def faults(session: Session) -> list[Fault]:
    """Rows of this room that break an invariant, each named with what is wrong."""
    at = now()
    cases = session.scalars(select(RemediationCase).order_by(RemediationCase.id)).all()
    found = [*_case_histories(session, cases), *_step_histories(session), *_original_dues(session)]
    found += [*_accepted_steps(session), *_manifests(session), *_attestations(session), *_determinations(session)]
    found += [fault for case in cases for fault in _of_case(session, case, at)]
    return found


def _case_histories(session: Session, cases: Iterable[RemediationCase]) -> Iterable[Fault]:
    invariant = "every change of a case's state has an actor, a reason and a time, and follows the table"
    reached: dict[int, CaseState | None] = {}
    for change in session.scalars(select(CaseTransition).order_by(CaseTransition.case_id, CaseTransition.id)):
        before = reached.get(change.case_id)
        row = f"case_transition {change.id}"
        if change.from_state is not before:
            yield Fault(invariant, row, f"it starts from {change.from_state}, but the case was {before}")
        if find(CASE_TRANSITIONS, change.from_state, change.to_state) is None:
            yield Fault(invariant, row, f"no rule leads from {change.from_state} to {change.to_state}")
        reached[change.case_id] = change.to_state
    for case in cases:
        if reached.get(case.id) is not case.state:
            yield Fault(invariant, f"remediation_case {case.number}", f"no transition led to {case.state.value}")


def _step_histories(session: Session) -> Iterable[Fault]:
    invariant = "every change of a step's state has an actor, a reason and a time, and follows the table"
    reached: dict[int, StepState] = {}
    for change in session.scalars(select(StepTransition).order_by(StepTransition.step_id, StepTransition.id)):
        before = reached.get(change.step_id, StepState.NOT_STARTED)
        row = f"step_transition {change.id}"
        if change.from_state is not before:
            yield Fault(invariant, row, f"it starts from {change.from_state}, but the step was {before.value}")
        if find(STEP_TRANSITIONS, change.from_state, change.to_state) is None:
            yield Fault(invariant, row, f"no rule leads from {change.from_state} to {change.to_state.value}")
        reached[change.step_id] = change.to_state
    for step_id, state in session.execute(select(PlanStep.id, PlanStep.state).order_by(PlanStep.id)):
        if reached.get(step_id, StepState.NOT_STARTED) is not state:
            yield Fault(invariant, f"plan_step {step_id}", f"no transition led to {state.value}")


def _original_dues(session: Session) -> Iterable[Fault]:
    """The dates that the approver saw are kept with the decision; the steps must still have them."""
    invariant = "original due dates never change"
    for plan in session.scalars(select(PlanVersion).where(PlanVersion.state == PlanState.ACCEPTED)):
        decision = session.scalar(
            select(Decision)
            .where(
                Decision.kind == DecisionKind.PLAN,
                Decision.subject_id == plan.id,
                Decision.state == DecisionState.APPROVED,
            )
            .order_by(Decision.id.desc())
            .limit(1)
        )
        if decision is None or decision.decided_by_id == decision.proposed_by_id:
            yield Fault(
                "a plan is approved by a second person", f"plan_version {plan.id}", "no approval stands behind it"
            )
            continue
        approved = [step["due"] for step in decision.content.get("steps", [])]
        rows = session.execute(
            select(PlanStep.id, PlanStep.original_due_on, PlanStep.current_due_on)
            .where(PlanStep.plan_version_id == plan.id)
            .order_by(PlanStep.position)
        ).all()
        for place, row in enumerate(rows):
            if place >= len(approved) or approved[place] != f"due {row.original_due_on.isoformat()}":
                yield Fault(
                    invariant, f"plan_step {row.id}", f"it is due {row.original_due_on}, which was not approved"
                )
            if row.current_due_on < row.original_due_on:
                yield Fault(invariant, f"plan_step {row.id}", "its current due date is before the original one")


def _accepted_steps(session: Session) -> Iterable[Fault]:
    invariant = "acceptance never survives a replacement"
    newest: dict[int, EvidenceRevision] = {}
    for revision in session.scalars(
        select(EvidenceRevision).order_by(EvidenceRevision.step_id, EvidenceRevision.number)
    ):
        newest[revision.step_id] = revision
    for step in session.scalars(
        select(PlanStep)
        .join(PlanVersion, PlanVersion.id == PlanStep.plan_version_id)
        .where(PlanStep.state == StepState.ACCEPTED, PlanVersion.state == PlanState.ACCEPTED)
        .order_by(PlanStep.id)
    ):
        if not step.kind.takes_evidence:
            continue
        latest = newest.get(step.id)
        if latest is None:
            yield Fault(invariant, f"plan_step {step.id}", "it is accepted, but nothing was handed in")
        elif latest.review is not ReviewState.ACCEPTED or latest.replaced_at is not None:
            said = f"it is accepted, but its newest revision {latest.number} is {latest.review.value}"
            yield Fault(invariant, f"plan_step {step.id}", said)


def _manifests(session: Session) -> Iterable[Fault]:
    for manifest in session.scalars(select(EvidenceManifest).order_by(EvidenceManifest.id)):
        row = f"evidence_manifest {manifest.id}"
        if digest(manifest.content) != manifest.digest:
            yield Fault("a manifest has the digest of its content", row, "its content was altered")
        for step in manifest.content.get("steps", []):
            counted = step.get("coverage")
            if counted and (
                counted["satisfied"] > counted["total"]
                or counted["satisfied"] != sum(not one["left"] for one in counted["people"])
                or counted["total"] != len(counted["people"])
            ):
                said = f"step {step['position']}: {counted['satisfied']} of {counted['total']}"
                yield Fault("coverage's numerator is at most its denominator", row, said)


def _attestations(session: Session) -> Iterable[Fault]:
    invariant = "an attestation is a signature over exactly its manifest"
    rows = session.execute(
        select(CompletionAttestation, EvidenceManifest, Signature)
        .join(EvidenceManifest, EvidenceManifest.id == CompletionAttestation.manifest_id)
        .join(Signature, Signature.id == CompletionAttestation.signature_id)
        .order_by(CompletionAttestation.id)
    )
    for signed, manifest, signature in rows:
        row = f"completion_attestation {signed.id}"
        if signature.content_digest != manifest.digest or signature.statement != signed.statement:
            yield Fault(invariant, row, "the signature is about something else")
        if not seal_holds(signature):
            yield Fault(invariant, row, "the signature was altered or moved")


def _determinations(session: Session) -> Iterable[Fault]:
    invariant = "a determination is proposed by one person, approved by another, and names the manifest it judged"
    rows = session.execute(
        select(Determination, EvidenceManifest.digest)
        .join(EvidenceManifest, EvidenceManifest.id == Determination.manifest_id)
        .where(Determination.state == DeterminationState.MADE)
        .order_by(Determination.id)
    )
    for made, manifest_digest in rows:
        row = f"determination {made.id}"
        if made.manifest_digest != manifest_digest:
            yield Fault(invariant, row, "its digest is not that of its manifest")
        decision = session.scalar(
            select(Decision)
            .where(
                Decision.kind == DecisionKind.DETERMINATION,
                Decision.subject_id == made.id,
                Decision.state == DecisionState.APPROVED,
            )
            .limit(1)
        )
        if decision is None or decision.decided_by_id in (None, decision.proposed_by_id):
            yield Fault(invariant, row, "no approval by a second person stands behind it")


def _of_case(session: Session, case: RemediationCase, at: datetime) -> Iterable[Fault]:
    row = f"remediation_case {case.number}"
    if case.state in WORKING:
        for step in steps(session, case.id):
            if step.kind.is_computed and step.state is StepState.ACCEPTED:
                counted = coverage_of(session, case, step, at=at)
                if not counted.is_reached:
                    said = f"it is accepted, but {counted.counted()}"
                    yield Fault("a training step is what its computation says", f"plan_step {step.id}", said)
    if case.state is CaseState.CLOSED_COMPLETED:
        completed = session.scalars(
            select(Determination.outcome).where(
                Determination.case_id == case.id, Determination.state == DeterminationState.MADE
            )
        ).all()
        if not any(outcome.is_completion for outcome in completed):
            yield Fault("a case is completed by a determination", row, "it is closed as completed without one")
    if case.state in CLOSED and blocking_holds_of_case(session, case.id):
        key = key_of_case(session, case.id)
        fit = fits(session, key.id if key else None, case_id=case.id, at=at)
        if not fit.ok:
            said = f"it is closed while a hold of it still blocks, and nothing unlocks that: {fit.sentence}"
            yield Fault("every exit of a case says what becomes of its holds", row, said)
