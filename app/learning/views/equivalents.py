"""Training that somebody did elsewhere: proposed with its evidence from an assignment, shown, and its file fetched."""

from dataclasses import dataclass
from io import BytesIO

from flask import current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.accounts.models import Person
from app.decisions import queries as decisions
from app.decisions.rules import DecisionKind
from app.kernel import files
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.kernel.storage import Storage
from app.learning import services
from app.learning.forms import EquivalentForm
from app.learning.models import Assignment, EquivalentTraining
from app.learning.queries import assignments as assignment_queries
from app.learning.queries import equivalents as queries
from app.learning.queries.records import of_assignment
from app.learning.services.equivalents import equivalent_content
from app.learning.views.blueprint import bp
from app.partners import queries as partners
from app.partners.models import Partner
from app.settings import Settings
from app.transactions import reading
from app.web.filters import size
from app.web.guard import actor, requires
from app.web.submissions import submit

TAKEN = (files.PDF, files.PNG, files.JPEG)


@dataclass(frozen=True)
class Results:
    """What came of an assignment, as far as the reader may see it: its record, and outside training for the same course."""

    record_id: int | None
    equivalents: tuple[EquivalentTraining, ...]
    may_propose: bool


def results_of(session: Session, assignment: Assignment) -> Results:
    if not actor().may(Permission.TRAINING_READ):
        return Results(None, (), False)
    record = of_assignment(session, assignment.id)
    found = queries.of_person_and_course(session, assignment.person_id, assignment.course_id)
    is_open = assignment.state.value in ("assigned", "in_progress")
    waits = any(one.state.value == "proposed" for one in found)
    may = is_open and not waits and actor().may(Permission.EQUIVALENT_PROPOSE)
    return Results(record.id if record else None, tuple(found), may)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _storage() -> Storage:
    return Storage(_settings().data_folder / "files")


@bp.get("/partners/<number>/assignments/<int:assignment_id>/equivalents/new")
@requires(Permission.EQUIVALENT_PROPOSE)
def new_equivalent(number: str, assignment_id: int) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    assignment_queries.of_partner(session, assignment_id, partner=partner)
    return equivalent_form_page(session, partner, assignment_id, EquivalentForm(formdata=None))


def equivalent_form_page(session: Session, partner: Partner, assignment_id: int, form: EquivalentForm) -> str:
    return render_template(
        "learning/new_equivalent.html",
        partner=partner,
        line=assignment_queries.line(session, assignment_id, partner=partner, at=now()),
        accept=files.accept(TAKEN),
        largest=size(_settings().max_upload_bytes),
        form=form,
    )


@bp.post("/partners/<number>/assignments/<int:assignment_id>/equivalents")
@requires(Permission.EQUIVALENT_PROPOSE)
def create_equivalent(number: str, assignment_id: int) -> ResponseReturnValue:
    """The file is checked and stored before the lock is taken."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    assignment_queries.of_partner(session, assignment_id, partner=partner)
    form = EquivalentForm()

    def again() -> str:
        session = reading()
        return equivalent_form_page(session, partners.load(session, number, by=actor()), assignment_id, form)

    stored: list[services.StoredEvidence] = []
    if form.validate():
        try:
            stored.append(_stored(form))
        except DomainError as error:
            form.reject(error)
            return again(), 422

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        assignment = assignment_queries.of_partner(session, assignment_id, partner=partner)
        done = services.Elsewhere(form.title.data, form.provider.data, form.completed_on.data, form.valid_until.data)
        found = services.propose_equivalent(
            session, assignment, done, stored[0], reason=form.reason.data, by=actor(), at=now()
        )
        return url_for("learning.equivalent", number=number, equivalent_id=found.id)

    return submit(
        form, act, otherwise=again, said="Proposed. An approver decides about it; until then the course is still to do."
    )


def _stored(form: EquivalentForm) -> services.StoredEvidence:
    sent = form.files.data
    if not isinstance(sent, FileStorage) or not sent.filename:
        raise DomainError("Choose the file that shows it: a PDF or a picture.", field="files")
    largest = _settings().max_upload_bytes
    checked = files.check(sent.filename, sent.stream.read(largest + 1), largest=largest)
    if checked.kind not in TAKEN:
        raise DomainError(
            f"“{checked.name}” is a {checked.kind.label}. Evidence of training is a PDF, or a PNG or JPEG picture of it.",
            field="files",
        )
    kept = _storage().put(checked.content)
    return services.StoredEvidence(checked.name, checked.kind.media_type, kept.sha256, kept.size)


@bp.get("/partners/<number>/equivalents/<int:equivalent_id>")
@requires(Permission.TRAINING_READ)
def equivalent(number: str, equivalent_id: int) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = queries.load(session, equivalent_id, partner=partner)
    seen = DecisionKind.EQUIVALENT_TRAINING in decisions.visible_kinds(actor())
    decision = decisions.of_subject(session, DecisionKind.EQUIVALENT_TRAINING, found.id) if seen else ()
    return render_template(
        "learning/equivalent.html",
        partner=partner,
        found=found,
        person=session.get_one(Person, found.person_id),
        course_title=equivalent_content(session, found.id)["in_place_of"],
        decision=decision[0] if decision else None,
        names=accounts.names(session, [found.proposed_by_id]),
    )


@bp.get("/partners/<number>/equivalents/<int:equivalent_id>/evidence")
@requires(Permission.TRAINING_READ)
def equivalent_evidence(number: str, equivalent_id: int) -> ResponseReturnValue:
    """The bytes as they were handed in, always as a download and never as a page of ours."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = queries.load(session, equivalent_id, partner=partner)
    try:
        content = _storage().get(found.evidence_digest)
    except FileNotFoundError:
        raise NotFound from None
    response = send_file(
        BytesIO(content), mimetype=found.evidence_media_type, as_attachment=True, download_name=found.evidence_name
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
