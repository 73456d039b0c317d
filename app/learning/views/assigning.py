"""Giving courses to people: at one partner, or a campaign at many; looked over first, then made as one batch."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access.policy import Permission
from app.accounts.models import Person
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError
from app.learning import services
from app.learning.forms import AssignmentsForm, CampaignForm, DueForm
from app.learning.models import BatchKind
from app.learning.queries import candidates
from app.learning.queries.candidates import CourseOffered
from app.learning.queries.prerequisites import prerequisites_of
from app.learning.rules.batches import AT_ONCE, Plan, Who, neutral_wording, title_of
from app.learning.services.assignments import reasons_to_skip
from app.learning.services.batches import judge
from app.learning.views.blueprint import bp
from app.partners import queries as partners
from app.partners.models import Partner
from app.partners.queries import in_reach
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit

TICKED = 200
_KINDS = {Who.PEOPLE: BatchKind.PEOPLE, Who.CATEGORIES: BatchKind.CATEGORY, Who.EVERYBODY: BatchKind.PARTNER}
_NOT_KEPT = frozenset({"csrf_token", "idempotency_key", "change", "names", "after"})
SAID = "Assigned. You can take it back for 15 minutes; then each person gets one message about it."


@bp.get("/assignments/new")
@requires(Permission.ASSIGNMENT_MAKE)
def assigning() -> ResponseReturnValue:
    """Where assigning begins: one partner, many, or a file."""
    search = request.args.get("search", "").strip()[:100]
    found = partners.partners(reading(), by=actor(), search=search, after=request.args.get("after"), limit=51)
    return render_template("learning/assigning.html", partners=found[:50], more=len(found) > 50, search=search)


# One partner


@bp.get("/partners/<number>/assignments/new")
@requires(Permission.ASSIGNMENT_MAKE)
def new_assignments(number: str) -> ResponseReturnValue:
    """Courses, people, a day. `?course=` and `?due=` in the address fill the form in."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    form = AssignmentsForm(formdata=None)
    offer_people(session, partner, form)
    form.people.data, form.categories.data = [], []
    if not form.roster_length:
        form.who.data = Who.EVERYBODY.value
    fill_in(form)
    return _partner_page(partner, form)


def _partner_page(partner: Partner, form: AssignmentsForm) -> str:
    return render_template("learning/new_assignments.html", partner=partner, form=form)


def fill_in(form: DueForm) -> None:
    """What the address says, and each course's usual time where all that can be chosen have one."""
    asked = request.args.getlist("course")
    usual = form.usual_days
    form.courses.data = [slug for slug in asked if slug in usual]
    form.due_on.data = _day(request.args.get("due", ""))
    meant = [usual[slug] for slug in form.courses.data] or list(usual.values())
    if form.due_on.data is not None:
        form.due.data = "day"
    else:
        form.due.data = "usual" if meant and all(days is not None for days in meant) else "day"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def offer_courses(session: Session, form: DueForm) -> None:
    """The published courses, each with its usual time."""
    found = candidates.offered(session)
    form.courses.choices = [
        SelectChoice(
            one.slug, one.title, render_kw={"hint": f"Usually within {one.due_days} days."} if one.due_days else {}
        )
        for one in found
    ]
    form.usual_days = {one.slug: one.due_days for one in found}


def offer_people(session: Session, partner: Partner, form: AssignmentsForm) -> None:
    """Besides the courses the roster's people to tick, where they are few enough; of more, the addresses are entered."""
    offer_courses(session, form)
    form.roster_length = candidates.roster_length(session, partner.id)
    form.people.choices = []
    if form.roster_length <= TICKED:
        lines = partners.roster(session, partner.id)
        form.people.choices = [SelectChoice(line.person_id, line.person.name) for line in lines]


def course_ids(session: Session, form: DueForm) -> tuple[int, ...]:
    return tuple(one.id for one in candidates.offered(session) if one.slug in form.courses.data)


def partner_plan(session: Session, partner: Partner, form: AssignmentsForm) -> Plan:
    """What was entered, as a plan. DomainError where something is missing."""
    who = Who(form.who.data)
    people = tuple(form.people.data or ()) if who is Who.PEOPLE else ()
    if who is Who.PEOPLE and form.emails.data:
        people += _people_of(session, partner, form.emails.data)
    return Plan(
        who=who,
        partner_ids=(partner.id,),
        person_ids=tuple(dict.fromkeys(people)),
        categories=tuple(form.categories.data or ()) if who is Who.CATEGORIES else (),
        course_ids=course_ids(session, form),
        due=form.said_due(),
    )


def _people_of(session: Session, partner: Partner, text: str) -> tuple[int, ...]:
    wanted = list(dict.fromkeys(one.lower() for one in re.split(r"[\s,;]+", text) if one))
    if len(wanted) > 2000:
        raise DomainError("At most 2,000 addresses at once. Use a file for more.", field="emails")
    rows = session.execute(
        select(Person.email, Person.id).where(Person.partner_id == partner.id, Person.email.in_(wanted))
    )
    known = {row.email: row.id for row in rows}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        shown = ", ".join(unknown[:5]) + (" and more" if len(unknown) > 5 else "")
        raise DomainError(f"Nobody at this partner has the address {shown}. Check the spelling.", field="emails")
    return tuple(known[one] for one in wanted)


