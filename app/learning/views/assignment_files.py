"""Files of assignments: a template, upload, what a file would do, the decision, the lines that failed; the history of all."""

from typing import cast

from flask import Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.learning.forms import AssignmentFileForm, FileDecisionForm
from app.learning.models import AssignmentFile, FileState
from app.learning.queries import assignment_files as queries
from app.learning.queries import candidates
from app.learning.rules import assignment_file as rules
from app.learning.services import assignment_files as services
from app.learning.views.blueprint import bp
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

_LINES_SHOWN = 100


@bp.get("/assignment-files")
@requires(Permission.ASSIGNMENT_READ)
def assignment_files() -> ResponseReturnValue:
    return _history(AssignmentFileForm(formdata=None))


def _history(form: AssignmentFileForm) -> str:
    session = reading()
    found = queries.files(session, by=actor(), after=place_asked())
    shown = found[: queries.PAGE]
    following = url_for("learning.assignment_files", after=shown[-1].id) if len(found) > queries.PAGE else None
    return render_template(
        "learning/assignment_files.html",
        form=form,
        files=shown,
        names=accounts.names(session, [one.uploaded_by_id for one in shown]),
        following=following,
    )


@bp.get("/assignment-files/template.csv")
@requires(Permission.ASSIGNMENT_MAKE)
def assignment_file_template() -> ResponseReturnValue:
    offered = candidates.offered(reading())
    return _attachment(rules.template_csv(offered[0].slug if offered else "name-of-the-course"), "assignments.csv")


@bp.post("/assignment-files")
@requires(Permission.ASSIGNMENT_MAKE)
def upload_assignments() -> ResponseReturnValue:
    """Keep a file to look at; the same one again leads to where it is already."""
    form = AssignmentFileForm()
    parsed: rules.AssignmentsRead | None = None
    if form.validate():
        try:
            parsed = rules.read(form.file.data.stream.read(), form.file.data.filename or "assignments.csv")
        except DomainError as error:
            form.reject(error)
            return _history(form), 422

    def act(session: Session) -> str:
        kept, was_here = services.keep_file(session, cast(rules.AssignmentsRead, parsed), by=actor(), at=now())
        if was_here:
            flash("This file is here already. Sending it again changed nothing.", "attention")
        return url_for("learning.assignment_file", file_id=kept.id)

    return submit(form, act, otherwise=lambda: _history(form))


@bp.get("/assignment-files/<int:file_id>")
@requires(Permission.ASSIGNMENT_READ)
def assignment_file(file_id: int) -> ResponseReturnValue:
    return _page(file_id, FileDecisionForm(formdata=None))


def _page(file_id: int, form: FileDecisionForm) -> str:
    session = reading()
    file = queries.load(session, file_id, by=actor())
    read = rules.read(file.content, file.name)
    if file.state is FileState.CHECKED:
        found = queries.dry_run(session, read, by=actor(), at=now())
        counts = found.counts
        failed = [(one.row.line, dict(one.row.cells), one.said) for one in found.failed]
    else:
        counts, failed = file.outcome, [(line, cells, reason) for line, cells, reason in file.failed]
    return render_template(
        "learning/assignment_file.html",
        file=file,
        read=read,
        counts=counts,
        failed=failed[:_LINES_SHOWN],
        number_failed=len(failed),
        uploaded_by=accounts.names(session, [file.uploaded_by_id])[file.uploaded_by_id],
        may_decide=file.state is FileState.CHECKED
        and file.uploaded_by_id == actor().person_id
        and actor().may(Permission.ASSIGNMENT_MAKE),
        form=form,
    )


@bp.post("/assignment-files/<int:file_id>/decisions")
@requires(Permission.ASSIGNMENT_MAKE)
def decide_assignment_file(file_id: int) -> ResponseReturnValue:
    form = FileDecisionForm()
    file = queries.load(reading(), file_id, by=actor())
    read = rules.read(file.content, file.name)

    def act(session: Session) -> str:
        whole = form.mode.data == "all_or_nothing"
        kept = services.decide_file(session, file_id, read, all_or_nothing=whole, by=actor(), at=now())
        return _where(kept)

    return submit(form, act, otherwise=lambda: _page(file_id, form))


def _where(kept: AssignmentFile) -> str:
    if kept.batch_id is not None and not kept.failed:
        return url_for("learning.assignment_batch", batch_id=kept.batch_id)
    return url_for("learning.assignment_file", file_id=kept.id)


@bp.get("/assignment-files/<int:file_id>/failed-lines.csv")
@requires(Permission.ASSIGNMENT_READ)
def failed_assignment_lines(file_id: int) -> ResponseReturnValue:
    session = reading()
    file = queries.load(session, file_id, by=actor())
    if file.state is FileState.CHECKED:
        found = queries.dry_run(session, rules.read(file.content, file.name), by=actor(), at=now())
        failed = [(one.row.line, dict(one.row.cells), one.said) for one in found.failed]
    else:
        failed = [(line, cells, reason) for line, cells, reason in file.failed]
    return _attachment(rules.failed_lines_csv(failed), f"failed-lines-{file.id}.csv")


def _attachment(content: bytes, name: str) -> Response:
    """A CSV file to keep. Opened in a browser it can do nothing."""
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
