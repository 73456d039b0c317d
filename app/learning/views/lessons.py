"""A unit's page, going on to the next, and the ungraded checks inside a lesson."""

from collections.abc import Iterable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.courses.rules.check_places import cut
from app.courses.rules.grading import QuestionResult, check_answer, show_check
from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions import Question, Response
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.learning import services
from app.learning.queries import content
from app.learning.queries.attempts import allowance_of, attempts_of
from app.learning.queries.extra_time import extra_percent
from app.learning.queries.lessons import Reading, reading_of
from app.learning.rules.languages import untranslated
from app.learning.rules.progress import OutlineUnit, UnitIs
from app.learning.rules.timing import in_words
from app.learning.views.blueprint import bp
from app.learning.views.languages import choices
from app.transactions import brief_transaction, reading
from app.web.consequences import consequences
from app.web.forms import ActionForm, new_key
from app.web.guard import actor, requires
from app.web.signatures import csrf_token
from app.web.submissions import submit

# Stand in what is kept of a lesson for what differs from reader to reader. No text can hold them: parsing takes control
# characters out.
_TOKEN, _PLACE, _COURSE, _KEY, _LANGUAGES = "\x01", "\x02", "\x03", "\x04", "\x05"

_texts: content.Kept[Markup] = content.Kept(512)
_pages: content.Kept[str] = content.Kept(1024)

_NEXT = Markup('<bdi>Next: <bdi lang="{}">{}</bdi></bdi>')
_WHAT = {UnitIs.LESSON: "This lesson", UnitIs.QUIZ: "This quiz", UnitIs.ATTESTATION: "What you sign"}

# One check, by id, as it was answered and judged: what is said to it, or what is wrong with the answer.
Given = tuple[str, Response | None, QuestionResult | str]


@bp.get("/registrations/<int:registration_id>/units/<int:position>")
@requires(Permission.LEARNING_TAKE)
def unit(registration_id: int, position: int) -> ResponseReturnValue:
    """A unit. Its first opening is noted here, by the portal's own observation: the one GET that writes."""
    session = reading()
    found = reading_of(session, registration_id, by=actor())
    here = found.unit(position)
    if here.kind is UnitIs.ATTESTATION:
        return redirect(url_for("learning.attestation", registration_id=registration_id), 303)
    if here.kind is UnitIs.QUIZ:
        return quiz_page(session, found, here)
    if found.is_new(position) and is_opened_by_a_person():
        with brief_transaction() as writing:
            services.view_unit(writing, registration_id, position, by=actor(), at=now())
    return lesson_page(session, found, here)


