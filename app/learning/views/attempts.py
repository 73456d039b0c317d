"""The quiz: begin, one question a page, saved as one goes, looked over, handed in, and what came of it."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions import Response
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.learning import services
from app.learning.models import Origin, RegistrationState
from app.learning.queries import assignments, content
from app.learning.queries import attempts as queries
from app.learning.queries.help import asked_for_help_at
from app.learning.queries.lessons import Reading, reading_of
from app.learning.queries.records import record_of_registration
from app.learning.rules.languages import of_paper
from app.learning.rules.progress import OutlineUnit
from app.learning.rules.timing import in_words, is_over, seconds_left
from app.learning.views.blueprint import bp
from app.learning.views.lessons import fields_sent, quiz_page
from app.partners import queries as partners
from app.transactions import brief_transaction, reading
from app.web.consequences import consequences
from app.web.filters import clock_time
from app.web.forms import ActionForm
from app.web.guard import actor, keeps_what_was_sent, requires
from app.web.submissions import submit


def quiz_of(found: Reading) -> OutlineUnit:
    quiz = found.standing.outline.quiz
    if quiz is None:
        raise NotFound
    return quiz


@bp.post("/registrations/<int:registration_id>/attempts")
@requires(Permission.LEARNING_TAKE)
def start_attempt(registration_id: int) -> ResponseReturnValue:
    session = reading()
    found = reading_of(session, registration_id, by=actor())
    quiz_of(found)
    content.assessment(session, found.version)  # read and understood before the lock; inside it is at hand

    def act(session: Session) -> str:
        attempt = services.start_attempt(session, registration_id, by=actor(), at=now())
        where = queries.sheet(session, attempt.id, by=actor())
        return url_for("learning.question", attempt_id=attempt.id, number=where.first_open)

    def again() -> str:
        session = reading()
        found = reading_of(session, registration_id, by=actor())
        return quiz_page(session, found, quiz_of(found), form)

    form = ActionForm()
    return submit(form, act, otherwise=again)


@bp.get("/attempts/<int:attempt_id>/questions/<int:number>")
@requires(Permission.LEARNING_TAKE)
def question(attempt_id: int, number: int) -> ResponseReturnValue:
    found = queries.sheet(reading(), attempt_id, by=actor())
    if not 1 <= number <= found.total:
        raise NotFound
    if not may_go_on(found):
        return redirect(url_for("learning.attempt", attempt_id=attempt_id), 303)
    return question_page(found, number)


def may_go_on(found: queries.Sheet) -> bool:
    """Whether there is something left to answer: not handed in, and its time is not over."""
    return found.is_open and not is_over(found.closes_at, now())


def clock_of(found: queries.Sheet) -> dict[str, str | int] | None:
    """What the page says of the time that is left; None where there is no limit."""
    if found.closes_at is None:
        return None
    left = seconds_left(found.closes_at, now())
    return {"seconds": left, "words": in_words(left), "until": clock_time(found.closes_at)}


def question_page(
    found: queries.Sheet, number: int, *, response: Response | None = None, error: str | None = None
) -> str:
    shown = found.questions[number - 1]
    saved = found.saved.get(shown.id)
    return render_template(
        "learning/question.html",
        sheet=found,
        course_title=content.outline(reading(), found.version).title,
        other_language=_other_language(reading(), found),
        shown=shown,
        number=number,
        clock=clock_of(found),
        response=response if error else (saved.response if saved else None),
        saved_at=clock_time(saved.at) if saved and not error else None,
        # For the device, which may hold a later answer that never arrived: milliseconds, as its own clock counts.
        saved_at_ms=int(saved.at.timestamp() * 1000) if saved else None,
        asked_at=int(now().timestamp() * 1000),
        error=error,
        page_has_errors=error is not None,
    )


def _other_language(session: Session, found: queries.Sheet) -> str | None:
    """Why the paper is not in the language that its learner reads in; None where it is."""
    if found.paper.lang == found.language:
        return None
    quiz = content.outline(session, (*found.version[:2], found.language)).quiz
    return of_paper(found.paper.lang, found.language, quiz.language if quiz else found.paper.lang)


@bp.post("/attempts/<int:attempt_id>/answers/<question_id>")
@requires(Permission.LEARNING_TAKE)
@keeps_what_was_sent
def save_answer(attempt_id: int, question_id: str) -> ResponseReturnValue:
    """Keep one answer: as JSON while it is being chosen, as a form on the way to another page. Saving twice is saving once."""
    wants_json = request.accept_mimetypes.best == "application/json"
    at, number = now(), 1
    response: Response | None = None
    try:
        asked, number, total = queries.asked(reading(), attempt_id, question_id, by=actor())
        response = asked.response_from(fields_sent())
        if response is not None:
            response = asked.check(response)
        with brief_transaction() as session:
            services.save_answer(session, attempt_id, question_id, response, by=actor(), at=at)
    except DomainError as error:
        status = 422 if isinstance(error, AnswerRejected) else 409
        if wants_json:
            return jsonify(detail=error.sentence), status
        found = queries.sheet(reading(), attempt_id, by=actor())
        if not may_go_on(found):
            return redirect(url_for("learning.attempt", attempt_id=attempt_id), 303)
        return question_page(found, number, response=response, error=error.sentence), status
    if wants_json:
        return jsonify(saved_at=clock_time(at))
    return redirect(_onward(attempt_id, number, total, request.form.get("to", "next")), 303)


def _onward(attempt_id: int, number: int, total: int, to: str) -> str:
    """Where a saved answer leads: the next question, the one before, or the page to look everything over."""
    if to == "previous" and number > 1:
        return url_for("learning.question", attempt_id=attempt_id, number=number - 1)
    if to != "review" and number < total:
        return url_for("learning.question", attempt_id=attempt_id, number=number + 1)
    return url_for("learning.review", attempt_id=attempt_id)


@bp.get("/attempts/<int:attempt_id>/review")
@requires(Permission.LEARNING_TAKE)
def review(attempt_id: int) -> ResponseReturnValue:
    session = reading()
    found = queries.sheet(session, attempt_id, by=actor())
    if not may_go_on(found):
        return redirect(url_for("learning.attempt", attempt_id=attempt_id), 303)
    return review_page(session, found, ActionForm(formdata=None))


def time_over_page(session: Session, found: queries.Sheet, form: ActionForm) -> str:
    course_title = content.outline(session, found.version).title
    return render_template("learning/time_over.html", sheet=found, course_title=course_title, form=form)


def review_page(session: Session, found: queries.Sheet, form: ActionForm) -> str:
    assessment = content.assessment(session, found.version)
    lines = []
    for number, shown in enumerate(found.questions, start=1):
        asked = assessment.question(shown.id)
        saved = found.saved.get(shown.id)
        given = saved.response if saved else None
        lines.append(
            {
                "number": number,
                "title": Markup(shown.title_html) if shown.title_html else shown.title,  # noqa: S704 - cleaned
                "answered": asked.in_words(given) if asked is not None and given is not None else (),
            }
        )
    course_title = content.outline(session, found.version).title
    return render_template(
        "learning/review.html",
        sheet=found,
        course_title=course_title,
        lines=lines,
        clock=clock_of(found),
        form=form,
    )


@bp.post("/attempts/<int:attempt_id>/submission")
@requires(Permission.LEARNING_TAKE)
def submit_attempt(attempt_id: int) -> ResponseReturnValue:
    """Hand in. Marked on the server from what was saved; whatever else a form may say about a score is not read."""
    session = reading()
    content.assessment(session, queries.sheet(session, attempt_id, by=actor()).version)
    form = ActionForm()

    def act(session: Session) -> str:
        at = now()
        submitted = services.submit_attempt(session, attempt_id, by=actor(), at=at)
        if submitted.record is not None:
            consequences().after_training(session, submitted.record.id, at=at)
        return url_for("learning.attempt", attempt_id=attempt_id)

    def again() -> str:
        session = reading()
        found = queries.sheet(session, attempt_id, by=actor())
        return (review_page if may_go_on(found) else time_over_page)(session, found, form)

    return submit(form, act, otherwise=again)


@bp.get("/attempts/<int:attempt_id>")
@requires(Permission.LEARNING_TAKE)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """The result of an attempt; one that is still open is gone on with, or, when its time is over, handed in."""
    session, who = reading(), actor()
    found = queries.sheet(session, attempt_id, by=who)
    if may_go_on(found):
        return redirect(url_for("learning.question", attempt_id=attempt_id, number=found.first_open), 303)
    if found.is_open:
        return time_over_page(session, found, ActionForm(formdata=None))
    marked = queries.marked(session, attempt_id, by=who)
    where = reading_of(session, marked.registration_id, by=who)
    allowed = queries.allowance_of(session, marked.registration_id, marked.outline)
    stuck = marked.registration_state is RegistrationState.FAILED
    results = {result.question_id: result for result in marked.result.questions}
    lines = [(number, results[shown.id], shown) for number, shown in enumerate(found.questions, start=1)]
    return render_template(
        "learning/attempt.html",
        marked=marked,
        paper_language=found.paper.lang,
        missed=[line for line in lines if line[1].scored and not line[1].correct],
        others=[line for line in lines if line[1].correct or not line[1].scored],
        standing=where.standing,
        quiz=quiz_of(where),
        lessons={unit.slug: unit for unit in marked.outline.lessons},
        allowed=allowed,
        opens_now=allowed.opens(now()),
        stuck=stuck,
        representatives=partners.representatives(session, who.partner_id or 0) if stuck else (),
        asked_at=asked_for_help_at(session, marked.registration_id) if stuck else None,
        for_case=marked.assignment_id is not None
        and assignments.own(session, marked.assignment_id, by=who).origin is Origin.CASE_STEP,
        record=record_of_registration(session, marked.registration_id, by=who),
        form=ActionForm(formdata=None),
    )
