"""What the program completion certificate prints, read from the case and the determination."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import roles_of
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.clock import day_in
from app.kernel.errors import DomainError
from app.partners.models import Program
from app.remediation.models import (
    Determination,
    DeterminationState,
    EvidenceManifest,
    RemediationCase,
    StepKind,
    StepState,
)
from app.remediation.queries.loading import parties
from app.remediation.queries.parts import infractions_of, step_transitions, steps
from app.remediation.rules.step_states import DONE


def case_facts_for_certificate(session: Session, case_id: int, determination_id: int | None = None) -> dict[str, Any]:
    """Names, dates and digests as they stand; for the determination given, or the newest one proposed or made.

    Dates are days in the partner's zone. `approver` is None while nobody has approved. `conditions` is empty unless the
    outcome has some. Raises DomainError where the case has no determination of completion.
    """
    case = session.get_one(RemediationCase, case_id)
    partner, program = parties(session, case)
    wanted = select(Determination).where(
        Determination.case_id == case_id,
        Determination.state.in_((DeterminationState.PROPOSED, DeterminationState.MADE)),
    )
    if determination_id is not None:
        wanted = wanted.where(Determination.id == determination_id)
    made = session.scalar(wanted.order_by(Determination.id.desc()).limit(1))
    if made is None or not made.outcome.is_completion:
        raise DomainError(f"{case.number} has no determination that it was completed.")
    decision = session.scalar(
        select(Decision)
        .where(Decision.kind == DecisionKind.DETERMINATION, Decision.subject_id == made.id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    manifest = session.get_one(EvidenceManifest, made.manifest_id)
    programs = {program.id} | {infraction.program_id for infraction in infractions_of(session, case_id)}
    own = steps(session, case_id)
    done_at = {
        transition.step_id: transition.at
        for transition in step_transitions(session, [step.id for step in own])
        if transition.to_state in DONE
    }
    return {
        "partner_id": partner.id,
        "partner_name": partner.legal_name,
        "partner_number": partner.number,
        "time_zone": partner.time_zone,
        "case_id": case.id,
        "case_number": case.number,
        "program_names": tuple(
            session.scalars(select(Program.name).where(Program.id.in_(programs)).order_by(Program.name))
        ),
        "outcome": made.outcome.value,
        "conditions": made.conditions,
        "determination_id": made.id,
        "determination_reference": f"{case.number}-D{made.id}",
        "determined_on": day_in(partner.time_zone, made.made_at) if made.made_at else None,
        "steps": tuple(
            {
                "title": step.title,
                "completed_on": day_in(partner.time_zone, done_at[step.id]),
                "note": "" if step.state is StepState.ACCEPTED else step.state.label.lower(),
            }
            for step in own
            if step.state in DONE and step.id in done_at
        ),
        "coverage": _coverage_sentence(manifest),
        "manifest_digest": manifest.digest,
        "attested": any(step.kind is StepKind.ATTESTATION and step.state is StepState.ACCEPTED for step in own),
        "proposer": _officer(session, made.proposed_by_id),
        "approver": _officer(session, decision.decided_by_id) if decision and decision.decided_by_id else None,
    }


def _coverage_sentence(manifest: EvidenceManifest) -> str:
    """`6 of 6 covered persons trained by 5 May 2026.` A training step that leaves people out names how many."""
    sentences = []
    for step in manifest.content["steps"]:
        if step["kind"] != StepKind.TRAINING.value or "coverage" not in step:
            continue
        counted = step["coverage"]
        day = _day(step["done_on"]) if step["done_on"] else None
        text = f"{counted['satisfied']} of {counted['total']} covered persons trained" + (f" by {day}" if day else "")
        if counted["exceptions"]:
            text += f"; {len(counted['exceptions'])} on leave and not counted"
        sentences.append(text + ".")
    return " ".join(dict.fromkeys(sentences)) or "No training was part of the plan."


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"


def _officer(session: Session, person_id: int) -> dict[str, str]:
    """A person who acted for the vendor, as named now: the job title, or the role where no title is kept."""
    person = session.get_one(Person, person_id)
    roles = sorted(role.label for role in roles_of(session, person_id))
    return {"name": person.name, "title": person.job_title or (roles[0] if roles else "")}
