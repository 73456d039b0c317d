"""What this room has to know of remediation cases, whose own room lies above it: read by table name, given as values."""

from collections.abc import Collection, Mapping

from sqlalchemy import Select, column, select, table
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.incentives.rules.holds import CaseRef
from app.kernel.errors import NotFound
from app.partners.queries import in_reach

CASE = table("remediation_case", column("id"), column("number"), column("partner_id"), column("state"))
_DETERMINATION = table("determination", column("id"), column("case_id"))


def _cases() -> Select[tuple[int, str, int, str]]:
    return select(CASE.c.id, CASE.c.number, CASE.c.partner_id, CASE.c.state)


def case_by_number(session: Session, number: str, *, by: Actor) -> CaseRef:
    """A case within the actor's reach; NotFound otherwise."""
    row = session.execute(_cases().where(CASE.c.number == number, in_reach(by, CASE.c.partner_id))).first()
    if row is None:
        raise NotFound
    return CaseRef(row.id, row.number, row.partner_id, row.state)


def case_ref(session: Session, case_id: int) -> CaseRef:
    """A case by its key; NotFound where there is none."""
    found = case_refs(session, [case_id]).get(case_id)
    if found is None:
        raise NotFound
    return found


def case_refs(session: Session, case_ids: Collection[int]) -> Mapping[int, CaseRef]:
    """Cases by their keys."""
    rows = session.execute(_cases().where(CASE.c.id.in_(set(case_ids))))
    return {row.id: CaseRef(row.id, row.number, row.partner_id, row.state) for row in rows}


def determination_approvers(session: Session, case_id: int) -> dict[str, int]:
    """Who approved a determination of this case: they may not approve the release of its money."""
    people = session.scalars(
        select(Decision.decided_by_id)
        .join(_DETERMINATION, _DETERMINATION.c.id == Decision.subject_id)
        .where(
            Decision.kind == DecisionKind.DETERMINATION,
            Decision.state == DecisionState.APPROVED,
            Decision.decided_by_id.is_not(None),
            _DETERMINATION.c.case_id == case_id,
        )
        .order_by(Decision.id)
    ).all()
    distinct = list(dict.fromkeys(person for person in people if person is not None))
    return {
        "approved the determination" + (f" ({place})" if place > 1 else ""): person
        for place, person in enumerate(distinct, start=1)
    }
