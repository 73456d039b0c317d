"""Version 1 of the API: the same questions and acts as the pages, in JSON, behind the same session and the same services."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.accounts import queries as accounts
from app.certificates import queries as certificates
from app.certificates.rules.snapshot import CertificateKind
from app.decisions import queries as waiting
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import KINDS, clash
from app.extensions import limiter
from app.incentives import queries as incentives
from app.kernel import receipts
from app.kernel.canonical import digest
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, Refused
from app.kernel.money import Money
from app.learning.queries.tasks import Task, tasks
from app.outcomes import decisions
from app.partners import queries as partners
from app.settings import Settings
from app.transactions import reading, transaction
from app.web.errors import answer
from app.web.guard import actor, public, requires
from app.web.intake import is_text

bp = Blueprint("api", __name__, url_prefix="/api/v1")

OUTCOMES = ("approve", "reject")
LONGEST_REASON = 2000


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


@bp.get("/session")
@requires(Permission.SIGNED_IN)
def session_facts() -> ResponseReturnValue:
    """Who is signed in, and the token that every POST has to carry in `X-CSRFToken`."""
    who = actor()
    return jsonify(
        person={"id": who.person_id, "name": who.name, "email": who.email, "roles": sorted(who.roles)},
        organization=who.organization,
        csrf_token=generate_csrf(),
    )


@bp.get("/certificates/<number>")
@public
@limiter.limit(lambda: settings().verify_limit)
def certificate(number: str) -> ResponseReturnValue:
    """What the public page says of a certificate: its standing, and every field that is printed on it."""
    found = certificates.public(reading(), number, at=now())
    row = found.certificate
    response = jsonify(
        number=row.number,
        standing=found.standing.value,
        kind=CertificateKind(row.kind).value,
        issued_at=_instant(row.issued_at),
        expires_on=row.expires_on.isoformat() if row.expires_on else None,
        revoked_at=_instant(row.revoked_at),
        superseded_by=row.superseded_by_number,
        fields=[{"label": label, "value": value} for label, value in found.fields],
        snapshot_digest=row.snapshot_digest,
        document_digest=row.pdf_digest,
        page=settings().base_url.rstrip("/") + url_for("certificates.verified", number=row.number),
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/tasks")
@requires(Permission.LEARNING_TAKE)
def own_tasks() -> ResponseReturnValue:
    """The signed-in person's assignments, by due date."""
    return jsonify(tasks=[_task(task) for task in tasks(reading(), by=actor(), at=now())])


def _task(task: Task) -> dict[str, Any]:
    return {
        "assignment_id": task.assignment_id,
        "title": task.title,
        "state": task.state.value,
        "due_on": task.due_on.isoformat(),
        "overdue": task.is_overdue,
        "needs_help": task.is_stuck,
        "done": task.done,
        "total": task.total,
        "next_unit": task.next_unit,
        "completed_at": _instant(task.satisfied_at),
        "valid_until": task.valid_until.isoformat() if task.valid_until else None,
        "page": url_for("learning.assignment", assignment_id=task.assignment_id),
    }


@bp.get("/decisions")
@requires(Permission.DECISION_READ)
def open_and_recent() -> ResponseReturnValue:
    """Proposals that the signed-in person may decide, oldest first, and what was decided lately."""
    session = reading()
    open_ones = waiting.waiting_for(session, actor())
    recent = waiting.recent(session, actor())
    names = _names(session, [*open_ones, *recent])
    return jsonify(
        waiting=[_decision(one, names, actor()) for one in open_ones],
        recent=[_decision(one, names, actor()) for one in recent],
    )


@bp.get("/decisions/<int:decision_id>")
@requires(Permission.DECISION_READ)
def decision(decision_id: int) -> ResponseReturnValue:
    """One decision with the content that was proposed and its digest."""
    session = reading()
    found = waiting.load(session, decision_id, by=actor())
    return jsonify(_decision(found, _names(session, [found]), actor()) | {"content": found.content})


