"""A step's page, and what is done on it: assigning its courses, handing in, reviewing, fetching a file."""

from collections.abc import Sequence
from io import BytesIO

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from wtforms import SelectChoice

from app.access.policy import Permission
from app.courses import queries as courses
from app.courses.models import Course, CourseVersion
from app.decisions.rules import clash
from app.kernel import files as file_rules
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError, NotFound
from app.kernel.storage import Storage
from app.learning import services as learning
from app.learning.models import Origin
from app.partners import queries as partners
from app.remediation import queries, services
from app.remediation.forms import EvidenceForm, ReviewForm
from app.remediation.models import (
    EvidenceFile,
    EvidenceRevision,
    PlanStep,
    RemediationCase,
    ReviewState,
    StepDraft,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.step_kinds import KINDS
from app.remediation.views.room import bp, names, settings
from app.transactions import reading
from app.web.filters import size
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/cases/<number>/steps/<int:step_id>")
@requires(Permission.CASE_READ)
def step(number: str, step_id: int) -> ResponseReturnValue:
    return _page(number, step_id)


def _page(number: str, step_id: int, *, evidence: EvidenceForm | None = None, review: ReviewForm | None = None) -> str:
    session, at, who = reading(), now(), actor()
    case, plan, found = queries.load_step(session, number, step_id, by=who)
    partner, _ = queries.parties(session, case)
    view = next(one for one in queries.step_views(session, case, at=at) if one.step.id == found.id)
    readable = queries.may_read_evidence(who)
    revisions = queries.revisions(session, [found.id]) if readable else []
    files: dict[int, list[EvidenceFile]] = {}
    for file in queries.files_of(session, [revision.id for revision in revisions]):
        files.setdefault(file.revision_id, []).append(file)
    latest = revisions[0] if revisions else None
    changes = queries.step_transitions(session, [found.id])
    hands_in = _hands_in(case, found)
    form = evidence
    if form is None and hands_in:
        form = _fresh(session, found, latest, files)
    if form is not None:
        _offer_kept(form, latest, files)
    return render_template(
        "remediation/step.html",
        case=case,
        plan=plan,
        partner=partner,
        step=found,
        view=view,
        about=KINDS[found.kind],
        is_partner=who.partner_id is not None,
        is_inside=queries.sees_inside(who),
        revisions=revisions,
        files=files,
        names=names(session, [one.uploaded_by_id for one in revisions] + [one.reviewed_by_id for one in revisions]),
        reopened=_why_open(changes, found),
        manifest=queries.latest_manifest(session, case.id),
        sessions=queries.sessions_of(session, [found.id]),
        courses=_courses(session, found),
        materials=_materials(session, found),
        may_assign=who.may(Permission.ASSIGNMENT_MAKE) and found.kind is StepKind.TRAINING and case.state in WORKING,
        assigning=ActionForm(formdata=None),
        form=form,
        hands_in=hands_in,
        taken=file_rules.TAKEN,
        accept=file_rules.ACCEPT,
        largest=f"{settings().max_upload_bytes // (1024 * 1024)} MB",
        most=file_rules.MOST_FILES,
        review=review or ReviewForm(formdata=None),
        may_review=_may_review(case, found, latest),
        kept_apart=clash(who.person_id, {"handed it in": latest.uploaded_by_id}) if latest else None,
        page_has_errors=bool((evidence and evidence.errors) or (review and review.errors)),
    )


def _hands_in(case: RemediationCase, found: PlanStep) -> bool:
    return (
        found.kind.takes_evidence
        and case.state in WORKING
        and actor().may(Permission.EVIDENCE_SUBMIT)
        and found.state not in (StepState.WAIVED, StepState.NOT_APPLICABLE)
    )


def _may_review(case: RemediationCase, found: PlanStep, latest: EvidenceRevision | None) -> bool:
    return (
        latest is not None
        and latest.review is ReviewState.WAITING
        and found.state is StepState.SUBMITTED
        and case.state in WORKING
        and actor().may(Permission.EVIDENCE_REVIEW)
    )


def _fresh(
    session: Session,
    found: PlanStep,
    latest: EvidenceRevision | None,
    files: dict[int, list[EvidenceFile]],
) -> EvidenceForm:
    """What the partner wrote last, so that nobody types anything twice: the draft, or else the revision before."""
    form = EvidenceForm(formdata=None)
    draft = session.get(StepDraft, found.id)
    if draft is not None:
        form.statement.data = draft.statement
    elif latest is not None:
        form.statement.data = latest.statement
    if latest is not None:
        form.effective_on.data = latest.effective_on
        form.keep.data = [str(file.id) for file in files.get(latest.id, [])]
    return form


def _offer_kept(form: EvidenceForm, latest: EvidenceRevision | None, files: dict[int, list[EvidenceFile]]) -> None:
    form.keep.choices = [
        SelectChoice(str(file.id), f"{file.name} ({size(file.size)})")
        for file in (files.get(latest.id, []) if latest else [])
    ]


def _why_open(changes: Sequence[object], found: PlanStep) -> str:
    """Why a step is open again: the reason of its last change, when that opened it."""
    last = changes[-1] if changes else None
    if found.state is StepState.REOPENED and last is not None:
        return str(getattr(last, "reason", ""))
    return ""


def _courses(session: Session, found: PlanStep) -> list[CourseVersion]:
    return [one for one in courses.catalogue(session) if one.course.slug in found.courses]


def _materials(session: Session, found: PlanStep) -> list[object]:
    if not found.materials:
        return []
    return [one for one in courses.materials_for(session, by=actor()) if one.slug in found.materials]


@bp.post("/cases/<number>/steps/<int:step_id>/assignments")
@requires(Permission.ASSIGNMENT_MAKE)
def assign_step(number: str, step_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        case, _, found = queries.load_step(session, number, step_id, by=actor())
        if found.kind is not StepKind.TRAINING or case.state not in WORKING:
            raise DomainError("Courses are assigned on a training step while the case is being worked on.")
        people = [line.person_id for line in partners.roster(session, case.partner_id)]
        if not people:
            raise DomainError("The roster is empty. Ask the partner's compliance contact to add its people first.")
        taught = session.scalars(select(Course).where(Course.slug.in_(found.courses)).order_by(Course.slug)).all()
        partner, _ = queries.parties(session, case)
        learning.assign_courses(
            session,
            people,
            taught,
            origin=Origin.CASE_STEP,
            due_on=max(found.current_due_on, day_in(partner.time_zone, now())),
            partner_id=case.partner_id,
            case_step_id=found.id,
            by=actor(),
            at=now(),
        )
        services.compute_training_step(session, found, at=now())
        return url_for("remediation.step", number=number, step_id=step_id)

    def again() -> str:
        return render_template(
            "remediation/not_done.html", form=form, back=url_for("remediation.step", number=number, step_id=step_id)
        )

    return submit(
        form,
        act,
        otherwise=again,
        said="Everybody on the roster who still needs these courses has them now, and gets an e-mail.",
    )


@bp.post("/cases/<number>/steps/<int:step_id>/evidence")
@requires(Permission.EVIDENCE_SUBMIT)
def submit_evidence(number: str, step_id: int) -> ResponseReturnValue:
    """“Save for later” and “Send” come from one form; files are checked and stored before the lock is taken."""
    form = EvidenceForm()
    _case, _, found = queries.load_step(reading(), number, step_id, by=actor())
    latest = queries.latest_revision(reading(), found.id)
    of_latest = list(queries.files_of(reading(), [latest.id])) if latest else []
    _offer_kept(form, latest, {latest.id: of_latest} if latest else {})
    if request.form.get("save"):
        return _save_draft(form, number, step_id)

    def again() -> str:
        return _page(number, step_id, evidence=form)

    stored: list[services.StoredFile] = []
    if form.validate():
        try:
            if form.effective_on.data is None:
                raise DomainError(
                    "Enter the day since when it is in force, as year-month-day, for example 2026-03-27.",
                    field="effective_on",
                )
            stored = _store(form)
        except DomainError as error:
            form.reject(error)
            return again(), 422

    def act(session: Session) -> str:
        case, _, found = queries.load_step(session, number, step_id, by=actor())
        services.submit_evidence(
            session,
            case,
            found,
            statement=form.statement.data or "",
            files=stored,
            keep=[int(one) for one in form.keep.data or ()],
            effective_on=form.effective_on.data,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.step", number=number, step_id=step_id)

    return submit(
        form, act, otherwise=again, said="Your evidence is with us. We tell you by e-mail what we think of it."
    )


def _save_draft(form: EvidenceForm, number: str, step_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        case, _, found = queries.load_step(session, number, step_id, by=actor())
        services.save_draft(session, case, found, form.statement.data or "", by=actor(), at=now())
        return url_for("remediation.step", number=number, step_id=step_id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(number, step_id, evidence=form),
        said="Your text is saved. Nothing was sent. Files are not kept with it: choose them when you send.",
    )


def _store(form: EvidenceForm) -> list[services.StoredFile]:
    """Check every file, then keep them all: a bad one leaves nothing behind."""
    largest = settings().max_upload_bytes
    sent = [file for file in form.files.data or () if isinstance(file, FileStorage) and file.filename]
    if len(sent) > file_rules.MOST_FILES:
        raise DomainError(f"Send at most {file_rules.MOST_FILES} files together.", field="files")
    checked = [file_rules.check(file.filename or "", file.stream.read(largest + 1), largest=largest) for file in sent]
    storage = Storage(settings().data_folder / "files")
    kept = []
    for one in checked:
        stored = storage.put(one.content)
        kept.append(services.StoredFile(one.name, one.kind.media_type, stored.size, stored.sha256))
    return kept


@bp.post("/cases/<number>/steps/<int:step_id>/evidence/<int:revision>/reviews")
@requires(Permission.EVIDENCE_REVIEW)
def review_evidence(number: str, step_id: int, revision: int) -> ResponseReturnValue:
    _, _, step = queries.load_step(reading(), number, step_id, by=actor())
    newest = queries.latest_revision(reading(), step.id)
    if newest is None or not 1 <= revision <= newest.number:
        raise NotFound
    form = ReviewForm()

    def act(session: Session) -> str:
        case, _, found = queries.load_step(session, number, step_id, by=actor())
        reason = form.reason.data or ""
        if form.verdict.data == "accepted":
            services.accept_evidence(session, case, found, revision, reason=reason, by=actor(), at=now())
        else:
            services.return_evidence(session, case, found, revision, reason=reason, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    said = (
        "Accepted. The step is done."
        if form.verdict.data == "accepted"
        else "Returned. The partner reads what to mend."
    )
    return submit(form, act, otherwise=lambda: _page(number, step_id, review=form), said=said)


@bp.get("/cases/<number>/steps/<int:step_id>/evidence/<int:revision>/files/<int:file_id>")
@requires(Permission.CASE_READ)
def evidence_file(number: str, step_id: int, revision: int, file_id: int) -> ResponseReturnValue:
    """The bytes as they were handed in, always as a download and never as a page of ours."""
    session = reading()
    _, _, found = queries.load_step(session, number, step_id, by=actor())
    file = queries.load_file(session, found, revision, file_id, by=actor())
    try:
        content = Storage(settings().data_folder / "files").get(file.sha256)
    except FileNotFoundError:
        raise NotFound from None
    response = send_file(BytesIO(content), mimetype=file.media_type, as_attachment=True, download_name=file.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
