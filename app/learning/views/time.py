"""Time limits: a learner asks for more time, and staff give it to a person."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts.views import own_path
from app.kernel.clock import now
from app.learning import services
from app.learning.forms import ExtraTimeForm
from app.learning.queries import assignments as queries
from app.learning.queries.extra_time import more_time_of
from app.learning.queries.lessons import reading_of
from app.learning.views.attempts import quiz_of
from app.learning.views.blueprint import bp
from app.learning.views.lessons import quiz_page
from app.partners import queries as partners
from app.transactions import reading
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.post("/registrations/<int:registration_id>/extra-time-requests")
@requires(Permission.LEARNING_TAKE)
def ask_for_time(registration_id: int) -> ResponseReturnValue:
    """Ask a person for more time. The clock goes on until they have answered, and the page says so."""
    found = reading_of(reading(), registration_id, by=actor())
    here = quiz_of(found)
    back = own_path(request.form.get("next"))

    def act(session: Session) -> str:
        services.ask_for_time(session, registration_id, by=actor(), at=now())
        return back or url_for("learning.unit", registration_id=registration_id, position=here.position)

    def again() -> str:
        session = reading()
        return quiz_page(session, reading_of(session, registration_id, by=actor()), here, form)

    form = ActionForm()
    return submit(
        form,
        act,
        otherwise=again,
        said="Your request is on its way. If you get more time, the clock on this page changes by itself.",
    )


@bp.get("/partners/<number>/assignments/<int:assignment_id>/extra-time")
@requires(Permission.EXTRA_TIME_GRANT)
def extra_time(number: str, assignment_id: int) -> ResponseReturnValue:
    return extra_time_page(reading(), number, assignment_id, ExtraTimeForm(formdata=None))


def extra_time_page(session: Session, number: str, assignment_id: int, form: EffectForm) -> str:
    partner = partners.load(session, number, by=actor())
    line = queries.line(session, assignment_id, partner=partner, at=now())
    found = queries.of_partner(session, assignment_id, partner=partner)
    return render_template(
        "learning/extra_time.html",
        partner=partner,
        line=line,
        stands=more_time_of(session, found.person_id),
        form=form,
        ending=ActionForm(formdata=None),
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/extra-time")
@requires(Permission.EXTRA_TIME_GRANT)
def grant_extra_time(number: str, assignment_id: int) -> ResponseReturnValue:
    form = ExtraTimeForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.of_partner(session, assignment_id, partner=partner)
        services.grant_extra_time(session, found, form.percent.data, form.reason.data, by=actor(), at=now())
        return url_for("learning.extra_time", number=number, assignment_id=assignment_id)

    return submit(
        form,
        act,
        otherwise=lambda: extra_time_page(reading(), number, assignment_id, form),
        said="From now on there is more time in every quiz, also in one that is running.",
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/extra-time-endings")
@requires(Permission.EXTRA_TIME_GRANT)
def end_extra_time(number: str, assignment_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.of_partner(session, assignment_id, partner=partner)
        services.end_extra_time(session, found, by=actor(), at=now())
        return url_for("learning.extra_time", number=number, assignment_id=assignment_id)

    def again() -> str:
        page = ExtraTimeForm(formdata=None)
        page.form_errors.extend(form.form_errors)
        return extra_time_page(reading(), number, assignment_id, page)

    return submit(form, act, otherwise=again, said="The extra time is ended. A quiz that is running keeps its end.")