@bp.post("/decisions/<int:decision_id>/outcome")
@requires(Permission.DECISION_READ)
def decide(decision_id: int) -> ResponseReturnValue:
    """Approve or reject. The same request under the same `Idempotency-Key` is answered again and done once."""
    by, at = actor().through("api", actor().request_id), now()
    waiting.load(reading(), decision_id, by=by)
    try:
        key = f"{by.person_id}:api:{_idempotency_key()}"
        outcome, reason = _outcome_asked()
        asked = digest({"path": request.path, "outcome": outcome, "reason": reason})
        approve = outcome == "approve"
        prepared = None
        if approve and receipts.earlier(reading(), key, asked) is None:
            prepared = decisions.prepare(reading(), decision_id, by=by, at=at, settings=settings())
        with transaction() as session:
            if receipts.earlier(session, key, asked) is None:
                decisions.decide(session, decision_id, approve=approve, reason=reason, by=by, at=at, prepared=prepared)
                receipts.keep(session, key, asked, url_for("api.decision", decision_id=decision_id), at=at)
    except Conflict as conflict:
        return answer(409, conflict.sentence)
    except Refused as refused:
        return answer(403, refused.sentence)
    except DomainError as error:
        return answer(422, error.sentence, field=error.field)
    return decision(decision_id)


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 8 <= len(key) <= 120:
        raise DomainError(
            "Send an Idempotency-Key header of 8 to 120 characters, new for each act, so that a repeated request is done once.",
            field="Idempotency-Key",
        )
    return key


def _outcome_asked() -> tuple[str, str]:
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise DomainError('Send a JSON object, for example {"outcome": "approve", "reason": ""}.')
    outcome, reason = body.get("outcome"), body.get("reason", "")
    unknown = sorted(set(body) - {"outcome", "reason"})
    if unknown:
        raise DomainError(f"“{unknown[0][:40]}” is not known here. Send outcome and reason.", field=unknown[0][:40])
    if outcome not in OUTCOMES:
        raise DomainError("Say approve or reject.", field="outcome")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON or not is_text(reason):
        raise DomainError("Give the reason as text of up to 2,000 characters.", field="reason")
    return str(outcome), reason


def _names(session: Session, found: list[Decision]) -> Mapping[int, str]:
    return accounts.names(session, [one.proposed_by_id for one in found] + [one.decided_by_id for one in found])


def _decision(found: Decision, names: Mapping[int, str], by: Actor) -> dict[str, Any]:
    part = {"proposed it": found.proposed_by_id, **found.took_part}
    is_open = found.state is DecisionState.PROPOSED
    return {
        "id": found.id,
        "kind": found.kind.value,
        "subject": found.subject_label,
        "state": found.state.value,
        "digest": found.content_digest,
        "reason": found.reason,
        "proposed_by": names.get(found.proposed_by_id),
        "proposed_at": _instant(found.proposed_at),
        "decided_by": names.get(found.decided_by_id) if found.decided_by_id else None,
        "decided_at": _instant(found.decided_at),
        "decision_reason": found.decision_reason,
        "may_decide": is_open and by.may(KINDS[found.kind].decide) and clash(by.person_id, part) is None,
        "page": url_for("outcomes.decision", decision_id=found.id),
    }


@bp.get("/partners/<number>/statement")
@requires(Permission.SIGNED_IN)
def statement(number: str) -> ResponseReturnValue:
    """Where a partner's incentives stand, in each program and currency; for its own people and staff who may see money."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = incentives.statement(session, partner.id, by=actor(), at=now())
    return jsonify(
        partner={"number": partner.number, "legal_name": partner.legal_name},
        at=_instant(found.at),
        lines=[
            {
                "program": line.program.code,
                "currency": line.currency,
                "earned": _money(line.earned),
                "free": _money(line.free),
                "held": _money(line.held),
                "releasable": _money(line.releasable),
                "ordered": _money(line.ordered),
                "exported": _money(line.exported),
                "paid": _money(line.paid),
                "forfeited": _money(line.forfeited),
            }
            for line in found.lines
        ],
    )


def _money(amount: Money) -> dict[str, Any]:
    """Minor units for machines, the decimal text for people; the currency stands beside them."""
    return {"minor": amount.minor, "amount": amount.plain()}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
