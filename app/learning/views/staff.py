"""What staff see of assignments: the list, one of them, and giving courses to a partner's people."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.courses.models import Course
from app.courses.queries import catalogue
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError
from app.learning import services
from app.learning.forms import AssignmentsForm, ReasonForm
from app.learning.models import Origin
from app.learning.queries import assignments as queries
from app.learning.queries.assignments import Filters, Show
from app.learning.queries.help import languages_to_begin_in
from app.learning.queries.pace import fast_finishes
from app.learning.services.assignments import reasons_to_skip, refuse_past
from app.learning.views.blueprint import bp
from app.partners import queries as partners
from app.partners.models import Partner
from app.transactions import reading
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/assignments")
@requires(Permission.ASSIGNMENT_READ)
def assignments() -> ResponseReturnValue:
    session, at = reading(), now()
    filters = filters_asked()
    known = queries.choices(session, by=actor())
    after = request.args.get("after", "")[:40]
    found = queries.assignments(session, by=actor(), filters=filters, known=known, after=after, at=at)
    asked = {name: value for name, value in asked_for(filters).items() if value}
    return render_template(
        "learning/assignments.html",
        listed=found,
        filters=filters,
        shows=list(Show),
        known=known,
        chips=chips(filters, known),
        first_url="/assignments" + (f"?{urlencode(asked)}" if asked else "") if after else None,
        next_url=f"/assignments?{urlencode({**asked, 'after': found.following})}" if found.following else None,
        counted=queries.COUNTED,
    )


def filters_asked() -> Filters:
    asked = request.args
    try:
        show = Show(asked.get("state", Show.OPEN.value))
    except ValueError:
        show = Show.OPEN
    return Filters(
        show=show,
        course=asked.get("course", "").strip()[:100],
        partner=asked.get("partner", "").strip()[:20],
        search=asked.get("search", "").strip()[:100],
        overdue=asked.get("overdue") == "1",
    )


def asked_for(filters: Filters) -> dict[str, str]:
    """The filters as they stand in the address; empty where they are as unasked."""
    return {
        "state": filters.show.value if filters.show is not Show.OPEN else "",
        "course": filters.course,
        "partner": filters.partner,
        "search": filters.search,
        "overdue": "1" if filters.overdue else "",
    }


def chips(filters: Filters, known: queries.Choices) -> list[tuple[str, str]]:
    """The filters at work: words, and the address without them."""
    titles = {course.code: course.name for course in known.courses}
    names = {partner.code: partner.name for partner in known.partners}
    words = {
        "state": filters.show.label,
        "course": titles.get(filters.course, filters.course),
        "partner": names.get(filters.partner, filters.partner),
        "search": f"“{filters.search}”",
        "overdue": "Overdue",
    }
    asked = {name: value for name, value in asked_for(filters).items() if value}
    found = []
    for name in asked:
        rest = urlencode({other: value for other, value in asked.items() if other != name})
        found.append((words[name], "/assignments" + (f"?{rest}" if rest else "")))
    return found


@bp.get("/partners/<number>/assignments/<int:assignment_id>")
@requires(Permission.ASSIGNMENT_READ)
def partner_assignment(number: str, assignment_id: int) -> ResponseReturnValue:
    """One assignment as staff see it: how far it is, in units and attempts, without answers and scores."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    return partner_assignment_page(session, partner, assignment_id, ReasonForm(formdata=None))