@bp.post("/partners/<number>/assignments/preview")
@requires(Permission.ASSIGNMENT_MAKE)
def preview_assignments(number: str) -> ResponseReturnValue:
    """Who would get what, and who is left out and why. Nothing is written."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    form = AssignmentsForm()
    offer_people(session, partner, form)
    if request.form.get("change"):
        return _partner_page(partner, form)
    if not form.validate():
        return _partner_page(partner, form), 422
    try:
        plan = partner_plan(session, partner, form)
        return look_over(
            session,
            plan,
            audience=f"At {partner.legal_name}",
            confirm=url_for("learning.create_assignments", number=number),
            again=url_for("learning.preview_assignments", number=number),
            crumbs=[("Assign courses", "/assignments/new"), (partner.legal_name, f"/partners/{number}")],
        )
    except DomainError as error:
        form.reject(error)
        return _partner_page(partner, form), 422


@bp.post("/partners/<number>/assignments")
@requires(Permission.ASSIGNMENT_MAKE)
def create_assignments(number: str) -> ResponseReturnValue:
    form = AssignmentsForm()
    session = reading()
    offer_people(session, partners.load(session, number, by=actor()), form)

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        plan = partner_plan(session, partner, form)
        titles = [one.title for one in candidates.offered(session, plan.course_ids)]
        title = title_of(titles, _audience(plan, partner))
        return _made(session, plan, kind=_KINDS[plan.who], title=title)

    return submit(
        form, act, otherwise=lambda: _partner_page(partners.load(reading(), number, by=actor()), form), said=SAID
    )


def _audience(plan: Plan, partner: Partner) -> str:
    match plan.who:
        case Who.PEOPLE:
            number = len(plan.person_ids)
            return f"{number:,} {'person' if number == 1 else 'people'} of {partner.legal_name}"
        case Who.CATEGORIES:
            return f"{' and '.join(plan.categories)} of {partner.legal_name}"
    return f"everybody at {partner.legal_name}"


def _made(session: Session, plan: Plan, *, kind: BatchKind, title: str, wording: str = "") -> str:
    batch = services.make_batch(session, plan, kind=kind, title=title, wording=wording, by=actor(), at=now())
    return url_for("learning.assignment_batch", batch_id=batch.id)


# A campaign


@bp.get("/campaigns/new")
@requires(Permission.ASSIGNMENT_MAKE)
def new_campaign() -> ResponseReturnValue:
    """The same courses for many partners. `?course=` and `?due=` in the address fill the form in."""
    form = CampaignForm(formdata=None)
    offer_partners(reading(), form)
    form.partners.data, form.categories.data = [], []
    form.wording.data = neutral_wording("at our partners")
    fill_in(form)
    return _campaign_page(form)


def _campaign_page(form: CampaignForm) -> str:
    return render_template("learning/new_campaign.html", form=form)


def offer_partners(session: Session, form: CampaignForm) -> None:
    """Besides the courses the partners to tick, where they are few enough; of more, the numbers are pasted."""
    offer_courses(session, form)
    found = partners.partners(session, by=actor(), limit=TICKED + 1)
    form.partners.choices = (
        [SelectChoice(one.number, f"{one.legal_name} ({one.number})") for one in found] if len(found) <= TICKED else []
    )


def campaign_plan(session: Session, form: CampaignForm) -> Plan:
    who = Who(form.who.data)
    return Plan(
        who=who,
        partner_ids=_partner_ids(session, form),
        categories=tuple(form.categories.data or ()) if who is Who.CATEGORIES else (),
        course_ids=course_ids(session, form),
        due=form.said_due(),
    )


def _partner_ids(session: Session, form: CampaignForm) -> tuple[int, ...]:
    statement = select(Partner.number, Partner.id).where(in_reach(actor(), Partner.id)).order_by(Partner.id)
    if form.which.data == "all":
        return tuple(row.id for row in session.execute(statement))
    pasted = [one.upper() for one in re.split(r"[\s,;]+", form.numbers.data or "") if one]
    wanted = list(dict.fromkeys([*(form.partners.data or ()), *pasted]))
    if len(wanted) > 5000:
        raise DomainError("At most 5,000 partners at once.", field="numbers")
    known = {row.number: row.id for row in session.execute(statement.where(Partner.number.in_(wanted)))}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        shown = ", ".join(unknown[:5]) + (" and more" if len(unknown) > 5 else "")
        raise DomainError(f"None of your partners has the number {shown}. Check it.", field="numbers")
    return tuple(known.values())


@bp.post("/campaigns/preview")
@requires(Permission.ASSIGNMENT_MAKE)
def preview_campaign() -> ResponseReturnValue:
    """As the preview of one partner's assignments. Nothing is written."""
    session = reading()
    form = CampaignForm()
    offer_partners(session, form)
    if request.form.get("change"):
        return _campaign_page(form)
    if not form.validate():
        return _campaign_page(form), 422
    try:
        plan = campaign_plan(session, form)
        number = len(plan.partner_ids)
        return look_over(
            session,
            plan,
            audience=f"Campaign “{form.title.data}” at {number:,} {'partner' if number == 1 else 'partners'}",
            confirm=url_for("learning.create_campaign"),
            again=url_for("learning.preview_campaign"),
            crumbs=[("Assign courses", "/assignments/new"), ("Campaign", "/campaigns/new")],
            wording=form.wording.data,
        )
    except DomainError as error:
        form.reject(error)
        return _campaign_page(form), 422


