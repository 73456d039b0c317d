"""The home page of the vendor’s staff: what waits for each role."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor, Permission
from app.accounts.models import Invitation
from app.audit.models import AuditEvent
from app.certificates import queries as certificates
from app.certificates.models import Certificate
from app.courses import queries as courses
from app.decisions import queries as decisions
from app.decisions.rules import KINDS
from app.incentives.models import EarningBatch, Hold, ReleaseOrder
from app.incentives.rules.states import BatchState, HoldState, OrderState
from app.learning.models import Assignment, AssignmentState, Registration, RegistrationState
from app.learning.queries import confirmations, extensions
from app.partners.models import Partner
from app.partners.queries import in_reach
from app.remediation import queries as remediation
from app.remediation.models import RemediationCase
from app.remediation.rules.policy import Policy
from app.reports.home.shapes import SHOWN, Home, Item, Section, is_valid


def vendors_home(session: Session, by: Actor, at: datetime, policy: Policy) -> Home:
    sections: list[Section] = []
    if any(by.may(about.decide) for about in KINDS.values()):
        sections.append(_to_decide(session, by))
    if by.may(Permission.EVIDENCE_REVIEW) or by.may(Permission.SESSION_HOLD):
        sections.append(_remediation(session, by, at, policy))
    if by.may(Permission.EXTENSION_DECIDE):
        sections += _training(session, by)
    if by.may(Permission.CERTIFICATE_RETRY):
        sections += _certificates(session, by)
    if by.may(Permission.RELEASE_PROPOSE):
        sections.append(_finance(session, by, at))
    if by.may(Permission.ASSIGNMENT_MAKE):
        sections.append(_partners_in_need(session, by, at))
    if by.may(Permission.COURSE_PROPOSE):
        sections.append(_proposed_courses(session, by))
    if by.may(Permission.PEOPLE_KEEP):
        sections.append(_people(session, at))
    if by.may(Permission.AUDIT_READ):
        sections.append(_trail(session, at))
    waiting = [item for section in sections for item in section.items if item.waits]
    first = next((item for item in waiting if item.button), None)
    if first is None:
        first = next((item for section in sections for item in section.items if item.button), None)
    if not waiting:
        said = next((section.summary for section in sections if section.summary), "Nothing waits for you now.")
        return Home(said, first, sections)
    many = f"{len(waiting)} things wait" if len(waiting) > 1 else "One thing waits"
    return Home(f"{many} for you.", first, sections)


def _to_decide(session: Session, by: Actor) -> Section:
    items = [
        Item(
            f"{KINDS[decision.kind].title}: {decision.subject_label}",
            "outcomes.decision",
            {"decision_id": decision.id},
            _short(decision.reason),
            "Waiting for you",
            "attention",
            button="Read and decide",
        )
        for decision in decisions.waiting_for(session, by)
    ]
    empty = "No proposal waits for your decision."
    return Section("Waiting for your decision", items, empty, ("All decisions", "outcomes.decisions"))


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119].rsplit(" ", 1)[0] + " …"


def _remediation(session: Session, by: Actor, at: datetime, policy: Policy) -> Section:
    found = remediation.waiting_for_staff(session, by, policy=policy, at=at)
    items = [
        Item(
            one.title,
            one.endpoint,
            one.values,
            one.hint,
            _STATUS.get(one.kind, ""),
            "info",
            one.due_on,
            button=one.title,
        )
        for one in found
    ]
    return Section("Waiting in the cases", items, "Every case waits for its partner, or for others.", _CASES)


_CASES = ("All cases", "remediation.cases")
_STATUS = {
    "evidence": "To review",
    "infraction": "To judge",
    "suggestion": "Suggested",
    "notice": "To write",
    "plan": "To write",
    "meeting": "To arrange",
    "determination": "To determine",
    "review": "To review",
    "monitoring": "To close",
}


def _training(session: Session, by: Actor) -> list[Section]:
    """Completions to confirm and requests for more time; no section where neither waits."""
    items = []
    completions = confirmations.how_many_wait(session, by=by) if by.may(Permission.COMPLETION_CONFIRM) else 0
    if completions:
        title = f"{_up_to(completions, 'completion')} to confirm"
        hint = "Passed; counts once you have looked at it"
        items.append(
            Item(title, "learning.completions", {}, hint, "To confirm", "attention", button="Confirm completions")
        )
    asked = extensions.how_many_wait(session, by=by)
    if asked:
        title = f"{_up_to(asked, 'request')} for more time"
        items.append(Item(title, "learning.extensions", {}, "", "To answer", "attention", button="Answer requests"))
    return [Section("Waiting in training", items, "", ("Assignments", "learning.assignments"))] if items else []


def _certificates(session: Session, by: Actor) -> list[Section]:
    """Certificates that were earned and could not be made; no section where there are none."""
    refused = certificates.how_many_refused(session, by=by)
    if not refused:
        return []
    title = f"{_counted(refused, 'certificate')} could not be made"
    hint = "Earned; something in it can’t be printed"
    button = "See what can’t be printed"
    item = Item(title, "certificates.refusals", {}, hint, "To mend", "attention", button=button)
    return [Section("Waiting in certificates", [item], "", ("Certificates", "certificates.certificates"))]


def _up_to(number: int, noun: str) -> str:
    """As counted, where counting stopped after a page."""
    return _counted(number, noun) if number <= confirmations.PAGE else f"More than {_counted(confirmations.PAGE, noun)}"


def _finance(session: Session, by: Actor, at: datetime) -> Section:
    items = [
        Item(
            f"Release for {row.number}",
            "incentives.new_order",
            {"case": row.number},
            f"{row.legal_name}: the certificate has unlocked what is held",
            "Releasable",
            "attention",
            button=f"Propose the release for {row.number}",
        )
        for row in session.execute(_unlocked(by, at))
    ]
    row = session.execute(
        select(
            _count(ReleaseOrder.id, ReleaseOrder.state == OrderState.APPROVED).label("to_export"),
            _count(ReleaseOrder.id, ReleaseOrder.state == OrderState.EXPORTED).label("sent"),
            _count(EarningBatch.id, EarningBatch.state == BatchState.CHECKED).label("files"),
        )
    ).one()
    if row.to_export:
        title = f"{_counted(row.to_export, 'approved order')} to export"
        items.append(
            Item(title, "incentives.orders", {}, "", "To export", "attention", button="Export approved orders")
        )
    if row.files:
        title = f"{_counted(row.files, 'earnings file')} to decide on"
        items.append(Item(title, "incentives.imports", {}, "", "To decide", "attention", button="Decide on the files"))
    if row.sent:
        title = f"{_counted(row.sent, 'order')} sent for payment"
        hint = "Upload the acknowledgement file when your ERP has answered"
        items.append(
            Item(title, "incentives.acknowledgements", {}, hint, "Sent", "info", button="Acknowledge payments")
        )
    empty = "Every file is decided on, every order is paid."
    return Section("Waiting in finance", items, empty, ("Incentives", "incentives.overview"))


def _unlocked(by: Actor, at: datetime) -> Select[str, str, int]:
    """Cases with a hold in force and a certificate that is valid: longest unlocked first. The key itself is tried when an order is proposed."""
    return (
        select(RemediationCase.number, Partner.legal_name, func.min(Certificate.id).label("key"))
        .join(Hold, Hold.case_id == RemediationCase.id)
        .join(Certificate, Certificate.case_id == RemediationCase.id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(Hold.state == HoldState.ACTIVE, *is_valid(at), in_reach(by, RemediationCase.partner_id))
        .group_by(RemediationCase.id, Partner.id)
        .order_by("key")
        .limit(SHOWN)
    )


def _count(key: Any, condition: Any) -> Any:
    return select(func.count(key)).where(condition).scalar_subquery()


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


# Behind every clock on earth: nothing is called overdue before its day has ended where the partner is.
_LAST_CLOCK = timedelta(hours=12)
_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


def _partners_in_need(session: Session, by: Actor, at: datetime) -> Section:
    later = aliased(Registration)

    def ended(state: RegistrationState) -> ColumnElement[bool]:
        return exists().where(
            Registration.assignment_id == Assignment.id,
            Registration.state == state,
            ~exists().where(later.assignment_id == Assignment.id, later.id > Registration.id),
        )

    stuck = ended(RegistrationState.FAILED)
    # Who has passed waits for compliance: that is nobody's delay at the partner.
    overdue = and_(Assignment.due_on < (at - _LAST_CLOCK).date(), ~ended(RegistrationState.PASSED))
    late = func.count(Assignment.id).filter(overdue)
    blocked = func.count(Assignment.id).filter(stuck)
    rows = session.execute(
        select(Partner.number, Partner.legal_name, late.label("late"), blocked.label("blocked"))
        .join(Assignment, Assignment.partner_id == Partner.id)
        .where(in_reach(by, Partner.id), Assignment.state.in_(_OPEN), or_(overdue, stuck))
        .group_by(Partner.id)
        .order_by(blocked.desc(), late.desc(), Partner.number)
        .limit(SHOWN)
    )
    items = [
        Item(
            row.legal_name,
            "learning.assignments",
            {"partner": row.number, **({} if row.blocked else {"overdue": 1})},
            _need(row.late, row.blocked),
            "Needs help" if row.blocked else "Overdue",
            "attention" if row.blocked else "danger",
            button=f"See {row.legal_name}",
        )
        for row in rows
    ]
    empty = "No training is overdue at the partners that you look after, and nobody is stuck."
    return Section("Partners that need you", items, empty, ("All your partners", "partners.partners"))


def _need(late: int, blocked: int) -> str:
    said = []
    if blocked:
        said.append(f"{_counted(blocked, 'learner')} used all attempts and can’t go on alone")
    if late:
        said.append(f"{_counted(late, 'course')} overdue")
    return "; ".join(said)


def _proposed_courses(session: Session, by: Actor) -> Section:
    items = [
        Item(
            f"{version.title}, version {version.version}",
            "courses.course",
            {"slug": version.course.slug},
            "Waits for somebody else to publish it",
            "Proposed",
            "info",
            waits=False,
            button=f"See {version.title}",
        )
        for version in courses.waiting(session, by=by)
    ]
    return Section(
        "Proposed course versions", items, "No version waits to be published.", ("All courses", "courses.courses")
    )


def _people(session: Session, at: datetime) -> Section:
    open_invitations = (
        session.scalar(
            select(func.count(Invitation.id)).where(Invitation.used_at.is_(None), Invitation.expires_at > at)
        )
        or 0
    )
    hint = f"{_counted(open_invitations, 'invitation')} not used yet" if open_invitations else "Accounts and roles"
    people = Item("People", "accounts.people", {}, hint, waits=False)
    return Section("Administration", [people], "", ("People", "accounts.people"))


_NEWEST = 5_000


def _trail(session: Session, at: datetime) -> Section:
    newest = (
        select(AuditEvent.seq, AuditEvent.at, AuditEvent.outcome)
        .order_by(AuditEvent.seq.desc())
        .limit(_NEWEST)
        .subquery()
    )
    refused = func.count(newest.c.seq).filter(
        and_(newest.c.outcome == "refused", newest.c.at >= at - timedelta(days=7))
    )
    row = session.execute(select(func.max(newest.c.seq).label("events"), refused.label("refused"))).one()
    refusals = (
        f"{_counted(row.refused, 'act')} refused in the last 7 days"
        if row.refused
        else "Nothing was refused in the last 7 days"
    )
    events = _counted(row.events or 0, "event")
    items = [
        Item(
            "Audit trail",
            "reports.audit_trail",
            {},
            f"{events}, newest first",
            waits=False,
            button="Read the audit trail",
        ),
        Item("Refused acts", "reports.audit_trail", {"outcome": "refused"}, refusals, waits=False),
        Item("Verify the chain", "reports.verification", {}, "Proves that nobody rewrote the trail", waits=False),
    ]
    return Section("Audit", items, "", ("Audit trail", "reports.audit_trail"), f"{events} on record. {refusals}.")