def partner_assignment_page(session: Session, partner: Partner, assignment_id: int, form: EffectForm) -> str:
    found = queries.of_partner(session, assignment_id, partner=partner)
    return render_template(
        "learning/partner_assignment.html",
        partner=partner,
        assignment=found,
        line=queries.line(session, assignment_id, partner=partner, at=now()),
        cycles=queries.cycles(session, assignment_id),
        fast=fast_finishes(session, assignment_id),
        languages=languages_to_begin_in(session, found.course_id),
        may_cancel=found.origin in (Origin.REPRESENTATIVE, Origin.OWN_CHOICE),
        form=form,
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/registrations")
@requires(Permission.ASSIGNMENT_MAKE)
def grant_registration(number: str, assignment_id: int) -> ResponseReturnValue:
    """Another start for a learner whose attempts are used up."""
    form = ReasonForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.of_partner(session, assignment_id, partner=partner)
        language = request.form.get("language") or None
        services.grant_new_registration(session, found, form.reason.data, language=language, by=actor(), at=now())
        return url_for("learning.partner_assignment", number=number, assignment_id=assignment_id)

    return submit(
        form,
        act,
        otherwise=_again(number, assignment_id, form),
        said="Another start is allowed. The learner is told by mail.",
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/cancellation")
@requires(Permission.ASSIGNMENT_MAKE)
def cancel_assignment(number: str, assignment_id: int) -> ResponseReturnValue:
    form = ReasonForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.of_partner(session, assignment_id, partner=partner)
        services.cancel(session, found, form.reason.data, by=actor(), at=now())
        return url_for("learning.partner_assignment", number=number, assignment_id=assignment_id)

    return submit(form, act, otherwise=_again(number, assignment_id, form), said="The assignment is cancelled.")


def _again(number: str, assignment_id: int, form: EffectForm) -> Any:
    def page() -> str:
        session = reading()
        return partner_assignment_page(session, partners.load(session, number, by=actor()), assignment_id, form)

    return page


@bp.get("/partners/<number>/assignments/new")
@requires(Permission.ASSIGNMENT_MAKE)
def new_assignments(number: str) -> ResponseReturnValue:
    """Courses, people, a day. `?course=` and `?due=` in the address fill the form in."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    form = AssignmentsForm(formdata=None)
    offer(session, partner, form)
    form.courses.data = [slug for slug in request.args.getlist("course") if slug in dict(form.courses.choices)]
    form.people.data = []
    form.due_on.data = _day(request.args.get("due", ""))
    return render_template("learning/new_assignments.html", partner=partner, form=form)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def offer(session: Session, partner: Partner, form: EffectForm) -> None:
    """Fill in what can be chosen: the published courses, and the roster's people."""
    fields = form._fields
    fields["courses"].choices = [(version.course.slug, version.title) for version in catalogue(session)]
    fields["people"].choices = [(line.person_id, line.person.name) for line in partners.roster(session, partner.id)]


@bp.post("/partners/<number>/assignments/preview")
@requires(Permission.ASSIGNMENT_MAKE)
def preview_assignments(number: str) -> ResponseReturnValue:
    """Who would get what, and who is left out and why. Nothing is written."""
    session, at = reading(), now()
    partner = partners.load(session, number, by=actor())
    form = AssignmentsForm()
    offer(session, partner, form)

    def page() -> str:
        return render_template("learning/new_assignments.html", partner=partner, form=form)

    if request.form.get("change") or not form.validate():
        if request.form.get("change"):
            return page()
        return page(), 422
    try:
        refuse_past(form.due_on.data, partner, at=at)
    except DomainError as error:
        form.reject(error)
        return page(), 422
    chosen = [version for version in catalogue(session) if version.course.slug in form.courses.data]
    names = dict(form.people.choices)
    people = [person_id for person_id in names if person_id in form.people.data]
    plans, made = [], 0
    for version in chosen:
        skipped = reasons_to_skip(session, people, version.course_id, partner=partner, at=at)
        given = [names[person_id] for person_id in people if person_id not in skipped]
        made += len(given)
        left_out = [(names[person_id], skipped[person_id]) for person_id in people if person_id in skipped]
        plans.append({"title": version.title, "minutes": version.minutes, "given": given, "skipped": left_out})
    return render_template(
        "learning/preview_assignments.html",
        partner=partner,
        plans=plans,
        due_on=form.due_on.data,
        made=made,
        soon=form.due_on.data == day_in(partner.time_zone, at),
        courses=[version.course.slug for version in chosen],
        people=people,
        form=ActionForm(formdata=None),
    )


@bp.post("/partners/<number>/assignments")
@requires(Permission.ASSIGNMENT_MAKE)
def create_assignments(number: str) -> ResponseReturnValue:
    form = AssignmentsForm()
    session = reading()
    offer(session, partners.load(session, number, by=actor()), form)

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        courses = [
            session.get_one(Course, version.course_id)
            for version in catalogue(session)
            if version.course.slug in form.courses.data
        ]
        services.assign_courses(
            session,
            form.people.data,
            courses,
            origin=Origin.REPRESENTATIVE,
            due_on=form.due_on.data,
            partner_id=partner.id,
            by=actor(),
            at=now(),
        )
        return url_for("learning.assignments", partner=partner.number)

    def page() -> str:
        session = reading()
        return render_template(
            "learning/new_assignments.html", partner=partners.load(session, number, by=actor()), form=form
        )

    return submit(form, act, otherwise=page, said="The courses are assigned. Each person gets one message about them.")
