"""A determination of completion and its certificate: made before the lock, issued in the same commit."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.certificates import services as certificates
from app.certificates.issuer import issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import (
    CompletedStep,
    Locale,
    Officer,
    ProgramCompletion,
    StepStatus,
    TrainingCoverage,
)
from app.certificates.rules.snapshot import Outcome as CertifiedOutcome
from app.certificates.rules.wording import wording
from app.certificates.services import Prepared
from app.decisions.services import ContentChanged
from app.kernel.clock import day_in
from app.kernel.errors import RefusedAct
from app.remediation import services as remediation
from app.remediation.models import Determination
from app.settings import Settings


def prepare_certificate(
    session: Session, determination_id: int, *, approver: Actor, at: datetime, settings: Settings
) -> Prepared | None:
    """The certificate as it would be if `approver` approved now; None where the outcome is no completion. Takes some 120 ms."""
    made = session.get_one(Determination, determination_id)
    if not made.outcome.is_completion:
        return None
    facts = remediation.case_facts_for_certificate(session, made.case_id, determination_id)
    maker = issuer(settings)
    on = day_in(facts["time_zone"], at)
    return certificates.prepare(
        _completion(session, facts, determined_on=on, approver=approver),
        holder=facts["partner_name"],
        partner_name=facts["partner_name"],
        partner_number=facts["partner_number"],
        issued_on=on,
        expires_on=on + maker.valid_for,
        locale=Locale(facts["language"]),
        issuer=maker,
        at=at,
    )


def record_determination(
    session: Session, determination_id: int, *, prepared: Prepared | None, by: Actor, at: datetime
) -> Certificate | None:
    """Make the determination, and issue its certificate if it completes the program.

    What the certificate says is read again under the lock: where it differs, or where none was prepared, nothing is kept.
    """
    made = remediation.record_determination(session, determination_id, by=by, at=at)
    if not made.outcome.is_completion:
        return None
    facts = remediation.case_facts_for_certificate(session, made.case_id, determination_id)
    stands = _completion(session, facts, determined_on=facts["determined_on"], approver=by)
    if prepared is None or prepared.snapshot.completion != stands or prepared.snapshot.holder != facts["partner_name"]:
        raise ContentChanged(
            "The case changed while its certificate was being made. Nothing was approved; look again and decide anew.",
            RefusedAct("determination.made", "determination", str(made.id), facts["partner_id"]),
            by=by,
        )
    return certificates.issue(
        session,
        prepared,
        partner_id=facts["partner_id"],
        time_zone=facts["time_zone"],
        case_id=made.case_id,
        determination_id=made.id,
        by=by,
        at=at,
    )


def _completion(session: Session, facts: dict[str, Any], *, determined_on: Any, approver: Actor) -> ProgramCompletion:
    """The facts as the certificate keeps them. Who has no job title is named by the part that they took, in its language."""
    words = wording(Locale(facts["language"]))
    person = session.get(Person, approver.person_id)
    return ProgramCompletion(
        case_number=facts["case_number"],
        program_names=facts["program_names"],
        outcome=CertifiedOutcome(facts["outcome"]),
        conditions=facts["conditions"],
        determination_reference=facts["determination_reference"],
        determined_on=determined_on,
        proposed_by=Officer(facts["proposer"]["name"], facts["proposer"]["title"] or words.proposer),
        approved_by=Officer(approver.name, (person.job_title if person else "") or words.approver),
        steps=tuple(
            CompletedStep(step["title"], step["completed_on"], StepStatus(step["status"])) for step in facts["steps"]
        ),
        coverage=tuple(TrainingCoverage(**counted) for counted in facts["coverage"]),
        manifest_digest=facts["manifest_digest"],
    )
