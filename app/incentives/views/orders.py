"""Release orders: what can be let go, proposing it, and the order's way to payment."""

from collections.abc import Callable

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates.issuer import issuer
from app.certificates.queries import key_of_case
from app.decisions.rules import DecisionKind
from app.incentives import services
from app.incentives.forms import ReleaseForm, WithdrawalForm
from app.incentives.queries import holds
from app.incentives.queries import release_orders as questions
from app.incentives.queries.cases import case_by_number, case_ref
from app.incentives.rules.holds import CaseRef
from app.incentives.rules.states import BLOCKING, HoldState, OrderState
from app.incentives.views.room import PAGE, attachment, bp, decision_for, names
from app.kernel.clock import now
from app.partners import queries as partners
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

_SHOWN = 500


@bp.get("/release-orders")
@requires(Permission.MONEY_READ)
def orders() -> ResponseReturnValue:
    asked = request.args.get("state", "")
    state = OrderState(asked) if asked in {one.value for one in OrderState} else None
    found = questions.orders(
        reading(),
        by=actor(),
        states=[state] if state else None,
        after=place_asked(),
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    return render_template(
        "incentives/orders.html",
        orders=shown,
        state=state,
        states=list(OrderState),
        following=url_for("incentives.orders", state=state, after=shown[-1].order.id) if len(found) > PAGE else None,
    )


@bp.get("/release-orders/new")
@requires(Permission.RELEASE_PROPOSE)
def new_order() -> ResponseReturnValue:
    case = case_by_number(reading(), request.args.get("case", ""), by=actor())
    form = ReleaseForm(formdata=None)
    form.case.data = case.number
    key = key_of_case(reading(), case.case_id)
    form.certificate.data = key.number if key else ""
    return _form(case, form)


def _form(case: CaseRef, form: ReleaseForm) -> str:
    session = reading()
    freed = holds.freed_of_case(session, case.case_id, case.partner_id)
    letting_go = [hold for hold in holds.holds_of_case(session, case.case_id) if hold.state in BLOCKING]
    return render_template(
        "incentives/new_order.html",
        form=form,
        case=case,
        partner=partners.load_by_id(session, case.partner_id, by=actor()),
        key=holds.key_for(session, case.case_id, at=now()),
        holds=[(hold, holds.reach_of(hold)) for hold in letting_go],
        pending=any(hold.state is HoldState.RELEASE_PENDING for hold in letting_go),
        frees=holds.totals_of(freed),
        stays=holds.staying(session, case.case_id, freed),
    )


@bp.post("/release-orders")
@requires(Permission.RELEASE_PROPOSE)
def propose_order() -> ResponseReturnValue:
    form = ReleaseForm()
    case = case_by_number(reading(), form.case.data or "", by=actor())

    def act(session: Session) -> str:
        made = services.propose_release(
            session,
            case,
            form.certificate.data or "",
            document=form.document.data.read() if form.document.data else None,
            reason=form.reason.data or "",
            issuer=issuer(current_app.config["SETTINGS"]),
            by=actor(),
            at=now(),
        )
        return url_for("incentives.order", number=made.number)

    return submit(
        form,
        act,
        otherwise=lambda: _form(case, form),
        said="The release order is proposed. The money stays held until a second person approves it.",
    )


@bp.get("/release-orders/<number>")
@requires(Permission.MONEY_READ)
def order(number: str) -> ResponseReturnValue:
    return _page(number, WithdrawalForm(formdata=None))


def _page(number: str, form: WithdrawalForm) -> str:
    session = reading()
    found = questions.load_order(session, number, by=actor())
    decision = decision_for(session, DecisionKind.RELEASE_ORDER, found.id)
    files = questions.files_of_order(session, found.id)
    people = [found.proposed_by_id, decision.decided_by_id if decision else None]
    return render_template(
        "incentives/order.html",
        order=found,
        case=case_ref(session, found.case_id),
        certificate=questions.certificate_of(session, found.certificate_id),
        totals=questions.totals_of_orders(session, [found.id])[found.id],
        lines=questions.lines(session, found.id, limit=_SHOWN),
        holds=[(hold, holds.reach_of(hold)) for hold in questions.holds_of_order(session, found.id)],
        progress=questions.progress(session, found.id),
        to_send_again=questions.to_send_again(session, found.id),
        files=files,
        decision=decision,
        names=names(session, [*people, *(file.exported_by_id for file in files)]),
        form=form,
    )


@bp.post("/release-orders/<number>/exports")
@requires(Permission.RELEASE_EXPORT)
def export_order(number: str) -> ResponseReturnValue:
    def act(session: Session) -> str:
        found = questions.load_order(session, number, by=actor())
        services.export_release(session, found.id, by=actor(), at=now())
        return url_for("incentives.order", number=number)

    return _one_button(number, act, "The payment file is written. Download it and hand it to the ERP.")


@bp.post("/release-orders/<number>/further-exports")
@requires(Permission.RELEASE_EXPORT)
def export_order_again(number: str) -> ResponseReturnValue:
    def act(session: Session) -> str:
        found = questions.load_order(session, number, by=actor())
        services.export_returned(session, found.id, by=actor(), at=now())
        return url_for("incentives.order", number=number)

    return _one_button(number, act, "A further file is written with the payments that came back.")


@bp.post("/release-orders/<number>/withdrawals")
@requires(Permission.RELEASE_PROPOSE)
def withdraw_order(number: str) -> ResponseReturnValue:
    form = WithdrawalForm()

    def act(session: Session) -> str:
        found = questions.load_order(session, number, by=actor())
        services.withdraw_release(session, found.id, reason=form.reason.data or "", by=actor(), at=now())
        return url_for("incentives.order", number=number)

    return submit(
        form, act, otherwise=lambda: _page(number, form), said="The order is taken back. Its holds go on as before."
    )


@bp.get("/release-orders/<number>/files/<int:sequence>.csv")
@requires(Permission.MONEY_READ)
def order_file(number: str, sequence: int) -> ResponseReturnValue:
    """The stored bytes, never written again."""
    session = reading()
    found = questions.load_order(session, number, by=actor())
    file = questions.file_of_order(session, found.id, sequence)
    return attachment(file.content, f"{found.number}-{sequence}.csv")


def _one_button(number: str, act: Callable[[Session], str], said: str) -> ResponseReturnValue:
    form = ActionForm()

    def otherwise() -> str:
        page = WithdrawalForm(formdata=None)
        page.form_errors = [*page.form_errors, *form.form_errors]
        return _page(number, page)

    return submit(form, act, otherwise=otherwise, said=said)
