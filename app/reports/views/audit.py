"""The audit trail: to be read, filtered, taken along as a file, and proved."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from flask import current_app, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.access.policy import Permission
from app.audit import queries
from app.audit.models import AuditEvent
from app.incentives.rules.delimited import neutral
from app.kernel.canonical import canonical
from app.remediation import queries as remediation
from app.reports import subjects, trail
from app.reports.subjects import Subject
from app.reports.views.blueprint import bp
from app.reports.words import ACTIONS, GROUPS
from app.transactions import reading
from app.web.filters import day
from app.web.guard import access_of, actor, requires

# As many links as are proved within a request; longer chains are proved by the command.
PROVED_AT_ONCE = 20_000
COLUMNS = (
    "number",
    "at",
    "person_id",
    "person",
    "roles",
    "door",
    "action",
    "outcome",
    "what",
    "subject_type",
    "subject_id",
    "subject",
    "partner",
    "reason",
    "details",
    "request",
    "hash",
)


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def audit_trail() -> ResponseReturnValue:
    filters = trail.filters_from(request.args)
    page = trail.page(reading(), filters, zone=actor().time_zone, before=_before())
    return _shown(page, filters, "reports.audit_trail")


@bp.get("/cases/<number>/audit")
@requires(Permission.AUDIT_READ)
def case_audit(number: str) -> ResponseReturnValue:
    session = reading()
    case = remediation.load_case(session, number, by=actor())
    filters = trail.filters_from({name: value for name, value in request.args.items() if name != "about"})
    page = trail.page(
        session, filters, zone=actor().time_zone, before=_before(), within=subjects.of_case(case.id, case.number)
    )
    return _shown(page, filters, "reports.case_audit", number=case.number)


@bp.get("/audit.csv")
@requires(Permission.AUDIT_READ)
def audit_file() -> ResponseReturnValue:
    """Every event that passes the filters, not only a page of them; written while it is read."""
    filters = trail.filters_from(request.args)
    lines = trail.every(reading(), filters, zone=actor().time_zone)
    response = Response(stream_with_context(_file(lines)), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit-trail.csv"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@bp.get("/audit/verification")
@requires(Permission.AUDIT_READ)
def verification() -> ResponseReturnValue:
    session = reading()
    newest = session.scalar(select(func.max(AuditEvent.seq))) or 0
    after = max(0, newest - PROVED_AT_ONCE)
    verdict = queries.verify(session, after=after)
    return render_template("reports/verification.html", verdict=verdict, after=after, newest=newest)


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isdigit() and len(text) < 16 else None


def _shown(page: trail.Page, filters: trail.Filters, endpoint: str, **values: Any) -> str:
    asked = filters.asked()

    def address(**changes: Any) -> str:
        return url_for(endpoint, **(values | asked | changes))

    return render_template(
        "reports/audit_trail.html",
        page=page,
        filters=filters,
        case_number=values.get("number"),
        groups=GROUPS,
        here_url=url_for(endpoint, **values),
        file_url=url_for("reports.audit_file", **_file_filters(asked, values)),
        older_url=address(before=page.older) if page.older else None,
        newest_url=address() if _before() is not None else None,
        chips=[(_words(name, filters), address(**{name: None})) for name in asked],
        link=_link,
    )


def _file_filters(asked: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    return asked | ({"about": values["number"]} if values else {})


def _words(name: str, filters: trail.Filters) -> str:
    """A filter as its chip says it."""
    return {
        "about": f"About {filters.about}",
        "person": f"Done by “{filters.person}”",
        "action": f"Somebody {ACTIONS[filters.action].done}" if filters.action else "",
        "outcome": "Refused only" if filters.outcome == "refused" else "Done only",
        "from": f"From {day(filters.from_on)}",
        "to": f"Until {day(filters.to_on)}",
    }[name]


def _link(subject: Subject) -> str | None:
    """The page of a subject, if there is one and the reader may open it."""
    view = current_app.view_functions.get(subject.endpoint or "")
    if view is None or subject.endpoint is None:
        return None
    needed = access_of(view)
    if isinstance(needed, Permission) and not actor().may(needed):
        return None
    return url_for(subject.endpoint, **subject.values)


def _file(lines: Iterator[trail.Line]) -> Iterator[bytes]:
    yield _written(COLUMNS)
    for line in lines:
        event = line.event
        yield _written(
            (
                str(event.seq),
                event.at.isoformat(timespec="microseconds"),
                str(event.person_id or ""),
                neutral(line.who),
                event.roles,
                line.door,
                event.action,
                event.outcome,
                line.what,
                event.subject_type,
                neutral(event.subject_id),
                neutral(line.subject.label),
                line.partner or "",
                neutral(event.reason or ""),
                neutral(_plain(event.details)),
                event.request_id,
                event.hash,
            )
        )


def _plain(details: Mapping[str, object]) -> str:
    return canonical(details).decode() if details else ""


def _written(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
