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
    Entry("Our incentives", "incentives.own_statement", Permission.MONEY_READ_OWN),
    Entry("Decisions", "outcomes.decisions", Permission.DECISION_READ),
    Entry("Cases", "remediation.cases", Permission.CASE_READ, vendor_only=True),
    Entry("Infractions", "remediation.infractions", Permission.INFRACTION_READ),
    Entry("Partners", "partners.partners", Permission.PARTNER_READ),
    Entry("Assignments", "learning.assignments", Permission.ASSIGNMENT_READ),
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
    blueprint, endpoint = request.blueprint, request.endpoint
    chosen = _entries(
        frozenset(permission.value for permission in granted(who.roles)), who.partner_id is not None, known
    )
    exact = any(entry.endpoint == endpoint for entry in chosen)
    made = []
    taken = False
    for entry in chosen:
        url = _urls.get(entry.endpoint)
        if url is None:
            url = _urls[entry.endpoint] = url_for(entry.endpoint)
        current = not taken and (
            entry.endpoint == endpoint
            if exact
            else entry.endpoint != "reports.home" and entry.endpoint.split(".")[0] == blueprint
        )
        taken = taken or current
        made.append(Link(entry.label, url, current))
    return made
