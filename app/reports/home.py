"""What a person should see first: the one next action, then what else waits for them, by what their roles let them do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor, Permission
from app.accounts.models import Invitation
from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.courses import queries as courses
from app.decisions import queries as decisions
from app.decisions.rules import KINDS
from app.incentives import queries as incentives
from app.incentives.models import EarningBatch, Hold, Posting, ReleaseOrder
from app.incentives.rules.states import BLOCKING, Account, BatchState, OrderState
from app.kernel.money import Money
from app.learning.models import Assignment, AssignmentState, Registration, RegistrationState
from app.learning.queries.tasks import Task, tasks
from app.partners.models import Partner
from app.partners.queries import in_reach
from app.remediation import queries as remediation
from app.remediation.rules.policy import Policy

SHOWN = 8


@dataclass(frozen=True)
class Item:
    """One thing that waits, and the page where it is done. `button` is what a primary button to it says."""

    title: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    status: str = ""
    tone: str = "neutral"
    due_on: date | None = None
    button: str = ""
    waits: bool = True


@dataclass(frozen=True)
class Section:
    """A list under a heading. `more` is (label, endpoint) of the page that shows all of it."""

    title: str
    items: Sequence[Item]
    empty: str
    more: tuple[str, str]


@dataclass(frozen=True)
class Home:
    """`first` is the one primary action; `sentence` says how much waits, in words."""

    sentence: str
    first: Item | None
    sections: Sequence[Section]
    money: str = ""


def home(session: Session, *, by: Actor, at: datetime, policy: Policy) -> Home:
    """The home page of an actor, read in few statements."""
    return _partners(session, by, at) if by.partner_id is not None else _vendors(session, by, at, policy)


def _partners(session: Session, by: Actor, at: datetime) -> Home:
    onward = remediation.continue_for(session, by, at=at)
    own = tasks(session, by=by, at=at) if by.may(Permission.LEARNING_TAKE) else ()
    training = [_training(task) for task in own if task.is_open]
    open_training = [
        item for item, task in zip(training, (t for t in own if t.is_open), strict=True) if not task.is_stuck
    ]
    first = next(iter(open_training), None)
    if onward is not None:
        first = Item(
            onward.title, onward.endpoint, onward.values, onward.hint, due_on=onward.due_on, button=onward.title
        )
    sections = []
    if by.may(Permission.LEARNING_TAKE):
        done = sum(task.is_done for task in own)
        empty = "You have completed everything that was assigned to you." if done else "No course is assigned to you."
        sections.append(Section("Your training", training[:SHOWN], empty, ("All my training", "learning.tasks")))
    return Home(_how_much(first, len(training)), first, sections, _money(session, by, at))


def _how_much(first: Item | None, courses_open: int) -> str:
    if first is None:
        return "Nothing waits for you now. You get a message when something does."
    if courses_open > 1:
        return "Begin with the step below; the rest can follow."
    return "One thing waits for you."


def _training(task: Task) -> Item:
    if task.is_stuck:
        said = "All attempts are used. Your account representative was asked to allow another start."
        return Item(
            task.title,
            "learning.assignment",
            {"assignment_id": task.assignment_id},
            said,
            "Waiting for help",
            "attention",
            task.due_on,
        )
    status, tone = ("Overdue", "danger") if task.is_overdue else ("Not started", "neutral")
    if task.is_started and not task.is_overdue:
        status, tone = "In progress", "info"
    if task.is_started and task.registration_id is not None and task.next_unit:
        hint = f"{task.done} of {task.total} done, next: {task.next_unit}"
        values = {"registration_id": task.registration_id}
        button = f"Continue: {task.next_unit}"
        return Item(task.title, "learning.resume", values, hint, status, tone, task.due_on, button)
    hint = f"{task.total} units, about {task.minutes} minutes"
    values = {"assignment_id": task.assignment_id}
    return Item(task.title, "learning.assignment", values, hint, status, tone, task.due_on, f"Start: {task.title}")


def _money(session: Session, by: Actor, at: datetime) -> str:
    """What is withheld and what is on its way, in a sentence or two; empty for those who may not know."""
    if not by.may(Permission.MONEY_READ_OWN) or by.partner_id is None:
        return ""
    unlocked = exists().where(
        Hold.partner_id == by.partner_id,
        Hold.state.in_(BLOCKING),
        Certificate.case_id == Hold.case_id,
        Certificate.revoked_at.is_(None),
        Certificate.superseded_by_id.is_(None),
        or_(Certificate.expires_at.is_(None), Certificate.expires_at > at),
    )
    rows = session.execute(
        select(
            Posting.account,
            Posting.currency,
            func.sum(Posting.amount_minor).label("minor"),
            select(unlocked).scalar_subquery().label("unlocked"),
        )
        .where(
            Posting.partner_id == by.partner_id,
            Posting.account.in_((Account.HELD, Account.ORDERED, Account.EXPORTED)),
        )
        .group_by(Posting.account, Posting.currency)
        .order_by(Posting.currency)
    ).all()
    held = [Money(int(row.minor), row.currency) for row in rows if row.account is Account.HELD and row.minor]
    sums: dict[str, int] = {}
    for row in rows:
        if row.account is not Account.HELD and row.minor:
            sums[row.currency] = sums.get(row.currency, 0) + int(row.minor)
    away = [Money(minor, currency) for currency, minor in sums.items() if minor]
    said = []
    if held:
        unlocks = any(row.unlocked for row in rows)
        then = (
            "Your certificate has unlocked it: finance releases it next."
            if unlocks
            else "It is not lost, and not a debt."
        )
        said.append(f"{_listed(held)} {'is' if len(held) == 1 else 'are'} withheld. {then}")
    if away:
        said.append(f"{_listed(away)} {'is' if len(away) == 1 else 'are'} released and on the way to you.")
    return " ".join(said) or "Nothing is withheld."


def _listed(amounts: Sequence[Money]) -> str:
    shown = [amount.shown() for amount in amounts]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _vendors(session: Session, by: Actor, at: datetime, policy: Policy) -> Home:
    sections: list[Section] = []
    if any(by.may(about.decide) for about in KINDS.values()):
        sections.append(_to_decide(session, by))
    if by.may(Permission.EVIDENCE_REVIEW) or by.may(Permission.SESSION_HOLD):
        sections.append(_remediation(session, by, at, policy))
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
        return Home("Nothing waits for you now.", first, sections)
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
            button=f"Decide: {decision.subject_label}",
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
    "monitoring": "To close",
}


def _finance(session: Session, by: Actor, at: datetime) -> Section:
    items = [
        Item(
            f"Release for {one.case.number}",
            "incentives.new_order",
            {"case": one.case.number},
            f"{one.partner.legal_name}: the certificate has unlocked what is held",
            "Releasable",
            "attention",
            button=f"Propose the release for {one.case.number}",
        )
        for one in incentives.releasable(session, by=by, at=at, limit=SHOWN)
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


def _count(key: Any, condition: Any) -> Any:
    return select(func.count(key)).where(condition).scalar_subquery()


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


# Behind every clock on earth: nothing is called overdue before its day has ended where the partner is.
_LAST_CLOCK = timedelta(hours=12)
_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


def _partners_in_need(session: Session, by: Actor, at: datetime) -> Section:
    later = aliased(Registration)
    stuck = exists().where(
        Registration.assignment_id == Assignment.id,
        Registration.state == RegistrationState.FAILED,
        ~exists().where(later.assignment_id == Assignment.id, later.id > Registration.id),
    )
    overdue = Assignment.due_on < (at - _LAST_CLOCK).date()
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
    items = [
        Item(
            "Audit trail",
            "reports.audit_trail",
            {},
            f"{_counted(row.events or 0, 'event')}, newest first",
            waits=False,
            button="Read the audit trail",
        ),
        Item(
            "Refused acts",
            "reports.audit_trail",
            {"outcome": "refused"},
            f"{row.refused:,} in the last 7 days",
            waits=False,
        ),
        Item("Verify the chain", "reports.verification", {}, "Proves that nobody rewrote the trail", waits=False),
    ]
    return Section("Audit", items, "", ("Audit trail", "reports.audit_trail"))
