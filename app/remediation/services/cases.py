"""Verbs about cases: open, join an infraction, note, mark, set aside a draft, send back, end the monitoring."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.decisions.models import Decision
from app.decisions.services import require
from app.incentives.queries.holds import blocking_holds_of_case, held_of_case
from app.kernel.clock import day_in
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct, constraint_says
from app.partners.models import Partner, Program
from app.remediation import queries
from app.remediation.models import (
    CaseDeadline,
    CaseFlag,
    CaseInfraction,
    CaseNote,
    CaseTransition,
    DeadlineKind,
    Infraction,
    InfractionState,
    Mark,
    RemediationCase,
    StepKind,
)
from app.remediation.rules.case_states import CLOSED, CaseState
from app.remediation.rules.policy import Policy
from app.remediation.rules.step_states import StepState
from app.remediation.services.moving import lock, move_case, move_step

constraint_says(
    "one_open_case_a_partner_and_program",
    "A case of this partner in this program is open already. New infractions join that one.",
)
constraint_says("one_live_mark_of_a_kind_a_case", "This case is marked so already.")


def open_case(
    session: Session,
    partner: Partner,
    program: Program,
    infraction_ids: Collection[int],
    *,
    reason: str,
    policy: Policy,
    by: Actor,
    at: datetime,
) -> RemediationCase:
    """Open the case that the portal suggests. `infraction_ids` are the ones it is about: substantiated, and in no other case.

    The policy given is frozen on it. A case that follows closed ones of this partner names the last of them.
    """
    act = RefusedAct("case.opened", "partner", partner.number, partner.id)
    require(Permission.CASE_OPEN, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A case is opened by a person.")
    if not reason.strip():
        raise DomainError("Say why this case is opened now, for the people who will read it later.", field="reason")
    serialize(session, f"open-case:{partner.id}")
    open_one = session.scalar(
        select(RemediationCase.number).where(
            RemediationCase.partner_id == partner.id,
            RemediationCase.program_id == program.id,
            RemediationCase.state.not_in(CLOSED),
        )
    )
    if open_one is not None:
        raise Conflict(f"{open_one} is open for this partner and program. New infractions join that case.")
    counted = queries.count_infractions(session, partner.id, policy)
    if not counted.suggests_case:
        raise DomainError(
            f"{len(counted.ids)} of {counted.needed} substantiated infractions within {policy.infraction_window_months} months: "
            "too few for a remediation case. Single infractions have other consequences, such as required training."
        )
    chosen = sorted(set(infraction_ids))
    if not chosen:
        raise DomainError("Choose the infractions that the case is about.", field="infractions")
    if not set(chosen) <= set(queries.free_infractions(session, partner.id)):
        raise Conflict(
            "One of these infractions is not substantiated, or a case is about it already. Look at the list again.",
            field="infractions",
        )
    follows = session.scalar(
        select(RemediationCase.id)
        .where(
            RemediationCase.partner_id == partner.id,
            RemediationCase.state.in_((CaseState.CLOSED_COMPLETED, CaseState.CLOSED_OFFBOARDED)),
        )
        .order_by(RemediationCase.id.desc())
        .limit(1)
    )
    year, sequence = _next_number(session, at)
    case = RemediationCase(
        number=f"RC-{year}-{sequence:04d}",
        year=year,
        sequence=sequence,
        partner_id=partner.id,
        program_id=program.id,
        policy=policy.frozen(),
        follows_id=follows,
        opened_by_id=by.person_id,
        opened_at=at,
    )
    session.add(case)
    session.flush()
    session.add(
        CaseTransition(
            case_id=case.id, from_state=None, to_state=CaseState.DRAFT, reason=reason.strip(), by_id=by.person_id, at=at
        )
    )
    session.add_all(
        CaseInfraction(case_id=case.id, infraction_id=one, joined_by_id=by.person_id, joined_at=at, reason="At opening")
        for one in chosen
    )
    session.flush()
    audit.record(
        session,
        "case.opened",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=partner.id,
        reason=reason.strip(),
        details={"infractions": chosen, "program": program.id, "follows": follows, "policy": policy.frozen()},
    )
    return case


def _next_number(session: Session, at: datetime) -> tuple[int, int]:
    """The next number of the year (UTC). Numbers have no gaps: they are given under a lock and only kept with their case."""
    serialize(session, "case-number")
    year = at.year
    last = session.scalar(select(func.max(RemediationCase.sequence)).where(RemediationCase.year == year)) or 0
    if last >= 9999:
        raise DomainError("All case numbers of this year are used. Ask an administrator.")
    return year, last + 1


def join_infraction(
    session: Session, case: RemediationCase, infraction: Infraction, *, reason: str, by: Actor, at: datetime
) -> None:
    """Add an infraction found during a case to it. The partner learns of it by a new notice, which takes two people."""
    act = RefusedAct("infraction.joined", "case", case.number, case.partner_id, {"infraction": infraction.id})
    require(Permission.CASE_ADVANCE, by=by, act=act)
    serialize(session, f"open-case:{case.partner_id}")
    lock(session, case.id)
    if by.person_id is None or infraction.partner_id != case.partner_id:
        raise NotFound
    if case.state in CLOSED:
        raise Conflict(f"{case.number} is closed. New infractions after that lead to a new case that follows it.")
    if infraction.state is not InfractionState.SUBSTANTIATED:
        raise DomainError("Only a substantiated infraction can join a case.")
    if infraction.id not in queries.free_infractions(session, case.partner_id):
        raise Conflict("A case is about this infraction already. Nothing was changed.")
    if not reason.strip():
        raise DomainError("Say why it belongs to this case.", field="reason")
    session.add(
        CaseInfraction(
            case_id=case.id, infraction_id=infraction.id, joined_by_id=by.person_id, joined_at=at, reason=reason.strip()
        )
    )
    session.flush()
    audit.record(
        session,
        "infraction.joined",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=reason.strip(),
        details={"infraction": infraction.id},
    )


def write_note(session: Session, case: RemediationCase, text: str, *, by: Actor, at: datetime) -> CaseNote:
    """An internal note. The audit trail keeps that it was written, not what it says."""
    require(Permission.CASE_NOTE, by=by, act=RefusedAct("note.written", "case", case.number, case.partner_id))
    if by.person_id is None or not text.strip():
        raise DomainError("Write the note first.", field="text")
    note = CaseNote(case_id=case.id, text=text.strip(), written_by_id=by.person_id, written_at=at)
    session.add(note)
    session.flush()
    audit.record(
        session,
        "note.written",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"note": note.id},
    )
    return note


def set_mark(session: Session, case: RemediationCase, mark: Mark, *, reason: str, by: Actor, at: datetime) -> CaseFlag:
    """Mark a case as escalated or under legal hold; the mark stands beside its state."""
    require(Permission.CASE_ADVANCE, by=by, act=RefusedAct("mark.set", "case", case.number, case.partner_id))
    if by.person_id is None or not reason.strip():
        raise DomainError("Say why the case is marked so.", field="reason")
    lock(session, case.id)
    if _live_mark(session, case, mark) is not None:
        raise Conflict("This case is marked so already.")
    flag = CaseFlag(case_id=case.id, mark=mark, reason=reason.strip(), set_by_id=by.person_id, set_at=at)
    session.add(flag)
    session.flush()
    audit.record(
        session,
        "mark.set",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=flag.reason,
        details={"mark": mark.value},
    )
    return flag


def lift_mark(session: Session, case: RemediationCase, mark: Mark, *, reason: str, by: Actor, at: datetime) -> None:
    require(Permission.CASE_ADVANCE, by=by, act=RefusedAct("mark.lifted", "case", case.number, case.partner_id))
    lock(session, case.id)
    flag = _live_mark(session, case, mark)
    if flag is None:
        raise Conflict("This mark was lifted already.")
    if not reason.strip():
        raise DomainError("Say why the mark is lifted.", field="reason")
    flag.lifted_by_id, flag.lifted_at, flag.lifted_reason = by.person_id, at, reason.strip()
    session.flush()
    audit.record(
        session,
        "mark.lifted",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=flag.lifted_reason,
        details={"mark": mark.value},
    )


def _live_mark(session: Session, case: RemediationCase, mark: Mark) -> CaseFlag | None:
    return session.scalar(
        select(CaseFlag).where(CaseFlag.case_id == case.id, CaseFlag.mark == mark, CaseFlag.lifted_at.is_(None))
    )


def dismiss_draft(session: Session, case: RemediationCase, *, reason: str, by: Actor, at: datetime) -> None:
    """Set a case aside that the partner never heard of. Its infractions are free again; nothing is deleted."""
    lock(session, case.id)
    if case.state is CaseState.DRAFT:
        refuse_held_money(session, case)
    move_case(session, case, CaseState.DISMISSED, by=by, at=at, reason=reason)


def refuse_held_money(session: Session, case: RemediationCase) -> None:
    """A case is not closed while money is still withheld under it: first it is decided what becomes of that."""
    holds = blocking_holds_of_case(session, case.id)
    if holds:
        amounts = ", ".join(money.shown() for money in held_of_case(session, case.id)) or "what will be earned"
        numbers = ", ".join(hold.number for hold in holds)
        raise DomainError(
            f"{case.number} still withholds {amounts} (hold {numbers}). Decide what becomes of that first; "
            "a case isn't closed while money is held."
        )


def return_steps(
    session: Session,
    case: RemediationCase,
    step_ids: Sequence[int],
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Send a case back from its completion review. Exactly the named steps are reopened; the others stay as they are."""
    require(Permission.CASE_ADVANCE, by=by, act=RefusedAct("steps.returned", "case", case.number, case.partner_id))
    lock(session, case.id)
    if not step_ids:
        raise DomainError("Choose the steps that have to be worked on again.", field="steps")
    move_case(session, case, CaseState.IN_REMEDIATION, by=by, at=at, reason=reason)
    reopen_named(session, case, step_ids, reason=reason, by=by, at=at)


