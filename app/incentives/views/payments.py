"""What the ERP answers: uploading a file of answers, and what each one said."""

from typing import cast

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.incentives import services
from app.incentives.forms import AcknowledgementFileForm
from app.incentives.queries import release_orders as questions
from app.incentives.queries.overview import waiting_for_answer
from app.incentives.rules import acknowledgement_file
from app.incentives.views.room import PAGE, bp, names
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit


@bp.get("/payment-acknowledgements")
@requires(Permission.MONEY_READ)
def acknowledgements() -> ResponseReturnValue:
    return _list(AcknowledgementFileForm(formdata=None))


def _list(form: AcknowledgementFileForm) -> str:
    session = reading()
    found = questions.acknowledgement_batches(session, after=place_asked(), limit=PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "incentives/acknowledgements.html",
        form=form,
        batches=shown,
        waiting=waiting_for_answer(session, by=actor()),
        names=names(session, [batch.received_by_id for batch in shown]),
        following=url_for("incentives.acknowledgements", after=shown[-1].id) if len(found) > PAGE else None,
    )


@bp.post("/payment-acknowledgements")
@requires(Permission.PAYMENT_ACKNOWLEDGE)
def upload_acknowledgements() -> ResponseReturnValue:
    form = AcknowledgementFileForm()
    parsed: acknowledgement_file.AcknowledgementFile | None = None
    if form.validate():
        try:
            parsed = acknowledgement_file.read(form.file.data.stream.read(), form.file.data.filename or "answers.csv")
        except DomainError as error:
            form.reject(error)
            return _list(form), 422

    def act(session: Session) -> str:
        file = cast(acknowledgement_file.AcknowledgementFile, parsed)
        batch = services.acknowledge_payments(session, file, by=actor(), at=now())
        return url_for("incentives.acknowledgement", batch_id=batch.id)

    return submit(form, act, otherwise=lambda: _list(form))


@bp.get("/payment-acknowledgements/<int:batch_id>")
@requires(Permission.MONEY_READ)
def acknowledgement(batch_id: int) -> ResponseReturnValue:
    session = reading()
    batch, answers = questions.load_acknowledgements(session, batch_id)
    return render_template(
        "incentives/acknowledgement.html", batch=batch, answers=answers, names=names(session, [batch.received_by_id])
    )
