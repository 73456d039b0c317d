"""The partner's own roster, and the vendor's pages about partners."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.kernel.clock import day_in, now
from app.partners import queries, services
from app.partners.forms import CoveredPersonForm, DepartureForm, LeaveForm, LegalNameForm
from app.partners.models import CoveredPerson, Partner, RosterCategory
from app.transactions import reading
from app.web.consequences import consequences
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit

bp = Blueprint("partners", __name__)


def own_partner(session: Session, who: Actor) -> Partner:
    return queries.load_by_id(session, who.partner_id or 0, by=who)


@bp.get("/partners")
@requires(Permission.PARTNER_READ)
def partners() -> ResponseReturnValue:
    search = request.args.get("search", "").strip()[:100]
    found = queries.partners(reading(), by=actor(), search=search, after=request.args.get("after"), limit=51)
    shown = found[:50]
    following = url_for("partners.partners", search=search or None, after=shown[-1].number) if len(found) > 50 else None
    return render_template("partners/partners.html", partners=shown, search=search, following=following)


@bp.get("/partners/<number>")
@requires(Permission.PARTNER_READ)
def partner(number: str) -> ResponseReturnValue:
    session = reading()
    found = queries.load(session, number, by=actor())
    return render_template(
        "partners/partner.html",
        partner=found,
        authorizations=queries.authorizations(session, found.id),
        representatives=queries.representatives(session, found.id),
        roster=queries.roster(session, found.id) if actor().may(Permission.ROSTER_READ) else (),
    )


@bp.get("/partners/<number>/legal-names/new")
@requires(Permission.PARTNER_KEEP)
def new_legal_name(number: str) -> ResponseReturnValue:
    form = LegalNameForm(formdata=None)
    form.legal_name.data = queries.load(reading(), number, by=actor()).legal_name
    return _legal_name_page(number, form)


def _legal_name_page(number: str, form: LegalNameForm) -> str:
    found = queries.load(reading(), number, by=actor())
    return render_template("partners/new_legal_name.html", partner=found, form=form)


@bp.post("/partners/<number>/legal-names")
@requires(Permission.PARTNER_KEEP)
def correct_legal_name(number: str) -> ResponseReturnValue:
    form = LegalNameForm()

    def act(session: Session) -> str:
        found = queries.load(session, number, by=actor())
        services.correct_legal_name(session, found, form.legal_name.data, reason=form.reason.data, by=actor(), at=now())
        return url_for("partners.partner", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _legal_name_page(number, form),
        said="The legal name is corrected. Certificates keep the former name until compliance corrects them.",
    )


@bp.get("/roster")
@requires(Permission.ROSTER_READ)
def roster() -> ResponseReturnValue:
    session = reading()
    found = own_partner(session, actor())
    return render_template("partners/roster.html", partner=found, roster=queries.roster(session, found.id))


@bp.get("/roster/people/new")
@requires(Permission.ROSTER_KEEP)
def new_covered_person() -> ResponseReturnValue:
    form = CoveredPersonForm(formdata=None)
    form.joined_on.data = day_in(own_partner(reading(), actor()).time_zone, now())
    return render_template("partners/new_covered_person.html", form=form)


@bp.post("/roster/people")
@requires(Permission.ROSTER_KEEP)
def add_covered_person() -> ResponseReturnValue:
    form = CoveredPersonForm()

    def act(session: Session) -> str:
        services.add_covered_person(
            session,
            own_partner(session, actor()),
            form.name.data,
            form.email.data,
            RosterCategory(form.category.data),
            joined_on=form.joined_on.data,
            by=actor(),
            at=now(),
        )
        consequences().after_roster_change(session, actor().partner_id or 0, at=now())
        return url_for("partners.roster")

    return submit(
        form,
        act,
        otherwise=lambda: render_template("partners/new_covered_person.html", form=form),
        said=f"{form.name.data} is on the roster.",
    )


def _line(session: Session, line_id: int) -> CoveredPerson:
    for line in queries.roster(session, own_partner(session, actor()).id):
        if line.id == line_id:
            return line
    return services.line_of(session, line_id, by=actor())


@bp.get("/roster/people/<int:line_id>")
@requires(Permission.ROSTER_KEEP)
def covered_person(line_id: int) -> ResponseReturnValue:
    session = reading()
    line = _line(session, line_id)
    leave = LeaveForm(formdata=None)
    departure = DepartureForm(formdata=None)
    leave.leave_from.data = departure.left_on.data = day_in(own_partner(session, actor()).time_zone, now())
    return render_template("partners/covered_person.html", line=line, leave=leave, departure=departure)


@bp.post("/roster/people/<int:line_id>/leave")
@requires(Permission.ROSTER_KEEP)
def put_on_leave(line_id: int) -> ResponseReturnValue:
    form = LeaveForm()

    def act(session: Session) -> str:
        services.put_on_leave(
            session,
            services.line_of(session, line_id, by=actor()),
            leave_from=form.leave_from.data,
            leave_until=form.leave_until.data,
            reason=form.reason.data,
            by=actor(),
            at=now(),
        )
        consequences().after_roster_change(session, actor().partner_id or 0, at=now())
        return url_for("partners.roster")

    return submit(form, act, otherwise=lambda: _again(line_id, leave=form), said="The leave is noted.")


@bp.post("/roster/people/<int:line_id>/return")
@requires(Permission.ROSTER_KEEP)
def end_leave(line_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        services.end_leave(session, services.line_of(session, line_id, by=actor()), by=actor(), at=now())
        consequences().after_roster_change(session, actor().partner_id or 0, at=now())
        return url_for("partners.roster")

    return submit(ActionForm(), act, otherwise=lambda: _again(line_id), said="The leave has ended.")


@bp.post("/roster/people/<int:line_id>/departure")
@requires(Permission.ROSTER_KEEP)
def mark_left(line_id: int) -> ResponseReturnValue:
    form = DepartureForm()

    def act(session: Session) -> str:
        line = services.line_of(session, line_id, by=actor())
        services.mark_left(session, line, left_on=form.left_on.data, by=actor(), at=now())
        consequences().after_roster_change(session, actor().partner_id or 0, at=now())
        return url_for("partners.roster")

    return submit(
        form,
        act,
        otherwise=lambda: _again(line_id, departure=form),
        said="The person is off the roster. What they did stays.",
    )


def _again(line_id: int, leave: LeaveForm | None = None, departure: DepartureForm | None = None) -> str:
    return render_template(
        "partners/covered_person.html",
        line=_line(reading(), line_id),
        leave=leave or LeaveForm(formdata=None),
        departure=departure or DepartureForm(formdata=None),
        page_has_errors=True,
    )
