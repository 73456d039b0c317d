"""What staff see of assignments: the list, and one of them."""

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.kernel.clock import now
from app.learning import services
from app.learning.forms import ReasonForm
from app.learning.models import AssignmentState
from app.learning.queries import assignments as queries
from app.learning.queries.assignments import Filters, Show
from app.learning.queries.extensions import of_assignment
from app.learning.queries.records import waived_until
from app.learning.services.assignments import CANCELLABLE
from app.learning.services.waivers import waiver_asked
from app.learning.views.blueprint import bp
from app.learning.views.equivalents import results_of
from app.partners import queries as partners
from app.partners.models import Partner
from app.transactions import reading
from app.web.forms import EffectForm
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
        results=results_of(session, found),
        may_cancel=found.origin in CANCELLABLE,
        extensions=of_assignment(session, found.id),
        waiver_asked=waiver_asked(session, found.id),
        waived_until=waived_until(session, found.id) if found.state is AssignmentState.WAIVED else None,
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
        services.grant_new_registration(session, found, form.reason.data, by=actor(), at=now())
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