def is_opened_by_a_person() -> bool:
    """Not a browser that fetches ahead, and not a HEAD request: nobody has seen anything yet."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


def lesson_page(session: Session, found: Reading, here: OutlineUnit, given: Given | None = None) -> str:
    """A lesson as its reader sees it. All but the header is the same for everybody who is equally far in the course, and kept."""
    address = _address_of(found)
    if given is None:
        standing = found.standing
        equally_far = (found.version, here.position, standing.done, standing.finished, found.is_open, found.module)
        kept = _pages.get(equally_far, lambda: _main(session, found, here, None))
    else:
        kept = _main(session, found, here, given)
    main = kept.replace(_PLACE, address["place"]).replace(_COURSE, address["course_url"])
    main = main.replace(_LANGUAGES, address["languages_action"])
    if found.is_open or _TOKEN in main:
        main = main.replace(_TOKEN, csrf_token()).replace(_KEY, new_key())
    outline = found.standing.outline
    lesson = {
        "title": here.title,
        "course_title": outline.title,
        "course_language": outline.language,
        "course_url": address["course_url"],
    }
    return render_template("learning/unit.html", lesson=lesson, main=Markup(main))  # noqa: S704 - a template of ours


def _main(session: Session, found: Reading, here: OutlineUnit, given: Given | None) -> str:
    marked = {"place": _PLACE, "course_url": _COURSE, "key": _KEY, "languages_action": _LANGUAGES}
    if given is None:
        text = _texts.get((found.version, here.position), lambda: _with_checks(session, found, here, None))
    else:
        text = _with_checks(session, found, here, given)
    lesson = _shape(found, here, **marked) | {"html": text}
    return render_template("learning/_lesson.html", lesson=lesson, csrf_token=lambda: _TOKEN)


def _with_checks(session: Session, found: Reading, here: OutlineUnit, given: Given | None) -> Markup:
    text = content.unit_text(session, found.version, here.position)
    pieces, under_heading = [], False
    for part in cut(text.html):
        question = text.check(part.check) if part.check else None
        if question is None:
            # A check before the first heading of the text is a section of the page; after one it belongs to that section.
            under_heading = under_heading or "<h2" in part.html
            pieces.append(Markup(part.html))  # noqa: S704 - cleaned
        else:
            heading = "h3" if under_heading else "h2"
            pieces.append(_check_form(question, given, heading=heading, place=f"{_PLACE}{here.position}"))
    return Markup("\n").join(pieces)


def _check_form(question: Question, given: Given | None, *, heading: str, place: str) -> Markup:
    answered = given if given is not None and given[0] == question.id else ("", None, None)
    _, response, judged = answered
    return Markup(  # noqa: S704 - a template of ours
        render_template(
            "learning/_check.html",
            shown=show_check(question),
            heading=heading,
            response=response,
            result=judged if isinstance(judged, QuestionResult) else None,
            error=judged if isinstance(judged, str) else None,
            token=_TOKEN,
            place=place,
        )
    )


def shape_of(found: Reading, here: OutlineUnit) -> dict[str, Any]:
    """What the reading layout asks for, but for the text."""
    return _shape(found, here, **_address_of(found), key=new_key())


def _address_of(found: Reading) -> dict[str, str]:
    course_url = f"/assignments/{found.assignment_id}" if found.assignment_id is not None else "/tasks"
    registration = f"/registrations/{found.registration_id}"
    return {
        "place": f"{registration}/units/",
        "course_url": course_url,
        "languages_action": f"{registration}/languages",
    }


def _shape(
    found: Reading, here: OutlineUnit, *, place: str, course_url: str, key: str, languages_action: str
) -> dict[str, Any]:
    standing = found.standing
    reading_on = standing.once_done(here.position) if here.kind is UnitIs.LESSON else standing
    following = reading_on.after(here.position)
    minutes = sum(unit.minutes for unit in standing.left)
    return {
        "title": here.title,
        "position": (f"{found.module} · " if found.module else "")
        + f"Unit {here.position} of {standing.total} · {here.minutes} min"
        + (f" · about {minutes} min left in the course" if minutes and found.is_open else ""),
        "course_title": standing.outline.title,
        "course_language": standing.outline.language,
        "course_url": course_url,
        "language": here.language,
        "not_translated": untranslated(_WHAT[here.kind], found.language, here.language),
        "languages": choices(standing.outline.languages, found.language),
        "languages_action": languages_action,
        "languages_back": ("unit", here.position),
        "units": [
            {
                "title": unit.title,
                "language": unit.language,
                "url": f"{place}{unit.position}",
                "done": unit.position in standing.done,
                "current": unit.position == here.position,
                "minutes": unit.minutes,
            }
            for unit in standing.outline.units
        ],
        "progress_text": f"{standing.done_count} of {standing.total} done",
        "next_label": _NEXT.format(following.language, following.title) if following else "Finish",
        "next_action": f"{place}{here.position}/completions",
        "next_fields": {"idempotency_key": key},
        "next_url": f"{place}{following.position}" if following else course_url,
        "previous_url": f"{place}{here.position - 1}" if here.position > 1 else None,
        "is_open": found.is_open,
    }


def quiz_page(session: Session, found: Reading, here: OutlineUnit, form: ActionForm | None = None) -> str:
    """The quiz before it begins: what it asks, what is left, and the way in."""
    outline = found.standing.outline
    tried = attempts_of(session, found.registration_id)
    allowed = allowance_of(session, found.registration_id, outline)
    limit = outline.time_limit_seconds
    more = extra_percent(session, actor().person_id or 0) if limit else 0
    return render_template(
        "learning/quiz.html",
        limit=in_words(limit * (100 + more) // 100) if limit else None,
        more_percent=more,
        lesson=shape_of(found, here),
        outline=outline,
        asked=content.assessment(session, found.version).asked,
        attempts=tried,
        running=next((attempt for attempt in tried if attempt.submitted_at is None), None),
        passed=next((attempt for attempt in tried if attempt.passed), None),
        allowed=allowed,
        opens_now=allowed.opens(now()),
        closed=found.standing.why_closed(here),
        registration_id=found.registration_id,
        is_open=found.is_open,
        form=form or ActionForm(formdata=None),
    )


@bp.post("/registrations/<int:registration_id>/units/<int:position>/completions")
@requires(Permission.LEARNING_TAKE)
def complete_unit(registration_id: int, position: int) -> ResponseReturnValue:
    """“Next”: the lesson is read. On to what follows, or, where that was all, to the training record."""

    def act(session: Session) -> str:
        at = now()
        standing, record = services.complete_unit(session, registration_id, position, by=actor(), at=at)
        if record is not None:
            consequences().after_training(session, record.id, at=at)
            return url_for("learning.training_record", record_id=record.id)
        following = standing.after(position)
        if following is None:
            return url_for("learning.resume", registration_id=registration_id)
        return url_for("learning.unit", registration_id=registration_id, position=following.position)

    def again() -> str:
        session = reading()
        found = reading_of(session, registration_id, by=actor())
        here = found.unit(position)
        return lesson_page(session, found, here)

    return submit(ActionForm(), act, otherwise=again)


@bp.post("/registrations/<int:registration_id>/units/<int:position>/checks/<check_id>")
@requires(Permission.LEARNING_TAKE)
def answer_check(registration_id: int, position: int, check_id: str) -> ResponseReturnValue:
    """Judge an ungraded check and show the lesson again with what the author says to the answer. Nothing is kept."""
    session = reading()
    found = reading_of(session, registration_id, by=actor())
    here = found.unit(position)
    if here.kind is not UnitIs.LESSON:
        raise NotFound
    question = content.unit_text(session, found.version, position).check(check_id)
    if question is None:
        raise NotFound
    status, response = 200, None
    judged: QuestionResult | str
    try:
        response = question.response_from(fields_sent())
        judged = check_answer(question, response)
    except AnswerRejected as error:
        status, judged = 422, str(error)
    return lesson_page(session, found, here, (check_id, response, judged)), status


def fields_sent() -> dict[str, list[str]]:
    """The form as names with their values in order."""
    lists: Iterable[tuple[str, list[str]]] = request.form.lists()
    return dict(lists)
