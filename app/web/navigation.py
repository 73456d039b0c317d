"""What stands in the header for whom: one table, most wanted first."""

from dataclasses import dataclass
from functools import cache

from flask import current_app, request, url_for

from app.access.policy import Actor, Permission, granted


@dataclass(frozen=True)
class Entry:
    label: str
    endpoint: str
    permission: Permission
    partner_only: bool = False
    vendor_only: bool = False


ENTRIES = (
    Entry("Home", "reports.home", Permission.SIGNED_IN),
    Entry("My training", "learning.tasks", Permission.LEARNING_TAKE),
    Entry("Our case", "remediation.cases", Permission.CASE_READ, partner_only=True),
    Entry("Roster", "partners.roster", Permission.ROSTER_READ, partner_only=True),
    Entry("Our training", "learning.team_assignments", Permission.EXTENSION_ASK, partner_only=True),
    Entry("Our incentives", "incentives.own_statement", Permission.MONEY_READ_OWN),
    Entry("Decisions", "outcomes.decisions", Permission.DECISION_READ),
    Entry("Cases", "remediation.cases", Permission.CASE_READ, vendor_only=True),
    Entry("Infractions", "remediation.infractions", Permission.INFRACTION_READ),
    Entry("Partners", "partners.partners", Permission.PARTNER_READ),
    Entry("Assignments", "learning.assignments", Permission.ASSIGNMENT_READ),
    Entry("Team training", "learning.team_training", Permission.TEAM_TRAINING_READ),
    Entry("Incentives", "incentives.overview", Permission.MONEY_READ),
    Entry("Certificates", "certificates.certificates", Permission.LEARNING_TAKE, partner_only=True),
    Entry("Certificates", "certificates.certificates", Permission.CERTIFICATE_READ, vendor_only=True),
    Entry("Courses", "courses.courses", Permission.COURSE_READ),
    Entry("Materials", "courses.materials", Permission.MATERIAL_READ),
    Entry("People", "accounts.people", Permission.PEOPLE_READ),
    Entry("Audit", "reports.audit_trail", Permission.AUDIT_READ),
)


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool
    count: int | None = None


@cache
def _entries(permissions_key: frozenset[str], partner_side: bool, known: frozenset[str]) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry in ENTRIES
        if entry.endpoint in known
        and entry.permission.value in permissions_key
        and not (entry.partner_only and not partner_side)
        and not (entry.vendor_only and partner_side)
    )


_urls: dict[str, str] = {}


def links(who: Actor) -> list[Link]:
    """The header's links for an actor; the one whose pages are being read is current."""
    known = current_app.extensions["good_standing_endpoints"]
    chosen = _entries(
        frozenset(permission.value for permission in granted(who.roles)), who.partner_id is not None, known
    )
    here = _part(request.endpoint, chosen)
    made = []
    for entry in chosen:
        url = _urls.get(entry.endpoint)
        if url is None:
            url = _urls[entry.endpoint] = url_for(entry.endpoint)
        made.append(Link(entry.label, url, entry is here))
    return made


def _part(endpoint: str | None, chosen: tuple[Entry, ...]) -> Entry | None:
    """The entry that a page belongs to: its own, else that of its noun ("infraction"), else the first of its room."""
    if endpoint is None:
        return None
    for entry in chosen:
        if entry.endpoint == endpoint:
            return entry
    room, _, page = endpoint.partition(".")
    of_the_room = [
        entry for entry in chosen if entry.endpoint != "reports.home" and entry.endpoint.partition(".")[0] == room
    ]
    for entry in of_the_room:
        if entry.endpoint.partition(".")[2].removesuffix("s") in page:
            return entry
    return of_the_room[0] if of_the_room else None
