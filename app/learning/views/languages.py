"""Choosing the language of a course: before it is begun, and on any of its pages."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.policy import Permission
from app.kernel.clock import now
from app.kernel.languages import direction, own_name
from app.learning.queries import assignments as assignment_queries
from app.learning.services.languages import change_language as change
from app.learning.services.languages import choose_language as choose
from app.learning.views.blueprint import bp
from app.transactions import transaction
from app.web.guard import actor, requires

# None of these forms bears a key: choosing again what was chosen changes nothing, and a page that the browser went back to
# must be able to choose anew.


def choices(offered: Sequence[str], chosen: str) -> list[dict[str, Any]]:
    """What the switch offers: every language by its own name. Nothing where there is but one."""
    if len(offered) < 2:
        return []
    return [{"tag": tag, "name": own_name(tag), "dir": direction(tag), "chosen": tag == chosen} for tag in offered]


@bp.post("/registrations/<int:registration_id>/languages")
@requires(Permission.LEARNING_TAKE)
def change_language(registration_id: int) -> ResponseReturnValue:
    """Go on in another language, on the same page."""
    with transaction() as session:
        change(session, registration_id, request.form.get("language", ""), by=actor(), at=now())
    position = request.form.get("unit", type=int)
    if position is not None:
        return redirect(url_for("learning.unit", registration_id=registration_id, position=position), 303)
    assignment_id = request.form.get("assignment", type=int)
    if assignment_id is not None:
        return redirect(url_for("learning.assignment", assignment_id=assignment_id), 303)
    return redirect(url_for("learning.resume", registration_id=registration_id), 303)


@bp.post("/assignments/<int:assignment_id>/languages")
@requires(Permission.LEARNING_TAKE)
def choose_language(assignment_id: int) -> ResponseReturnValue:
    """Before the course is begun."""
    with transaction() as session:
        found = assignment_queries.own(session, assignment_id, by=actor())
        choose(session, found, request.form.get("language", ""), by=actor(), at=now())
    return redirect(url_for("learning.assignment", assignment_id=assignment_id), 303)
