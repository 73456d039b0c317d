"""Earnings files: upload, see what a file would do, then import or refuse it; the history of all."""

from typing import cast

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.incentives import services
from app.incentives.forms import EarningsFileForm, ImportForm
from app.incentives.models import EarningBatch
from app.incentives.queries import imports as questions
from app.incentives.rules import earnings_file
from app.incentives.rules.states import BatchState, ImportMode
from app.incentives.views.room import PAGE, attachment, bp, names
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

_LINES_SHOWN = 100


@bp.get("/earnings/imports")
@requires(Permission.MONEY_READ)
def imports() -> ResponseReturnValue:
    return _history(EarningsFileForm(formdata=None))


def _history(form: EarningsFileForm) -> str:
    session = reading()
    after = place_asked()
    found = questions.batches(session, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    return render_template(
        "incentives/imports.html",
        form=form,
        batches=shown,
        names=names(session, [batch.uploaded_by_id for batch in shown]),
        following=url_for("incentives.imports", after=shown[-1].id) if len(found) > PAGE else None,
    )


@bp.post("/earnings/imports")
@requires(Permission.EARNINGS_IMPORT)
def upload_earnings() -> ResponseReturnValue:
    form = EarningsFileForm()
    parsed: earnings_file.EarningsFile | None = None
    if form.validate():
        try:
            parsed = earnings_file.read(form.file.data.stream.read(), form.file.data.filename or "earnings.csv")
        except DomainError as error:
            form.reject(error)
            return _history(form), 422

    def act(session: Session) -> str:
        batch = services.keep_file(session, cast(earnings_file.EarningsFile, parsed), by=actor(), at=now())
        return url_for("incentives.earnings_import", batch_id=batch.id)

    return submit(form, act, otherwise=lambda: _history(form))


@bp.get("/earnings/imports/<int:batch_id>")
@requires(Permission.MONEY_READ)
def earnings_import(batch_id: int) -> ResponseReturnValue:
    return _page(questions.load_batch(reading(), batch_id), ImportForm(formdata=None))


def _page(batch: EarningBatch, form: ImportForm) -> str:
    session = reading()
    who = names(session, [batch.uploaded_by_id, batch.decided_by_id])
    if batch.state is BatchState.CHECKED:
        dry_run = questions.dry_run(session, questions.stored_file(session, batch.id), at=now())
        form.offer_choice()
        return render_template(
            "incentives/dry_run.html",
            batch=batch,
            dry_run=dry_run,
            rejected=dry_run.judged.rejected[:_LINES_SHOWN],
            names=who,
            form=form,
        )
    return render_template(
        "incentives/earnings_import.html",
        batch=batch,
        rejected=questions.rejects(session, batch.id, limit=_LINES_SHOWN),
        names=who,
    )


@bp.post("/earnings/imports/<int:batch_id>/decisions")
@requires(Permission.EARNINGS_IMPORT)
def decide_import(batch_id: int) -> ResponseReturnValue:
    session = reading()
    batch = questions.load_batch(session, batch_id)
    form = ImportForm()
    file = questions.stored_file(session, batch.id)

    def act(session: Session) -> str:
        if form.mode.data == "refuse":
            services.refuse_file(session, batch.id, file, by=actor(), at=now())
        else:
            services.import_earnings(session, file, mode=ImportMode(form.mode.data), by=actor(), at=now())
        return url_for("incentives.earnings_import", batch_id=batch.id)

    return submit(form, act, otherwise=lambda: _page(questions.load_batch(reading(), batch_id), form))


@bp.get("/earnings/imports/<int:batch_id>/rejected-lines.csv")
@requires(Permission.MONEY_READ)
def rejected_lines(batch_id: int) -> ResponseReturnValue:
    session = reading()
    batch = questions.load_batch(session, batch_id)
    if batch.state is BatchState.CHECKED:
        judged = questions.dry_run(session, questions.stored_file(session, batch.id), at=now()).judged
        content = questions.dry_run_rejects_csv(judged)
    else:
        content = questions.rejects_csv(session, batch.id)
    return attachment(content, f"rejected-lines-{batch.id}.csv")


@bp.get("/earnings/imports/<int:batch_id>/file.csv")
@requires(Permission.MONEY_READ)
def imported_file(batch_id: int) -> ResponseReturnValue:
    """The bytes as they were uploaded."""
    batch = questions.load_batch(reading(), batch_id, with_content=True)
    return attachment(batch.content, f"earnings-{batch.id}.csv")