@bp.post("/campaigns")
@requires(Permission.ASSIGNMENT_MAKE)
def create_campaign() -> ResponseReturnValue:
    form = CampaignForm()
    offer_partners(reading(), form)

    def act(session: Session) -> str:
        plan = campaign_plan(session, form)
        return _made(session, plan, kind=BatchKind.CAMPAIGN, title=form.title.data, wording=form.wording.data)

    return submit(form, act, otherwise=lambda: _campaign_page(form), said=SAID)


# Looking it over


@dataclass(frozen=True)
class Looked:
    """One course of the preview: how many get it by when, and of the people on this page who does and who does not."""

    course: CourseOffered
    given: int
    left_out: tuple[tuple[str, int], ...]
    due_days: tuple[date, ...]
    names: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    first: tuple[str, ...]
    """Titles of the courses that come first: who lacks one of them gets it too."""


def look_over(
    session: Session,
    plan: Plan,
    *,
    audience: str,
    confirm: str,
    again: str,
    crumbs: list[tuple[str, str]],
    wording: str = "",
) -> str:
    """Counts first; names where they fit a page, or when they are asked for, a page at a time."""
    at = now()
    courses = judge(session, plan, by=actor(), at=at)
    zones = candidates.zones(session, plan.partner_ids)
    number = candidates.number_meant(session, plan, by=actor())
    named: list[candidates.Name] = []
    if number <= candidates.PAGE or request.form.get("names"):
        named = candidates.names(session, plan, by=actor(), after=_after(request.form.get("after", "")))
    page, following = named[: candidates.PAGE], None
    if len(named) > candidates.PAGE:
        following = json.dumps([page[-1].partner_name, page[-1].name, page[-1].person_id])
    reasons = _reasons(session, page, courses, at=at)
    first = prerequisites_of(session, [course.id for course in courses])
    looked = []
    for one in candidates.counted(session, plan, courses, by=actor(), at=at):
        skipped = reasons[one.course.id]
        days = {plan.due.day(one.course.due_days, zone, made_at=at) for zone in zones}
        looked.append(
            Looked(
                one.course,
                one.given,
                tuple(
                    (words, how_many)
                    for words, how_many in (
                        ("assigned already", one.assigned_already),
                        ("completed, and still valid", one.completed),
                        ("waived", one.waived),
                        ("account closed", one.closed),
                    )
                    if how_many
                ),
                tuple(sorted(day for day in days if day is not None)),
                tuple(name.name for name in page if name.person_id not in skipped),
                tuple((name.name, skipped[name.person_id]) for name in page if name.person_id in skipped),
                tuple(before.title for before in first.get(one.course.id, ())),
            )
        )
    return render_template(
        "learning/preview_assignments.html",
        audience=audience,
        wording=wording,
        looked=looked,
        made=sum(one.given for one in looked),
        number=number,
        later=number > AT_ONCE,
        shown=len(page),
        following=following,
        soon=any(day == day_in(zone, at) for one in looked for day in one.due_days for zone in zones),
        confirm=confirm,
        again=again,
        crumbs=crumbs,
        kept=[(name, value) for name, values in request.form.lists() if name not in _NOT_KEPT for value in values],
        form=ActionForm(formdata=None),
    )


def _after(text: str) -> tuple[str, str, int] | None:
    try:
        partner, name, person_id = json.loads(text)
    except ValueError:
        return None
    return (str(partner), str(name), person_id) if isinstance(person_id, int) and abs(person_id) < 10**18 else None


def _reasons(
    session: Session, page: Iterable[candidates.Name], courses: Iterable[CourseOffered], *, at: datetime
) -> dict[int, dict[int, str]]:
    """Why people of the page need no new assignment, by course and person."""
    at_partner: dict[int, list[int]] = {}
    for one in page:
        at_partner.setdefault(one.partner_id, []).append(one.person_id)
    found: dict[int, dict[int, str]] = {course.id: {} for course in courses}
    loaded: dict[int, Any] = {
        one.id: one for one in session.scalars(select(Partner).where(Partner.id.in_(list(at_partner))))
    }
    for course_id, reasons in found.items():
        for partner_id, person_ids in at_partner.items():
            reasons.update(reasons_to_skip(session, person_ids, course_id, partner=loaded[partner_id], at=at))
    return found
