"""Verbs about infractions: record, substantiate, dismiss."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.rules import Duty
from app.decisions.services import keep_apart, require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.partners.models import Partner, Program
from app.remediation.models import Infraction, InfractionCategory, InfractionSource, InfractionState, Severity


def record_infraction(
    session: Session,
    partner: Partner,
    program: Program,
    *,
    category: InfractionCategory,
    severity: Severity,
    source: InfractionSource,
    rule: str,
    summary: str,
    occurred_on: date,
    discovered_on: date,
    by: Actor,
    at: datetime,
    internal_details: str = "",
) -> Infraction:
    """An act of noncompliance, alleged until a second person judges it. `summary` may be read by the partner, `internal_details` never."""
    act = RefusedAct("infraction.recorded", "partner", partner.number, partner.id)
    require(Permission.INFRACTION_RECORD, by=by, act=act)
    if by.person_id is None:
        raise DomainError("An infraction is recorded by a person.")
    if not rule.strip():
        raise DomainError("Name the rule that was broken, for example “Partner code of conduct 4.2”.", field="rule")
    if len(summary.strip()) < 20:
        raise DomainError(
            "Say in a sentence or two what happened, in words that the partner may read.", field="summary"
        )
    today = day_in(partner.time_zone, at)
    if occurred_on > today:
        raise DomainError("This day is in the future. Enter the day on which it happened.", field="occurred_on")
    if discovered_on > today:
        raise DomainError("This day is in the future. Enter the day on which it was found.", field="discovered_on")
    if discovered_on < occurred_on:
        raise DomainError("It can't be found before it happened. Check the two dates.", field="discovered_on")
    made = Infraction(
        partner_id=partner.id,
        program_id=program.id,
        category=category,
        severity=severity,
        source=source,
        rule=" ".join(rule.split()),
        summary=summary.strip(),
        internal_details=internal_details.strip(),
        occurred_on=occurred_on,
        discovered_on=discovered_on,
        recorded_by_id=by.person_id,
        recorded_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "infraction.recorded",
        "infraction",
        made.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={
            "program": program.id,
            "category": category.value,
            "severity": severity.value,
            "occurred_on": occurred_on.isoformat(),
            "discovered_on": discovered_on.isoformat(),
        },
    )
    return made


def substantiate(session: Session, infraction: Infraction, *, reason: str, by: Actor, at: datetime) -> None:
    """A second person finds it proven. It counts from the day on which it occurred."""
    _judge(session, infraction, InfractionState.SUBSTANTIATED, reason=reason, by=by, at=at)


def dismiss(session: Session, infraction: Infraction, *, reason: str, by: Actor, at: datetime) -> None:
    """A second person finds it not proven, or no infraction. It stays on file and counts for nothing."""
    _judge(session, infraction, InfractionState.DISMISSED, reason=reason, by=by, at=at)


def _judge(
    session: Session, infraction: Infraction, verdict: InfractionState, *, reason: str, by: Actor, at: datetime
) -> None:
    act = RefusedAct(f"infraction.{verdict.value}", "infraction", str(infraction.id), infraction.partner_id)
    require(Permission.INFRACTION_SUBSTANTIATE, by=by, act=act)
    session.execute(
        select(Infraction)
        .where(Infraction.id == infraction.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    keep_apart(
        Duty.SUBSTANTIATE_INFRACTION,
        by=by,
        took_part={"recorded it": infraction.recorded_by_id},
        subject_type="infraction",
        subject_id=infraction.id,
        partner_id=infraction.partner_id,
    )
    if infraction.state is not InfractionState.ALLEGED:
        raise Conflict(f"This infraction was already {infraction.state.value}. Nothing was changed.")
    if not reason.strip():
        raise DomainError(
            "Say what you base this on, so that the partner and an auditor can follow it.", field="reason"
        )
    infraction.state = verdict
    infraction.judged_by_id, infraction.judged_at, infraction.judgement_reason = by.person_id, at, reason.strip()
    session.flush()
    audit.record(
        session,
        f"infraction.{verdict.value}",
        "infraction",
        infraction.id,
        by=by,
        at=at,
        partner_id=infraction.partner_id,
        reason=infraction.judgement_reason,
        details={"recorded_by": infraction.recorded_by_id},
    )
