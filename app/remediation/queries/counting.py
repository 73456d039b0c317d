"""Infractions and what they amount to: counts, suggestions, lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.partners.models import Partner, Program
from app.partners.queries import in_reach
from app.remediation.models import (
    CaseInfraction,
    CaseState,
    Infraction,
    InfractionState,
    RemediationCase,
)
from app.remediation.rules.case_states import CLOSED
from app.remediation.rules.counting import Count, Counted, count
from app.remediation.rules.policy import Policy


def _is_taken() -> ColumnElement[bool]:
    """Is a case about this infraction? A dismissed case is not about anything any more."""
    return exists(
        select(CaseInfraction.case_id)
        .join(RemediationCase, RemediationCase.id == CaseInfraction.case_id)
        .where(CaseInfraction.infraction_id == Infraction.id, RemediationCase.state != CaseState.DISMISSED)
    )


def _counted(session: Session, *conditions: ColumnElement[bool]) -> dict[int, list[Counted]]:
    found: dict[int, list[Counted]] = {}
    for row in session.execute(
        select(Infraction.id, Infraction.partner_id, Infraction.occurred_on, _is_taken().label("taken")).where(
            Infraction.state == InfractionState.SUBSTANTIATED, *conditions
        )
    ):
        found.setdefault(row.partner_id, []).append(Counted(row.id, row.occurred_on, not row.taken))
    return found


def count_infractions(session: Session, partner_id: int, policy: Policy) -> Count:
    """What a partner's substantiated infractions amount to under a policy, whatever the program."""
    return count(_counted(session, Infraction.partner_id == partner_id).get(partner_id, []), policy)


def free_infractions(session: Session, partner_id: int) -> list[int]:
    """The ids of substantiated infractions that no case is about."""
    return [one.id for one in _counted(session, Infraction.partner_id == partner_id).get(partner_id, []) if one.is_free]


@dataclass(frozen=True)
class Suggestion:
    """Enough infractions for a case that a person may open; or, where a case is open, infractions that may join it."""

    partner: Partner
    count: Count
    open_case: RemediationCase | None


def suggestions(session: Session, policy: Policy, *, by: Actor, partner_id: int | None = None) -> list[Suggestion]:
    """What the portal suggests: it opens nothing itself. Partners with an open case come with that case."""
    conditions = [in_reach(by, Infraction.partner_id)]
    if partner_id is not None:
        conditions.append(Infraction.partner_id == partner_id)
    counts = {
        partner: counted
        for partner, ones in _counted(session, *conditions).items()
        if (counted := count(ones, policy)).free
    }
    if not counts:
        return []
    open_cases = {
        case.partner_id: case
        for case in session.scalars(
            select(RemediationCase)
            .where(RemediationCase.partner_id.in_(counts), RemediationCase.state.not_in(CLOSED))
            .order_by(RemediationCase.id)
        )
    }
    wanted = [one for one, counted in counts.items() if counted.suggests_case or one in open_cases]
    partners = session.scalars(select(Partner).where(Partner.id.in_(wanted)).order_by(Partner.legal_name)).all()
    return [Suggestion(one, counts[one.id], open_cases.get(one.id)) for one in partners]


@dataclass(frozen=True)
class InfractionRow:
    infraction: Infraction
    partner: Partner
    program: Program
    case_number: str | None


def infractions(
    session: Session,
    *,
    by: Actor,
    state: InfractionState | None = None,
    partner: str = "",
    after: int | None = None,
    limit: int = 50,
) -> list[InfractionRow]:
    """Infractions, newest first, a page at a time; `partner` is a partner's number, `after` the id of the last one shown."""
    case_number = (
        select(RemediationCase.number)
        .join(CaseInfraction, CaseInfraction.case_id == RemediationCase.id)
        .where(CaseInfraction.infraction_id == Infraction.id, RemediationCase.state != CaseState.DISMISSED)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(Infraction, Partner, Program, case_number.label("case_number"))
        .join(Partner, Partner.id == Infraction.partner_id)
        .join(Program, Program.id == Infraction.program_id)
        .where(in_reach(by, Infraction.partner_id))
        .order_by(Infraction.id.desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(Infraction.state == state)
    if partner:
        statement = statement.where(Partner.number == partner)
    if after is not None:
        statement = statement.where(Infraction.id < after)
    return [InfractionRow(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]


def infractions_by_id(session: Session, ids: Sequence[int]) -> Sequence[Infraction]:
    return session.scalars(
        select(Infraction).where(Infraction.id.in_(ids)).order_by(Infraction.occurred_on, Infraction.id)
    ).all()
