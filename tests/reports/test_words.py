"""Every action that is recorded anywhere has words, and no words are for an action that nobody records."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from app.audit.models import AuditEvent
from app.decisions.rules import Duty
from app.remediation.models import (
    DeterminationState,
    InfractionState,
    NoticeState,
    PlanState,
    ReferralState,
    ReviewState,
)
from app.reports.words import ACTIONS, sentence

APP = Path(__file__).resolve().parents[2] / "app"
SHAPE = re.compile(r"[a-z]+(-[a-z]+)*\.(?!md$|csv$|id$)[a-z]+(-[a-z]+)*")
# Actions whose second half is a state, by the noun before it.
FAMILIES: dict[str, type[StrEnum]] = {
    "notice": NoticeState,
    "plan": PlanState,
    "referral": ReferralState,
    "evidence": ReviewState,
    "infraction": InfractionState,
    "determination": DeterminationState,
}
# Kinds of decision whose effect may be refused for want of a decision.
DECIDED = ("hold", "release-order")
# States in which those begin: nobody brings them about by a verb of that name.
BEGINNINGS = {"evidence.waiting", "infraction.alleged"}


def recorders() -> list[Path]:
    """The modules that record acts: every service, the guard, and those who refuse."""
    return [
        path
        for path in sorted(APP.rglob("*.py"))
        if "services" in (path.stem, path.parent.name) or path == APP / "web" / "guard.py"
    ]


def recorded() -> Iterator[tuple[str, str]]:
    for duty in Duty:
        yield duty.value, "decisions/rules.py"
    for path in recorders():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(APP)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPE.fullmatch(node.value):
                yield node.value, place
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                noun, dot, _ = str(node.values[0].value).partition(".")
                if dot and len(node.values) == 2 and noun in FAMILIES:
                    yield from ((f"{noun}.{state.value}", place) for state in FAMILIES[noun])


def test_every_action_that_is_recorded_has_words():
    found = {action: place for action, place in recorded() if action not in BEGINNINGS}
    assert len(found) > 60
    unworded = {action: place for action, place in found.items() if action not in ACTIONS}
    assert not unworded, f"Add to app/reports/words.py: {unworded}"


def test_a_composed_action_names_a_family_that_is_known():
    for path in recorders():
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in (
                "record",
                "RefusedAct",
            ):
                for argument in call.args[:2]:
                    if isinstance(argument, ast.JoinedStr):
                        if getattr(argument.values[-1], "value", "") == ".decided":
                            assert {f"{kind}.decided" for kind in DECIDED} <= set(ACTIONS)
                            continue
                        noun = str(getattr(argument.values[0], "value", "")).partition(".")[0]
                        assert noun in FAMILIES, f"{path.relative_to(APP)}:{call.lineno} composes “{noun}.…”"


def test_a_refusal_reads_as_one():
    assert (
        sentence(AuditEvent(action="decision.approved", outcome="refused"))
        == "tried to approve a decision, and was refused"
    )
    assert sentence(AuditEvent(action="decision.approved", outcome="done")) == "approved a decision"


def test_a_proposal_says_of_what():
    noted = {"details": {"kind": "release_order"}}
    assert (
        sentence(AuditEvent(action="decision.proposed", outcome="done", **noted))
        == "put a release order to a second person"
    )
    assert (
        sentence(AuditEvent(action="decision.decided", outcome="refused", **noted))
        == "tried to decide about a release order, and was refused"
    )


def test_an_action_of_a_later_version_is_still_readable():
    assert sentence(AuditEvent(action="moon-landing.faked", outcome="done")) == "did: moon landing faked"
