"""Asking that somebody be excused from a course for a time; the decision is made under Decisions."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.kernel.clock import now
from app.learning.forms import WaiverForm
from app.learning.queries import assignments as queries
from app.learning.services.waivers import ask_waiver
from app.learning.views.blueprint import bp
from app.partners import queries as partners
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/partners/<number>/assignments/<int:assignment_id>/waivers/new")
@requires(Permission.WAIVER_ASK)
def new_waiver(number: str, assignment_id: int) -> ResponseReturnValue:
    return waiver_page(number, assignment_id, WaiverForm(formdata=None))


def waiver_page(number: str, assignment_id: int, form: WaiverForm) -> str:
    session = reading()
    partner = partners.load(session, number, by=actor())
    return render_template(
        "learning/new_waiver.html",
        partner=partner,
        line=queries.line(session, assignment_id, partner=partner, at=now()),
        form=form,
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/waivers")
@requires(Permission.WAIVER_ASK)
def create_waiver(number: str, assignment_id: int) -> ResponseReturnValue:
    form = WaiverForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.of_partner(session, assignment_id, partner=partner)
        ask_waiver(session, found, form.until.data, form.reason.data, by=actor(), at=now())
        return url_for("learning.partner_assignment", number=number, assignment_id=assignment_id)

    return submit(
        form,
        act,
        otherwise=lambda: waiver_page(number, assignment_id, form),
        said="The waiver is proposed. Somebody other than you decides about it.",
    )
