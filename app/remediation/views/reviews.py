"""Reviews of determinations whose certificate was revoked: what was judged, what was paid on it, what follows."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates.models import Certificate
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.incentives.queries.release_orders import let_go_on, totals_of_orders
from app.kernel.clock import now
from app.remediation import queries, services
from app.remediation.forms import DeterminationReviewForm
from app.remediation.models import Determination, RemediationCase, ReviewOutcome
from app.remediation.rules.case_states import AFTER_COMPLETION
from app.remediation.views.cases import offer_steps
from app.remediation.views.room import bp, names, newest_decision
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/determination-reviews/<int:review_id>")
@requires(Permission.CASE_READ)
def review(review_id: int) -> ResponseReturnValue:
    return _page(review_id, DeterminationReviewForm(formdata=None))


def _page(review_id: int, form: DeterminationReviewForm) -> str:
    session = reading()
    found = queries.load_review(session, review_id, by=actor())
    case = session.get_one(RemediationCase, found.case_id)
    partner, _ = queries.parties(session, case)
    certificate = session.get_one(Certificate, found.certificate_id)
    determination = session.get_one(Determination, found.determination_id)
    orders = let_go_on(session, found.certificate_id)
    decision = newest_decision(session, DecisionKind.DETERMINATION_REVIEW, found.id)
    waits = decision is not None and decision.state is DecisionState.PROPOSED
    offer_steps(session, case, form)
    if case.state not in AFTER_COMPLETION:
        form.outcome.choices = [one for one in form.outcome.choices if one.value != ReviewOutcome.FALLS.value]
    return render_template(
        "remediation/review.html",
        review=found,
        case=case,
        partner=partner,
        certificate=certificate,
        determination=determination,
        orders=orders,
        totals=totals_of_orders(session, [order.id for order in orders]),
        decision=decision,
        waits=waits,
        may_propose=found.concluded_at is None and not waits and actor().may(Permission.DETERMINATION_PROPOSE),
        names=names(session, [certificate.revoked_by_id, determination.proposed_by_id]),
        form=form,
    )


@bp.post("/determination-reviews/<int:review_id>/conclusions")
@requires(Permission.DETERMINATION_PROPOSE)
def conclude(review_id: int) -> ResponseReturnValue:
    form = DeterminationReviewForm()
    found = queries.load_review(reading(), review_id, by=actor())
    offer_steps(reading(), reading().get_one(RemediationCase, found.case_id), form)

    def act(session: Session) -> str:
        outcome = ReviewOutcome(form.outcome.data)
        services.propose_conclusion(
            session,
            queries.load_review(session, review_id, by=actor()),
            outcome,
            reason=form.reason.data,
            words_to_partner=form.words.data or "",
            steps_to_reopen=[int(one) for one in form.steps.data or ()] if outcome is ReviewOutcome.FALLS else (),
            by=actor(),
            at=now(),
        )
        return url_for("remediation.review", review_id=review_id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(review_id, form),
        said="The conclusion is proposed. Nothing follows until a second person approves it.",
    )
