"""Verbs about notices: propose, serve, reject, acknowledge."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import propose, require
from app.kernel.clock import add_business_days, day_in
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.outbox.services import enqueue
from app.partners.models import Partner, Program
from app.remediation import queries
from app.remediation.models import (
    CaseDeadline,
    CaseState,
    DeadlineKind,
    Infraction,
    Notice,
    NoticeState,
    RemediationCase,
)
from app.remediation.rules.case_states import CLOSED
from app.remediation.rules.policy import Policy
from app.remediation.services.moving import decided, is_open_question, lock, move_case
from app.remediation.services.progress import advance


def propose_notice(
    session: Session,
    case: RemediationCase,
    *,
    explanation: str,
    obligations: str,
    consequences: str,
    appeal: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Notice:
    """Freeze the words of a notice and put it to an approver. Its grounds are the case's infractions as they stand now."""
    require(Permission.NOTICE_PROPOSE, by=by, act=RefusedAct("notice.proposed", "case", case.number, case.partner_id))
    if by.person_id is None:
        raise DomainError("A proposal is made by a person.")
    lock(session, case.id)
    if case.state in CLOSED:
        raise Conflict(f"{case.number} is closed. Nothing more is served under it.")
    words = {
        "explanation": explanation,
        "obligations": obligations,
        "consequences": consequences,
        "appeal": appeal,
    }
    for name, text in words.items():
        if len(text.strip()) < 40:
            raise DomainError(
                "Write this part in whole sentences: the partner reads nothing else to understand it.", field=name
            )
    earlier = session.scalar(select(Notice).where(Notice.case_id == case.id, Notice.state == NoticeState.PROPOSED))
    if earlier is not None:
        if is_open_question(session, DecisionKind.NOTICE, earlier.id):
            raise Conflict("A notice is proposed already and waits for its approver. Wait for that decision first.")
        earlier.state = NoticeState.WITHDRAWN
        session.flush()
    version = (session.scalar(select(func.max(Notice.version)).where(Notice.case_id == case.id)) or 0) + 1
    notice = Notice(
        case_id=case.id,
        version=version,
        grounds=[_ground(infraction) for infraction in queries.infractions_of(session, case.id)],
        **{name: text.strip() for name, text in words.items()},
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(notice)
    session.flush()
    propose(
        session,
        DecisionKind.NOTICE,
        notice.id,
        label=case.number if version == 1 else f"{case.number}, version {version}",
        content=notice_content(session, notice.id),
        partner_id=case.partner_id,
        reason=reason,
        by=by,
        at=at,
    )
    return notice


def _ground(infraction: Infraction) -> dict[str, Any]:
    """What the partner reads of an infraction. Nothing internal."""
    return {
        "infraction": infraction.id,
        "rule": infraction.rule,
        "category": infraction.category.value,
        "occurred_on": infraction.occurred_on.isoformat(),
        "summary": infraction.summary,
    }


def notice_content(session: Session, notice_id: int) -> dict[str, Any]:
    """What an approver judges, as it stands now: the notice's own words, and the grounds read again from the case."""
    notice, case, partner, program = _of(session, notice_id)
    policy = Policy.kept(case.policy)
    return {
        "case": case.number,
        "partner": f"{partner.legal_name} ({partner.number})",
        "program": program.name,
        "version": notice.version,
        "grounds": [
            f"{ground['occurred_on']}: {ground['rule']}. {ground['summary']}"
            for ground in map(_ground, queries.infractions_of(session, case.id))
        ],
        "why": notice.explanation,
        "what_to_do": notice.obligations,
        "consequences": notice.consequences,
        "how_to_appeal": notice.appeal,
        "business_days_to_acknowledge": policy.acknowledge_business_days,
        "days_for_the_whole_program": policy.program_days,
        "days_to_appeal": policy.appeal_days,
    }


def _of(session: Session, notice_id: int) -> tuple[Notice, RemediationCase, Partner, Program]:
    row = session.execute(
        select(Notice, RemediationCase, Partner, Program)
        .join(RemediationCase, RemediationCase.id == Notice.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(Program, Program.id == RemediationCase.program_id)
        .where(Notice.id == notice_id)
    ).one()
    return row[0], row[1], row[2], row[3]


def serve_notice(session: Session, notice_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of an approved notice: the partner can read it, and its clocks start, in its own time zone, on this day.

    The first notice moves the case from draft to notified. A later version replaces the words; deadlines that run stay.
    """
    notice, case, partner, _ = _of(session, notice_id)
    decision = decided(session, DecisionKind.NOTICE, notice_id, DecisionState.APPROVED)
    lock(session, case.id)
    if notice.state is not NoticeState.PROPOSED:
        raise Conflict(f"This notice was already {notice.state.value}. Nothing was changed.")
    if case.state in CLOSED:
        raise Conflict(f"{case.number} is closed. Nothing more is served under it.")
    served_on = day_in(partner.time_zone, at)
    notice.state, notice.served_at, notice.served_on = NoticeState.SERVED, at, served_on
    policy = Policy.kept(case.policy)
    if case.state is CaseState.DRAFT:
        days = {
            DeadlineKind.ACKNOWLEDGE: add_business_days(served_on, policy.acknowledge_business_days),
            DeadlineKind.APPEAL: served_on + timedelta(days=policy.appeal_days),
            DeadlineKind.PROGRAM: served_on + timedelta(days=policy.program_days),
        }
        session.add_all(
            CaseDeadline(case_id=case.id, kind=kind, original_due_on=day, current_due_on=day, set_at=at)
            for kind, day in days.items()
        )
        move_case(
            session,
            case,
            CaseState.NOTIFIED,
            by=by,
            at=at,
            reason=f"Notice version {notice.version} was approved and served.",
            decision=decision,
        )
    session.flush()
    audit.record(
        session,
        "notice.served",
        "notice",
        notice.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={
            "case": case.number,
            "version": notice.version,
            "served_on": served_on.isoformat(),
            "decision": decision.id,
        },
    )
    enqueue(
        session,
        "notice_served",
        f"notice_served:{notice.id}",
        {"notice_id": notice.id, "case_id": case.id, "partner_id": case.partner_id},
        at=at,
    )


def reject_notice(session: Session, notice_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of a rejected notice: it is never served. A new version can be proposed."""
    notice, case, _, _ = _of(session, notice_id)
    decided(session, DecisionKind.NOTICE, notice_id, DecisionState.REJECTED)
    _end(session, notice, case, NoticeState.REJECTED, by=by, at=at)


def _end(
    session: Session, notice: Notice, case: RemediationCase, state: NoticeState, *, by: Actor, at: datetime
) -> None:
    if notice.state is not NoticeState.PROPOSED:
        raise Conflict(f"This notice was already {notice.state.value}. Nothing was changed.")
    notice.state = state
    session.flush()
    audit.record(
        session,
        f"notice.{state.value}",
        "notice",
        notice.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "version": notice.version},
    )


def acknowledge_notice(session: Session, notice: Notice, *, by: Actor, at: datetime) -> None:
    """The partner's compliance contact confirms having read it. With the first one the planning begins."""
    _, case, partner, _ = _of(session, notice.id)
    act = RefusedAct("notice.acknowledged", "notice", str(notice.id), case.partner_id)
    require(Permission.NOTICE_ACKNOWLEDGE, by=by, act=act)
    lock(session, case.id)
    session.refresh(notice)
    if by.person_id is None or notice.state is not NoticeState.SERVED:
        raise Conflict("This notice was not served. There is nothing to acknowledge.")
    if notice.acknowledged_at is not None:
        raise Conflict("This notice was acknowledged already. Go on with your case.")
    notice.acknowledged_at, notice.acknowledged_by_id = at, by.person_id
    session.flush()
    due = session.scalar(
        select(CaseDeadline).where(CaseDeadline.case_id == case.id, CaseDeadline.kind == DeadlineKind.ACKNOWLEDGE)
    )
    late = due is not None and day_in(partner.time_zone, at) > due.current_due_on
    audit.record(
        session,
        "notice.acknowledged",
        "notice",
        notice.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "version": notice.version, "late": late},
    )
    if case.state is CaseState.NOTIFIED:
        move_case(
            session,
            case,
            CaseState.PLANNING,
            by=by,
            at=at,
            reason=f"Notice version {notice.version} was acknowledged{', late' if late else ''}.",
        )
    advance(session, case, at=at)
