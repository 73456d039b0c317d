"""Questions to the audit trail: filtered, newest first, a page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.partners.models import Partner
from app.reports import subjects
from app.reports.subjects import Subject
from app.reports.words import ACTIONS, DOORS, sentence

PAGE = 50
_PEOPLE = 200
_AT_ONCE = 500


@dataclass(frozen=True)
class Filters:
    """What the reader asked for, as typed. `problems` are sentences by field about what can't be understood."""

    about: str = ""
    person: str = ""
    action: str = ""
    outcome: str = ""
    from_on: date | None = None
    to_on: date | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    def asked(self) -> dict[str, str]:
        """The filters at work, by the name they have in an address."""
        given = {
            "about": self.about,
            "person": self.person,
            "action": self.action,
            "outcome": self.outcome,
            "from": self.from_on.isoformat() if self.from_on else "",
            "to": self.to_on.isoformat() if self.to_on else "",
        }
        return {name: value for name, value in given.items() if value}


def filters_from(given: Mapping[str, str]) -> Filters:
    """Filters from an address. What can't be understood becomes a problem and filters nothing."""
    problems: dict[str, str] = {}
    action = given.get("action", "")
    if action and action not in ACTIONS:
        problems["action"] = "Choose one of the actions in the list."
    outcome = given.get("outcome", "")
    if outcome not in ("", "done", "refused"):
        problems["outcome"] = "Choose done or refused."
    from_on = _day(given, "from", problems)
    to_on = _day(given, "to", problems)
    if from_on and to_on and from_on > to_on:
        problems["to"] = "The last day is before the first. Exchange them."
    return Filters(
        " ".join(given.get("about", "").split())[:40],
        " ".join(given.get("person", "").split())[:100],
        action if "action" not in problems else "",
        outcome if "outcome" not in problems else "",
        from_on,
        to_on,
        problems,
    )


def _day(given: Mapping[str, str], name: str, problems: dict[str, str]) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        problems[name] = f"“{text[:20]}” is not a date. Write year-month-day, for example 2026-03-27."
        return None
    return found


@dataclass(frozen=True)
class Line:
    """One event, ready to be read."""

    event: AuditEvent
    who: str
    roles: str
    what: str
    subject: Subject
    partner: str | None
    door: str

    @property
    def refused(self) -> bool:
        return self.event.outcome == "refused"

    @property
    def about_themselves(self) -> bool:
        """Is the subject the person's own account, as in “signed in”?"""
        return self.event.subject_type == "person" and self.event.subject_id == str(self.event.person_id)

    @property
    def change(self) -> str:
        """The state before and after, where the event kept both."""
        old, new = self.event.details.get("old"), self.event.details.get("new")
        if not isinstance(old, str) or not isinstance(new, str):
            return ""
        return f"{old.replace('_', ' ')} → {new.replace('_', ' ')}"


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    older: int | None


def page(
    session: Session,
    filters: Filters,
    *,
    zone: str,
    before: int | None = None,
    within: ColumnElement[bool] | None = None,
) -> Page:
    """The newest events that pass the filters, before number `before`; `older` is the key of the page after, if there is one.

    `zone` is the reader's: the filter's days are days there. `within` narrows further, to one case.
    """
    if filters.problems:
        return Page((), None)
    found = session.scalars(_events(session, filters, zone, before, within).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    return Page(lines(session, shown), shown[-1].seq if len(found) > PAGE else None)


def every(
    session: Session, filters: Filters, *, zone: str, within: ColumnElement[bool] | None = None
) -> Iterator[Line]:
    """All events that pass, newest first, fetched some at a time."""
    before: int | None = None
    while not filters.problems:
        found = session.scalars(_events(session, filters, zone, before, within).limit(_AT_ONCE)).all()
        yield from lines(session, found)
        if len(found) < _AT_ONCE:
            return
        before = found[-1].seq
        session.expunge_all()


def _events(session: Session, filters: Filters, zone: str, before: int | None, within: ColumnElement[bool] | None):  # type: ignore[no-untyped-def]
    statement = select(AuditEvent).order_by(AuditEvent.seq.desc())
    conditions: list[ColumnElement[bool]] = [] if within is None else [within]
    if filters.about:
        about = subjects.about(session, filters.about)
        conditions.append(false() if about is None else about)
    if filters.person:
        conditions.append(AuditEvent.person_id.in_(_people(session, filters.person)))
    if filters.action:
        conditions.append(AuditEvent.action == filters.action)
    if filters.outcome:
        conditions.append(AuditEvent.outcome == filters.outcome)
    if filters.from_on:
        conditions.append(AuditEvent.at >= _start_of(filters.from_on, zone))
    if filters.to_on:
        conditions.append(AuditEvent.at < _start_of(filters.to_on + timedelta(days=1), zone))
    if before is not None:
        conditions.append(AuditEvent.seq < before)
    return statement.where(*conditions)


def _start_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _people(session: Session, text: str) -> Sequence[int]:
    like = text.lower()
    return session.scalars(
        select(Person.id)
        .where(
            or_(func.lower(Person.name).contains(like, autoescape=True), Person.email.contains(like, autoescape=True))
        )
        .order_by(Person.id)
        .limit(_PEOPLE)
    ).all()


def lines(session: Session, events: Sequence[AuditEvent]) -> list[Line]:
    """Events with the names that they leave out, in three statements whatever their number."""
    names = accounts.names(session, [event.person_id for event in events])
    partner_ids = {event.partner_id for event in events if event.partner_id is not None}
    partners = (
        {
            row.id: row.number
            for row in session.execute(select(Partner.id, Partner.number).where(Partner.id.in_(partner_ids)))
        }
        if partner_ids
        else {}
    )
    known = subjects.named(session, events)
    return [
        Line(
            event,
            names.get(event.person_id, f"Person {event.person_id}") if event.person_id is not None else "The portal",
            ", ".join(role.replace("_", " ") for role in event.roles.split(",") if role),
            sentence(event),
            known[event.subject_type, event.subject_id],
            partners.get(event.partner_id) if event.partner_id is not None else None,
            DOORS.get(event.via, event.via),
        )
        for event in events
    ]
