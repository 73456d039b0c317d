"""The home page of a partner’s people: the one next step, the case, the training, the money."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.certificates.models import Certificate
from app.incentives.models import Hold, Posting
from app.incentives.rules.states import BLOCKING, Account
from app.kernel.money import Money
from app.learning.queries.tasks import Task, tasks
from app.remediation import queries as remediation
from app.remediation.models import CaseState, RemediationCase
from app.remediation.rules.case_states import CLOSED, WORKING
from app.remediation.rules.partner_view import standing
from app.reports.home.shapes import Home, Item, Section, is_valid
from app.web.filters import day


def partners_home(session: Session, by: Actor, at: datetime, wanted: Sequence[str]) -> Home:
    cases, first = _cases(session, by, at) if by.may(Permission.CASE_READ) else ((), None)
    own = tasks(session, wanted=wanted, by=by, at=at) if by.may(Permission.LEARNING_TAKE) else ()
    training = [_training(task) for task in own if task.is_open]
    first = first or next((item for item in training if item.button), None)
    sections = []
    if cases:
        title = "Your case" if len(cases) == 1 else "Your cases"
        sections.append(Section(title, cases, "", ("Our cases", "remediation.cases")))
    if own or not cases:
        done = any(task.is_done for task in own)
        empty = "You have completed everything that was assigned to you." if done else "No course is assigned to you."
        sections.append(Section("Your training", training, empty, ("All my training", "learning.tasks")))
    courses_open = sum(item.waits for item in training)
    return Home(_how_much(first, courses_open), first, sections, _money(session, by, at))


def _cases(session: Session, by: Actor, at: datetime) -> tuple[Sequence[Item], Item | None]:
    """The partner's open cases, or the last one that was closed, in a line each; and the first act on them that is this person's."""
    found = remediation.own_cases(session, by=by)
    running = [case for case in found if case.state not in CLOSED]
    lines: list[Item] = []
    first: Item | None = None
    for case in running or found[:1]:
        views = remediation.step_views(session, case, at=at) if case.state in WORKING else None
        onward = remediation.next_action(session, case, by=by, at=at, views=views)
        if onward is not None and first is None:
            first = Item(
                onward.title, onward.endpoint, onward.values, onward.hint, due_on=onward.due_on, button=onward.title
            )
        lines.append(_case(session, case, views))
    return lines, first


def _case(session: Session, case: RemediationCase, views: Sequence[remediation.StepView] | None) -> Item:
    in_review = case.state is CaseState.COMPLETION_REVIEW
    signed = in_review and remediation.latest_attestation(session, case.id) is not None
    where = standing(case.state, is_acknowledged=case.state is not CaseState.NOTIFIED, has_signed=signed)
    title = where.title
    if views and not in_review:
        title = f"{sum(view.is_done for view in views)} of {len(views)} steps done"
    return Item(f"{case.number}: {title}", "remediation.case", {"number": case.number}, where.text)


def _how_much(first: Item | None, courses_open: int) -> str:
    if first is None:
        return "Nothing waits for you now. You get a message when something does."
    if courses_open > 1:
        return "Begin with the step below; the rest can follow."
    return "One thing waits for you."


def _training(task: Task) -> Item:
    if task.is_waiting:
        said = f"Passed on {day(task.passed_on)}, waits for confirmation by the compliance team"
        return Item(
            task.title,
            "learning.assignment",
            {"assignment_id": task.assignment_id},
            said,
            "Passed",
            "info",
            waits=False,
        )
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
    if task.cannot_start:
        said = "First comes " + " and ".join(f"“{title}”" for title in task.first)
        values = {"assignment_id": task.assignment_id}
        status = status if task.is_overdue else "Cannot start yet"
        return Item(task.title, "learning.assignment", values, said, status, tone, task.due_on)
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
        *is_valid(at),
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
            else "This is not lost, and it is not a debt."
        )
        said.append(f"{_listed(held)} {'is' if len(held) == 1 else 'are'} withheld. {then}")
    if away:
        said.append(f"{_listed(away)} {'is' if len(away) == 1 else 'are'} released and on the way to you.")
    return " ".join(said) or "Nothing is withheld."


def _listed(amounts: Sequence[Money]) -> str:
    shown = [amount.shown() for amount in amounts]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
