"""Holds: what each one withholds, and proposing one for a case."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access.policy import Permission
from app.decisions.rules import DecisionKind
from app.incentives import services
from app.incentives.forms import HoldForm
from app.incentives.queries import books
from app.incentives.queries import holds as questions
from app.incentives.queries.cases import case_by_number, case_ref
from app.incentives.rules.holds import CaseRef, Scope
from app.incentives.rules.states import BLOCKING, HoldState
from app.incentives.rules.wording import share
from app.incentives.views.room import PAGE, bp, decision_for, names
from app.kernel.clock import now
from app.partners import queries as partners
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

_SHOWN = 200


@bp.get("/holds")
@requires(Permission.MONEY_READ)
def holds() -> ResponseReturnValue:
    only = request.args.get("state", "")
    states = {"blocking": BLOCKING, "proposed": {HoldState.PROPOSED}}.get(only)
    found = questions.listed(reading(), by=actor(), states=states, after=place_asked(), limit=PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "incentives/holds.html",
        holds=shown,
        only=only if states else "",
        following=url_for("incentives.holds", state=only or None, after=shown[-1].hold.id)
        if len(found) > PAGE
        else None,
    )


@bp.get("/holds/<number>")
@requires(Permission.MONEY_READ)
def hold(number: str) -> ResponseReturnValue:
    session, at = reading(), now()
    found = questions.load_hold(session, number, by=actor())
    decision = decision_for(session, DecisionKind.HOLD, found.id)
    return render_template(
        "incentives/hold.html",
        hold=found,
        case=case_ref(session, found.case_id),
        reach=questions.reach_of(found),
        share=share(found.per_ten_thousand),
        balances=questions.balances(session, found.id),
        earnings=questions.held_earnings(session, found.id, limit=_SHOWN),
        preview=questions.preview_of(session, books.block_of(found)) if found.state is HoldState.PROPOSED else (),
        key=questions.key_for(session, found.case_id, at=at) if found.state in BLOCKING else None,
        orders=questions.orders_of_hold(session, found.id),
        decision=decision,
        names=names(session, [found.proposed_by_id, decision.decided_by_id if decision else None]),
    )


@bp.get("/holds/new")
@requires(Permission.HOLD_PROPOSE)
def new_hold() -> ResponseReturnValue:
    case = case_by_number(reading(), request.args.get("case", ""), by=actor())
    form = HoldForm(formdata=None)
    form.case.data = case.number
    return _form(case, form)


def _form(case: CaseRef, form: HoldForm) -> str:
    session = reading()
    _offer(session, case, form)
    return render_template(
        "incentives/new_hold.html",
        form=form,
        case=case,
        partner=partners.load_by_id(session, case.partner_id, by=actor()),
        others=[view for view in questions.holds_of_case(session, case.case_id) if view.ended_at is None],
    )


def _offer(session: Session, case: CaseRef, form: HoldForm) -> None:
    form.program.choices = [
        SelectChoice("", "All programs"),
        *(SelectChoice(program.code, program.name) for program in partners.programs(session)),
    ]
    form.location.choices = [
        SelectChoice("", "All locations"),
        *(SelectChoice(place.code, place.name) for place in questions.locations(session, case.partner_id)),
    ]


@bp.post("/holds")
@requires(Permission.HOLD_PROPOSE)
def propose_hold() -> ResponseReturnValue:
    form = HoldForm()
    case = case_by_number(reading(), form.case.data or "", by=actor())
    _offer(reading(), case, form)

    def act(session: Session) -> str:
        made = services.propose_hold(
            session,
            case_by_number(session, case.number, by=actor()),
            _scope(session, case, form),
            per_ten_thousand=form.per_ten_thousand(),
            reason=form.reason.data or "",
            by=actor(),
            at=now(),
        )
        return url_for("incentives.hold", number=made.number)

    return submit(
        form,
        act,
        otherwise=lambda: _form(case, form),
        said="The hold is proposed. Nothing is withheld until a second person approves it.",
    )


def _scope(session: Session, case: CaseRef, form: HoldForm) -> Scope:
    places = {place.code: place.id for place in questions.locations(session, case.partner_id)}
    return Scope(
        program_id=partners.program(session, form.program.data).id if form.program.data else None,
        location_id=places[form.location.data] if form.location.data else None,
        earning_type=form.earning_type.data or None,
        currency=(form.currency.data or "").upper() or None,
        earned_from=form.earned_from.data,
        earned_to=form.earned_to.data,
    )