def reopen_named(
    session: Session,
    case: RemediationCase,
    step_ids: Sequence[int],
    *,
    reason: str,
    by: Actor,
    at: datetime,
    decision: Decision | None = None,
) -> None:
    """Reopen accepted steps of the case by their ids; a signed attestation no longer fits and reopens with them."""
    own = {step.id: step for step in queries.steps(session, case.id)}
    for step_id in sorted(set(step_ids)):
        if step_id not in own:
            raise NotFound
        if own[step_id].kind.is_computed or own[step_id].kind is StepKind.ATTESTATION:
            raise DomainError(
                f"“{own[step_id].title}” opens and completes by itself. Choose the steps that somebody has to work on again.",
                field="steps",
            )
        move_step(session, case, own[step_id], StepState.REOPENED, by=by, at=at, reason=reason, decision=decision)
    for step in own.values():
        if step.kind is StepKind.ATTESTATION and step.state is StepState.ACCEPTED:
            moot = "Steps were reopened after the signature."
            move_step(session, case, step, StepState.REOPENED, by=PORTAL, at=at, reason=moot)


def close_after_monitoring(session: Session, case: RemediationCase, *, reason: str, by: Actor, at: datetime) -> None:
    """Close a case completed with conditions, once its monitoring period is over and the conditions are found to be kept."""
    lock(session, case.id)
    partner = session.get_one(Partner, case.partner_id)
    due = session.scalar(
        select(CaseDeadline).where(CaseDeadline.case_id == case.id, CaseDeadline.kind == DeadlineKind.MONITORING)
    )
    if case.state is CaseState.MONITORING and due and day_in(partner.time_zone, at) <= due.current_due_on:
        end = due.current_due_on
        raise DomainError(f"The monitoring runs until {end.day} {end:%B %Y}. Close the case after that day.")
    move_case(session, case, CaseState.CLOSED_COMPLETED, by=by, at=at, reason=reason)
