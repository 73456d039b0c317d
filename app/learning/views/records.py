"""A training record as it is kept: for its holder, for compliance and auditors, and the proposal to correct it."""

from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.courses.models import CourseVersion
from app.courses.rules.grading import Paper, QuestionResult, Result
from app.courses.rules.questions import Shown
from app.decisions import queries as decisions
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning import services
from app.learning.forms import CorrectionForm
from app.learning.models import RecordCorrection, TrainingRecord
from app.learning.queries import records
from app.learning.queries.regrades import MarkedAgain, marked_again
from app.learning.services.corrections import LABELS
from app.learning.views.blueprint import bp
from app.partners import queries as partners
from app.partners.models import Partner
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@dataclass(frozen=True)
class Line:
    """One question of a frozen paper, as it was shown, and how it went."""

    number: int
    shown: Shown
    title: str
    result: QuestionResult | None


@dataclass(frozen=True)
class Kept:
    """All that a record page shows beside the record: the signed words, questions and answers, later marks, corrections."""

    lines: tuple[Line, ...]
    later: tuple[MarkedAgain, ...]
    supersedes: TrainingRecord | None
    superseded_by: TrainingRecord | None
    certified_anew: bool
    """A corrected certificate takes the place of the one that was made from the earlier record."""


def kept(session: Session, record: TrainingRecord, *, own: bool) -> Kept:
    """Read from what was frozen with the record alone. Its holder sees the key as the course shows it; staff see none."""
    chain = list(records.history(session, record))
    at = [one.id for one in chain].index(record.id)
    lines, later = _answers(session, record, own=own)
    gives = session.get_one(CourseVersion, record.version_id).gives_certificate
    return Kept(
        lines,
        later,
        chain[at - 1] if at else None,
        chain[at + 1] if at + 1 < len(chain) else None,
        gives and at > 0,
    )


def _answers(
    session: Session, record: TrainingRecord, *, own: bool
) -> tuple[tuple[Line, ...], tuple[MarkedAgain, ...]]:
    attempt = records.attempt_of(session, record)
    if attempt is None:
        return (), ()
    again = marked_again(session, attempt.id)
    # The marks that the record was made with are those that give its score: the first ones, or those of a regrade before it.
    counted = next((one.result for one in again if one.score_after == record.score), attempt.result)
    result = Result.from_json(attempt.result if attempt.score == record.score else counted)
    told = result.for_learner(passed=True).questions if own else tuple(one.without_key() for one in result.questions)
    by_id = {one.question_id: one for one in told}
    lines = tuple(
        Line(number, shown, Markup(shown.title_html) if shown.title_html else shown.title, by_id.get(shown.id))  # noqa: S704 - cleaned
        for number, shown in enumerate(Paper.from_json(attempt.paper).questions, start=1)
    )
    return lines, tuple(one for one in again if one.changed and one.score_after > (record.score or 0))


@bp.get("/partners/<number>/training-records/<int:record_id>")
@requires(Permission.TRAINING_READ)
def partner_record(number: str, record_id: int) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    record = records.of_partner(session, record_id, partner=partner)
    corrections = records.corrections_of(session, record)
    return render_template(
        "learning/partner_record.html",
        partner=partner,
        record=record,
        kept=kept(session, record, own=False),
        signature=records.signature_of(session, record),
        corrections=[(one, _decision_id(session, one)) for one in corrections],
        labels=LABELS,
        names=accounts.names(session, [one.proposed_by_id for one in corrections]),
        waits=any(one.state.value == "proposed" for one in corrections),
    )


def _decision_id(session: Session, correction: RecordCorrection) -> int | None:
    """The decision about a correction, for those who may open its page."""
    if DecisionKind.RECORD_CORRECTION not in decisions.visible_kinds(actor()):
        return None
    found = decisions.of_subject(session, DecisionKind.RECORD_CORRECTION, correction.id)
    return next((one.id for one in found if one.state is not DecisionState.WITHDRAWN), None)


@bp.get("/partners/<number>/training-records/<int:record_id>/corrections/new")
@requires(Permission.RECORD_CORRECT)
def new_correction(number: str, record_id: int) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    record = records.of_partner(session, record_id, partner=partner)
    form = CorrectionForm(formdata=None, obj=record)
    return correction_page(partner, record, form)


def correction_page(partner: Partner, record: TrainingRecord, form: CorrectionForm) -> str:
    return render_template("learning/new_correction.html", partner=partner, record=record, form=form)


@bp.post("/partners/<number>/training-records/<int:record_id>/corrections")
@requires(Permission.RECORD_CORRECT)
def create_correction(number: str, record_id: int) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    record = records.of_partner(session, record_id, partner=partner)
    form = CorrectionForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = records.of_partner(session, record_id, partner=partner)
        changes = {name: form[name].data for name in LABELS}
        services.propose_correction(session, found, changes, reason=form.reason.data, by=actor(), at=now())
        return url_for("learning.partner_record", number=number, record_id=record_id)

    return submit(
        form,
        act,
        otherwise=lambda: correction_page(partner, record, form),
        said="Proposed. An approver decides about it; until then the record stands as it is.",
    )
