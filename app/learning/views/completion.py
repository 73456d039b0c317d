"""The end of a course: the attestation, and the training records that last."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts.views import confirm_password
from app.courses.models import CourseVersion
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.learning import services
from app.learning.forms import AttestationForm
from app.learning.queries import records
from app.learning.queries.equivalents import accepted_of
from app.learning.queries.lessons import Reading, reading_of
from app.learning.views.blueprint import bp
from app.learning.views.lessons import shape_of
from app.learning.views.records import kept
from app.transactions import reading
from app.web.consequences import consequences
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/registrations/<int:registration_id>/attestation")
@requires(Permission.LEARNING_TAKE)
def attestation(registration_id: int) -> ResponseReturnValue:
    session = reading()
    found = reading_of(session, registration_id, by=actor())
    if not found.standing.needs_signature:
        raise NotFound
    record = records.record_of_registration(session, registration_id, by=actor())
    if record is not None:
        return redirect(url_for("learning.training_record", record_id=record.id), 303)
    return attestation_page(session, found, form_for(found, blank=True))


def form_for(found: Reading, *, blank: bool = False) -> AttestationForm:
    form = AttestationForm(formdata=None) if blank else AttestationForm()
    form.statements.choices = [(statement.id, statement.text) for statement in found.standing.outline.statements]
    return form


def attestation_page(session: Session, found: Reading, form: AttestationForm) -> str:
    unit = found.standing.outline.attestation
    if unit is None:
        raise NotFound
    return render_template(
        "learning/attestation.html",
        lesson=shape_of(found, unit),
        version=session.get_one(CourseVersion, found.version[0]),
        statements=found.standing.outline.statements,
        closed=found.standing.why_closed(unit)
        or (None if found.is_open else "This course was ended before it was signed."),
        resume=found.standing.resume,
        registration_id=found.registration_id,
        form=form,
    )


@bp.post("/registrations/<int:registration_id>/attestation")
@requires(Permission.LEARNING_TAKE)
def attest(registration_id: int) -> ResponseReturnValue:
    """Sign: every statement ticked and the password entered again, which is checked before the lock."""
    found = reading_of(reading(), registration_id, by=actor())
    if not found.standing.needs_signature:
        raise NotFound
    form = form_for(found)

    def page() -> str:
        session = reading()
        return attestation_page(session, reading_of(session, registration_id, by=actor()), form)

    ticked = set(form.statements.data or ())
    if form.validate() and ticked != {statement.id for statement in found.standing.outline.statements}:
        form.reject(DomainError("Tick every statement that you attest; each one is needed.", field="statements"))
        return page(), 422
    proof = confirm_password(form)
    if proof is None:
        return page(), 422

    def act(session: Session) -> str:
        at = now()
        record = services.attest(session, registration_id, proof, by=actor(), at=at)
        if record is None:
            record = records.record_of_registration(session, registration_id, by=actor())
        else:
            consequences().after_training(session, record.id, at=at)
        if record is None:
            raise NotFound
        return url_for("learning.training_record", record_id=record.id)

    return submit(form, act, otherwise=page)


@bp.get("/training-records")
@requires(Permission.TRAINING_RECORD_READ_OWN)
def training_records() -> ResponseReturnValue:
    session = reading()
    return render_template(
        "learning/training_records.html",
        records=records.records_of(session, by=actor()),
        equivalents=accepted_of(session, actor().person_id),
    )


@bp.get("/training-records/<int:record_id>")
@requires(Permission.TRAINING_RECORD_READ_OWN)
def training_record(record_id: int) -> ResponseReturnValue:
    session = reading()
    found = records.record(session, record_id, by=actor())
    signature = records.signature_of(session, found)
    return render_template(
        "learning/training_record.html",
        record=found,
        version=session.get_one(CourseVersion, found.version_id),
        signature=signature,
        signed_in=records.language_signed(session, found, signature) if signature else None,
        confirmation=records.confirmation_of(session, found),
        kept=kept(session, found, own=True),
        cycle=reading_of(session, found.registration_id, by=actor()),
    )
