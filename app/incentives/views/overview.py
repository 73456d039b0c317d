"""The first page of finance: what stands where, and what waits for whom."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.access.policy import Permission
from app.incentives.queries import overview as questions
from app.incentives.views.room import PAGE, bp
from app.kernel.clock import now
from app.transactions import reading
from app.web.guard import actor, requires


@bp.get("/incentives")
@requires(Permission.MONEY_READ)
def overview() -> ResponseReturnValue:
    session, at = reading(), now()
    search = request.args.get("search", "").strip()[:100]
    found = questions.held_partners(session, by=actor(), search=search, after=request.args.get("after"), limit=PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "incentives/overview.html",
        totals=questions.totals(session),
        waiting=questions.waiting(session, by=actor(), at=at),
        releasable=questions.releasable(session, by=actor(), at=at),
        held=shown,
        search=search,
        following=url_for("incentives.overview", search=search or None, after=shown[-1].partner.number)
        if len(found) > PAGE
        else None,
    )
