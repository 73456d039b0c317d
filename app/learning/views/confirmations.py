"""Completions that compliance confirms: the queue, one of them, and the decision."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.decisions.rules import clash
from app.kernel.clock import now
from app.learning.forms import ConfirmationForm
from app.learning.queries import confirmations as queries
from app.learning.services.confirmations import confirm_completion, return_completion, took_part
from app.learning.views.blueprint import bp
from app.transactions import reading
from app.web.consequences import consequences
from app.web.guard import actor, requires
from app.web.submissions import submit


def page_after() -> int:
    """The number in the address after which a page begins; 0 for the first one."""
    asked = request.args.get("after", "")
    return int(asked) if asked.isdecimal() and len(asked) <= 15 else 0


@bp.get("/completions")
@requires(Permission.COMPLETION_CONFIRM)
def completions() -> ResponseReturnValue:
    after = page_after()
    return render_template(
        "learning/completions.html", queue=queries.waiting(reading(), by=actor(), after=after), after=after
    )


@bp.get("/completions/<int:record_id>")
@requires(Permission.COMPLETION_CONFIRM)
def completion(record_id: int) -> ResponseReturnValue:
    return completion_page(record_id, ConfirmationForm(formdata=None))


def completion_page(record_id: int, form: ConfirmationForm) -> str:
    session = reading()
    found = queries.completion(session, queries.load(session, record_id, by=actor()))
    people = [found.assignment.assigned_by_id if found.assignment else None]
    people.append(found.confirmation.by_id if found.confirmation else None)
    return render_template(
        "learning/completion.html",
        found=found,
        record=found.record,
        names=accounts.names(session, people),
        kept_apart=clash(actor().person_id, took_part(found.record, found.assignment)),
        form=form,
    )


@bp.post("/completions/<int:record_id>/confirmation")
@requires(Permission.COMPLETION_CONFIRM)
def confirm(record_id: int) -> ResponseReturnValue:
    """Confirm a completion, or return it with a comment."""
    form = ConfirmationForm()

    def act(session: Session) -> str:
        at = now()
        record = queries.load(session, record_id, by=actor())
        if form.outcome.data == "confirm":
            confirm_completion(session, record, form.comment.data or "", by=actor(), at=at)
            consequences().after_training(session, record.id, at=at)
        else:
            return_completion(session, record, form.comment.data or "", by=actor(), at=at)
        return url_for("learning.completions")

    said = (
        "The completion is confirmed. The learner is told by mail."
        if form.outcome.data == "confirm"
        else "The completion is returned. The learner reads your comment and can begin again."
    )
    return submit(form, act, otherwise=lambda: completion_page(record_id, form), said=said)
