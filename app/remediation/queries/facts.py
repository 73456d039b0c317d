"""What the program completion certificate prints, read from the case and the determination."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Role
from app.accounts.models import Person, RoleGrant
from app.certificates.rules.snapshot import Locale
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.clock import day_in
from app.kernel.errors import DomainError
from app.kernel.languages import best_match
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
                "status": step.state.value,
            }
            for step in own
            if step.state in DONE and step.id in done_at
        ),
        "coverage": _coverage(manifest),
        "language": made.language,
        "manifest_digest": manifest.digest,
        "attested": any(step.kind is StepKind.ATTESTATION and step.state is StepState.ACCEPTED for step in own),
        "proposer": _officer(session, made.proposed_by_id),
        "approver": _officer(session, decision.decided_by_id) if decision and decision.decided_by_id else None,
    }


def certificate_language(session: Session, partner_id: int) -> Locale | None:
    """The language of a partner's compliance contact, if certificates have words for it: the longest-standing one who chose a language."""
    chosen = session.scalars(
        select(Person.language)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            Person.partner_id == partner_id,
            Person.deactivated_at.is_(None),
            Person.language.is_not(None),
            RoleGrant.role == Role.COMPLIANCE_CONTACT,
            RoleGrant.ended_at.is_(None),
        )
        .order_by(RoleGrant.id)
        .limit(1)
    ).all()
    found = best_match([tag for tag in chosen if tag], [locale.value for locale in Locale])
    return Locale(found) if found else None


def _coverage(manifest: EvidenceManifest) -> tuple[dict[str, Any], ...]:
    """For each training of the plan: how many were trained of how many, by which day if it was accepted, how many not counted."""
    found = []
    for step in manifest.content["steps"]:
        if step["kind"] != StepKind.TRAINING.value or "coverage" not in step:
            continue
        counted = step["coverage"]
        is_accepted = step["state"] == StepState.ACCEPTED.value
        waived = sum(one["waived"] for one in counted["exceptions"])
        found.append(
            {
                "trained": counted["satisfied"],
                "covered": counted["total"],
                "trained_by": date.fromisoformat(step["done_on"]) if is_accepted and step["done_on"] else None,
                "waived": waived,
                "on_leave": len(counted["exceptions"]) - waived,
            }
        )
    return tuple(found)


def _officer(session: Session, person_id: int) -> dict[str, str]:
    """A person who acted for the vendor, as named now; the title is empty where no job title is kept."""
    person = session.get_one(Person, person_id)
    return {"name": person.name, "title": person.job_title}
