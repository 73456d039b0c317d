"""Batches of assignments: the list, one with its people and how far it is, and taking it back."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.kernel.clock import now
from app.learning import services
from app.learning.queries import batches as queries
from app.learning.views.blueprint import bp
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit


@bp.get("/assignment-batches")
@requires(Permission.ASSIGNMENT_READ)
def assignment_batches() -> ResponseReturnValue:
    found = queries.batches(reading(), by=actor(), after=place_asked())
    shown = found[: queries.PAGE]
    following = url_for("learning.assignment_batches", after=shown[-1].id) if len(found) > queries.PAGE else None
    return render_template("learning/assignment_batches.html", batches=shown, following=following)


@bp.get("/assignment-batches/<int:batch_id>")
@requires(Permission.ASSIGNMENT_READ)
def assignment_batch(batch_id: int) -> ResponseReturnValue:
    """Its assignments; with `?show=left-out` who got nothing and why. Of one that was taken back, what stayed."""
    return _page(batch_id, ActionForm(formdata=None))


def _page(batch_id: int, form: ActionForm) -> str:
    session = reading()
    batch = queries.batch(session, batch_id, by=actor())
    left_out = request.args.get("show") == "left-out"
    after = place_asked()
    staying = batch.undone_at is not None
    lines = [] if left_out else list(queries.lines(session, batch_id, staying=staying, by=actor(), after=after))
    others = list(queries.left_out(session, batch_id, by=actor(), after=after)) if left_out else []
    found: list[Any] = others or lines
    following = None
    if len(found) > queries.PAGE:
        following = url_for(
            "learning.assignment_batch",
            batch_id=batch_id,
            show="left-out" if left_out else None,
            after=found[queries.PAGE - 1][0],
        )
    return render_template(
        "learning/assignment_batch.html",
        batch=batch,
        lines=lines[: queries.PAGE],
        others=others[: queries.PAGE],
        left_out=left_out,
        following=following,
        first_url=url_for("learning.assignment_batch", batch_id=batch_id, show="left-out" if left_out else None)
        if after
        else None,
        may_undo=batch.made_by_id == actor().person_id
        and actor().may(Permission.ASSIGNMENT_MAKE)
        and batch.can_be_undone(at=now()),
        form=form,
    )


@bp.post("/assignment-batches/<int:batch_id>/reversals")
@requires(Permission.ASSIGNMENT_MAKE)
def undo_batch(batch_id: int) -> ResponseReturnValue:
    """Take the batch back: what nobody has begun."""
    form = ActionForm()

    def act(session: Session) -> str:
        services.undo_batch(session, batch_id, by=actor(), at=now())
        return url_for("learning.assignment_batch", batch_id=batch_id)

    return submit(
        form, act, otherwise=lambda: _page(batch_id, form), said="Taken back. Nobody gets a message about it."
    )
