"""The policy as data: who holds what, and what no single role may hold together."""

import pytest

from app.access.policy import GRANTS, PARTNER_ROLES, Actor, Permission, Role, Side, granted, holders, sides
from app.decisions.rules import KINDS

# What reading is: an auditor may do these, and nothing else.
_READING = {one for one in Permission if one.value.endswith((":read", ":read-own", ":use"))}
_DECIDING = {about.decide for about in KINDS.values()}
_PROPOSING = {about.propose for about in KINDS.values()}


def test_every_role_has_its_grants() -> None:
    assert set(GRANTS) == set(Role)
    assert len(Role) == 14


@pytest.mark.parametrize("role", Role)
def test_no_role_alone_proposes_and_decides_the_same_kind(role: Role) -> None:
    both = [kind for kind, about in KINDS.items() if {about.propose, about.decide} <= GRANTS[role]]
    assert not both


def test_an_auditor_only_reads() -> None:
    assert GRANTS[Role.AUDITOR] <= _READING


def test_an_administrator_decides_and_proposes_nothing() -> None:
    assert not GRANTS[Role.ADMINISTRATOR] & (_DECIDING | _PROPOSING)


@pytest.mark.parametrize("role", sorted(PARTNER_ROLES))
def test_nobody_at_a_partner_reviews_substantiates_decides_or_sees_the_inside(role: Role) -> None:
    P = Permission
    inside = {
        P.EVIDENCE_REVIEW,
        P.INFRACTION_READ,
        P.CASE_NOTE,
        P.AUDIT_READ,
        P.PARTNER_READ,
        P.MONEY_READ,
        P.DECISION_READ,
    }
    assert not GRANTS[role] & (inside | _DECIDING | _PROPOSING)


def test_a_representative_has_no_hand_in_holds_determinations_waivers_or_money() -> None:
    P = Permission
    barred = {
        P.HOLD_PROPOSE,
        P.DETERMINATION_PROPOSE,
        P.WAIVER_ASK,
        P.RELEASE_PROPOSE,
        P.MONEY_READ,
        P.CASE_NOTE,
        P.EVIDENCE_REVIEW,
    }
    assert not GRANTS[Role.ACCOUNT_REPRESENTATIVE] & (barred | _DECIDING)


def test_only_the_executive_signs_for_the_partner() -> None:
    assert holders(Permission.ATTESTATION_SIGN) == (Role.EXECUTIVE,)


def test_finance_changes_no_fact_of_a_case() -> None:
    P = Permission
    facts = {P.CASE_OPEN, P.CASE_ADVANCE, P.CASE_NOTE, P.INFRACTION_RECORD, P.EVIDENCE_REVIEW, P.DETERMINATION_PROPOSE}
    assert not (GRANTS[Role.FINANCE_ANALYST] | GRANTS[Role.FINANCE_APPROVER]) & facts


def test_money_outside_one_s_own_partner_is_for_the_vendor() -> None:
    assert sides(Permission.MONEY_READ) == {Side.VENDOR}
    assert sides(Permission.MONEY_READ_OWN) == {Side.PARTNER}


def test_roles_together_hold_what_each_holds_and_no_role_holds_nothing() -> None:
    both = frozenset({Role.COMPLIANCE_APPROVER, Role.FINANCE_APPROVER})
    assert granted(both) == GRANTS[Role.COMPLIANCE_APPROVER] | GRANTS[Role.FINANCE_APPROVER]
    assert granted(frozenset()) == frozenset()
    assert not any(Actor(1, "Nobody").may(one) for one in Permission)
