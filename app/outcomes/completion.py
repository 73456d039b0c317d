"""A determination of completion and its certificate: made before the lock, issued in the same commit."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.certificates import services as certificates
from app.certificates.issuer import Issuer, issuer
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
from app.kernel.errors import DomainError, RefusedAct
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
    stands = _completion(facts, determined_on=on, approver=_approver(session, facts, approver))
    return _prepared(session, facts, stands, maker, issued_on=on, expires_on=on + maker.valid_for, at=at)


def prepare_again(
    session: Session, determination_id: int, *, expires_on: date | None, at: datetime, settings: Settings
) -> Prepared:
    """A further certificate of a determination that was made, valid no longer than the one that was revoked."""
    made = session.get_one(Determination, determination_id)
    facts = remediation.case_facts_for_certificate(session, made.case_id, determination_id)
    on = day_in(facts["time_zone"], at)
    if expires_on is not None and expires_on < on:
        raise DomainError(
            "The certificate would have ended by now, so none is issued anew. Conclude that the determination falls, or "
            "leave the review open."
        )
    return _prepared(session, facts, _as_made(facts), issuer(settings), issued_on=on, expires_on=expires_on, at=at)


def _prepared(
    session: Session,
    facts: dict[str, Any],
    stands: ProgramCompletion,
    maker: Issuer,
    *,
    issued_on: date,
    expires_on: date | None,
    at: datetime,
) -> Prepared:
    return certificates.prepare(
        session,
        stands,
        holder=facts["partner_name"],
        partner_name=facts["partner_name"],
        partner_number=facts["partner_number"],
        issued_on=issued_on,
        expires_on=expires_on,
        time_zone=facts["time_zone"],
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
    stands = _completion(facts, determined_on=facts["determined_on"], approver=_approver(session, facts, by))
    return _issue(session, made, facts, stands, prepared=prepared, by=by, at=at)


def issue_again(
    session: Session, determination_id: int, *, prepared: Prepared | None, by: Actor, at: datetime
) -> Certificate:
    """A further certificate of a determination whose first one was revoked and whose review found that it stands."""
    made = session.get_one(Determination, determination_id)
    facts = remediation.case_facts_for_certificate(session, made.case_id, determination_id)
    return _issue(session, made, facts, _as_made(facts), prepared=prepared, by=by, at=at)


def _issue(
    session: Session,
    made: Determination,
    facts: dict[str, Any],
    stands: ProgramCompletion,
    *,
    prepared: Prepared | None,
    by: Actor,
    at: datetime,
) -> Certificate:
    if prepared is None or prepared.snapshot.completion != stands or prepared.snapshot.holder != facts["partner_name"]:
        raise ContentChanged(
            "The case changed while its certificate was being made. Nothing was approved; look again and decide anew.",
            RefusedAct("determination.made", "determination", str(made.id), facts["partner_id"]),
            by=by,
        )
    issued = certificates.issue(
        session,
        prepared,
        partner_id=facts["partner_id"],
        time_zone=facts["time_zone"],
        case_id=made.case_id,
        determination_id=made.id,
        by=by,
        at=at,
    )
    certificates.settle_refusal(session, determination_id=made.id, by=by, at=at)
    return issued


def _as_made(facts: dict[str, Any]) -> ProgramCompletion:
    """As the determination was made: on its day, by its approver."""
    words, approver = wording(Locale(facts["language"])), facts["approver"]
    return _completion(
        facts,
        determined_on=facts["determined_on"],
        approver=Officer(approver["name"], approver["title"] or words.approver),
    )


def _approver(session: Session, facts: dict[str, Any], by: Actor) -> Officer:
    """Whoever has no job title is named by the part that they took, in the certificate's language."""
    person = session.get(Person, by.person_id)
    return Officer(by.name, (person.job_title if person else "") or wording(Locale(facts["language"])).approver)


def _completion(facts: dict[str, Any], *, determined_on: Any, approver: Officer) -> ProgramCompletion:
    """The facts as the certificate keeps them."""
    words = wording(Locale(facts["language"]))
    return ProgramCompletion(
        case_number=facts["case_number"],
        program_names=facts["program_names"],
        outcome=CertifiedOutcome(facts["outcome"]),
        conditions=facts["conditions"],
        determination_reference=facts["determination_reference"],
        determined_on=determined_on,
        proposed_by=Officer(facts["proposer"]["name"], facts["proposer"]["title"] or words.proposer),
        approved_by=approver,
        steps=tuple(
            CompletedStep(step["title"], step["completed_on"], StepStatus(step["status"])) for step in facts["steps"]
        ),
        coverage=tuple(TrainingCoverage(**counted) for counted in facts["coverage"]),
        manifest_digest=facts["manifest_digest"],
    )
