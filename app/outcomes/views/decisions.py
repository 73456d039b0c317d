"""The one page on which decisions are made, and the queue of those that wait."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.decisions import queries
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import KINDS, clash
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.kernel.money import Money
from app.outcomes import decisions
from app.outcomes.forms import DecisionForm
from app.outcomes.views.blueprint import bp
from app.partners import queries as partners
from app.transactions import reading
from app.web.filters import day, percent
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/decisions", endpoint="decisions")
@requires(Permission.DECISION_READ)
def decisions_queue() -> ResponseReturnValue:
    session = reading()
    waiting = queries.waiting_for(session, actor())
    made = queries.recent(session, actor())
    names = accounts.names(session, [d.proposed_by_id for d in [*waiting, *made]] + [d.decided_by_id for d in made])
    return render_template("outcomes/decisions.html", waiting=waiting, made=made, names=names, kinds=KINDS)


@bp.get("/decisions/<int:decision_id>")
@requires(Permission.DECISION_READ)
def decision(decision_id: int) -> ResponseReturnValue:
    return _page(decision_id, DecisionForm(formdata=None))


@bp.post("/decisions/<int:decision_id>/outcome")
@requires(Permission.DECISION_READ)
def decide(decision_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    prepared = None
    at = now()
    queries.load(reading(), decision_id, by=actor())
    if form.validate() and form.outcome.data == "approve":
        try:
            prepared = decisions.prepare(
                reading(), decision_id, by=actor(), at=at, settings=current_app.config["SETTINGS"]
            )
        except DomainError as error:
            form.reject(error)
            return _page(decision_id, form), 422

    def act(session: Session) -> str:
        decisions.decide(
            session,
            decision_id,
            approve=form.outcome.data == "approve",
            reason=form.reason.data or "",
            by=actor(),
            at=at,
            prepared=prepared,
        )
        return url_for("outcomes.decision", decision_id=decision_id)

    said = (
        "Approved. What follows is done."
        if form.outcome.data == "approve"
        else "Rejected. The person who proposed it sees your reason."
    )
    return submit(form, act, otherwise=lambda: _page(decision_id, form), said=said)


def _page(decision_id: int, form: DecisionForm) -> str:
    session = reading()
    found = queries.load(session, decision_id, by=actor())
    names = accounts.names(session, [found.proposed_by_id, found.decided_by_id])
    partner = (
        partners.load_by_id(session, found.partner_id, by=actor())
        if found.partner_id and partners.sees_all(actor())
        else None
    )
    effect = decisions.EFFECTS[found.kind]
    return render_template(
        "outcomes/decision.html",
        decision=found,
        kind=KINDS[found.kind],
        names=names,
        partner=partner,
        rows=rows_of(found.content, leave_out=("partner",) if partner else ()),
        effect=effect,
        now_sentences=effect.now(session, found.subject_id, at=now()) if effect.now else (),
        look=effect.look(session, found.subject_id) if effect.look else None,
        may_decide=found.state is DecisionState.PROPOSED and actor().may(KINDS[found.kind].decide),
        kept_apart=clash(actor().person_id, _part(found)),
        form=form,
    )


def _part(found: Decision) -> dict[str, int | None]:
    return {"proposed it": found.proposed_by_id, **found.took_part}


@dataclass(frozen=True)
class Row:
    """One thing of what was proposed: its label, and a text, or lines, each with what belongs to it."""

    label: str
    text: str = ""
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_digest: bool = False


def rows_of(content: Mapping[str, Any], *, leave_out: Collection[str] = ()) -> list[Row]:
    """What was proposed, for people: money with its currency, shares in percent, days in words, lists one under the other."""
    rows = []
    for key, value in content.items():
        if key in leave_out or value in (None, "", [], {}):
            continue
        if isinstance(value, Mapping) and not _is_money(value):
            rows.append(
                Row(
                    _label(key),
                    lines=tuple(
                        (f"{_label(name)}: {_text(name, inner)}", ())
                        for name, inner in value.items()
                        if inner not in (None, "", [], {})
                    ),
                )
            )
        elif isinstance(value, list | tuple):
            rows.append(Row(_label(key), lines=tuple(_line(key, inner) for inner in value)))
        else:
            rows.append(Row(_label(key), _text(key, value), is_digest="digest" in key))
    return rows


def _line(key: str, value: Any) -> tuple[str, tuple[str, ...]]:
    """A line of a list; of a mapping, its first value with the others, labelled, under it."""
    if not isinstance(value, Mapping) or _is_money(value):
        return _text(key, value), ()
    told = [(name, inner) for name, inner in value.items() if inner not in (None, "", [], {})]
    if not told:
        return "", ()
    (first, head), *rest = told
    if {"minor", "currency"} <= value.keys():
        rest = [(name, inner) for name, inner in rest if name not in ("minor", "currency")] + [
            ("amount", {"minor": value["minor"], "currency": value["currency"]})
        ]
    return _text(first, head), tuple(f"{_label(name)}: {_text(name, inner)}" for name, inner in rest)


def _is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"minor", "currency"}


def _label(key: str) -> str:
    return (
        key.removesuffix("_id")
        .removesuffix("_on")
        .removesuffix("_at")
        .replace("per_ten_thousand", "share")
        .replace("_", " ")
        .strip()
        .capitalize()
    )


def _text(key: str, value: Any) -> str:
    if _is_money(value):
        return Money(value["minor"], value["currency"]).shown()
    if isinstance(value, Mapping):
        return "; ".join(
            f"{_label(name)} {_text(name, inner)}" for name, inner in value.items() if inner not in (None, "", [], {})
        )
    if isinstance(value, list | tuple):
        return ", ".join(_text(key, inner) for inner in value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if key.endswith("per_ten_thousand") and isinstance(value, int):
        return percent(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return day(date.fromisoformat(value))
    return str(value)
