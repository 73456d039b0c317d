"""Pages of the catalogue for staff, and the files of courses for those who take them."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.courses import queries
from app.courses.models import CourseVersion, UnitKind, VersionState
from app.courses.rules import check_places
from app.courses.rules.questions import Attestation
from app.courses.rules.quiz import Assessment, Section, question_from_json
from app.courses.rules.retraining import Retraining
from app.courses.rules.review import QuestionPreview, Review, preview, review
from app.courses.views.blueprint import bp
from app.decisions import queries as decisions
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.errors import NotFound
from app.kernel.languages import english_name
from app.transactions import reading
from app.web.guard import actor, requires

# A drawing may bring styles of its own; opened by itself it may do nothing else.
_MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


# The catalogue


@bp.get("/courses")
@requires(Permission.COURSE_READ)
def courses() -> ResponseReturnValue:
    session = reading()
    published = queries.catalogue(session)
    waiting = queries.waiting(session, by=actor())
    names = accounts.names(
        session, [one.published_by_id for one in published] + [one.proposed_by_id for one in waiting]
    )
    return render_template(
        "courses/courses.html",
        published=published,
        waiting=waiting,
        names=names,
        sees_drafts=queries.sees_drafts(actor()),
    )


@bp.get("/courses/<slug>")
@requires(Permission.COURSE_READ)
def course(slug: str) -> ResponseReturnValue:
    session = reading()
    found = queries.load_course(session, slug, by=actor())
    listed = queries.versions(session, found, by=actor())
    if not listed:
        raise NotFound
    shown = next((one for one in listed if one.id == found.current_version_id), listed[0])
    return _version_page(session, slug, shown, listed, current_id=found.current_version_id)


@bp.get("/courses/<slug>/versions/<int:version_id>")
@requires(Permission.COURSE_READ)
def version(slug: str, version_id: int) -> ResponseReturnValue:
    session = reading()
    shown = queries.load_version(session, slug, version_id, by=actor())
    listed = queries.versions(session, shown.course, by=actor())
    return _version_page(session, slug, shown, listed, current_id=shown.course.current_version_id)


def _version_page(
    session: Session, slug: str, shown: CourseVersion, listed: Sequence[CourseVersion], *, current_id: int | None
) -> str:
    quiz = Assessment.from_json(shown.assessment) if shown.assessment else None
    text = queries.in_language(session, shown, request.args.get("language", ""))
    languages = queries.languages_of(session, shown)
    people = [who for one in listed for who in (one.proposed_by_id, one.published_by_id)]
    return render_template(
        "courses/course.html",
        slug=slug,
        version=shown,
        versions=listed,
        current_id=current_id,
        text=text,
        languages=languages,
        units=text.units,
        questions=len(quiz.graded) if quiz else 0,
        asked=quiz.asked if quiz else 0,
        language_names=", ".join(f"{english_name(tag)} ({tag})" for tag in languages),
        overview=Markup(text.overview_html),  # noqa: S704 - cleaned when it was proposed
        names=accounts.names(session, people),
        decision=_decision(session, shown),
        review=_review(session, slug, shown, listed, current_id),
        retraining=Retraining(shown.change, shown.retrain, shown.retrain_days),
    )


@bp.get("/courses/<slug>/versions/<int:version_id>/differences")
@requires(Permission.COURSE_READ)
def differences(slug: str, version_id: int) -> ResponseReturnValue:
    """What a version changes against the one before it, page by page and word by word."""
    session = reading()
    shown = queries.load_version(session, slug, version_id, by=actor())
    before, with_key = queries.predecessor(session, shown), queries.sees_keys(actor())
    return render_template(
        "courses/differences.html",
        slug=slug,
        version=shown,
        difference=queries.between(session, before, shown, with_key=with_key) if before else None,
        retraining=Retraining(shown.change, shown.retrain, shown.retrain_days),
        with_key=with_key,
        decision=_decision(session, shown),
    )


@bp.get("/course-versions")
@requires(Permission.COURSE_READ)
def course_versions() -> ResponseReturnValue:
    """Where each course stands, for those who see drafts."""
    lines, following = queries.course_lines(reading(), after=request.args.get("after", ""), by=actor())
    return render_template(
        "courses/course_versions.html",
        lines=lines,
        following=url_for("courses.course_versions", after=following) if following else None,
    )


def _decision(session: Session, shown: CourseVersion) -> Decision | None:
    """The latest decision on publishing a version, for those who may open its page."""
    may = actor().may(Permission.DECISION_READ) and DecisionKind.COURSE_PUBLICATION in decisions.visible_kinds(actor())
    found = decisions.of_subject(session, DecisionKind.COURSE_PUBLICATION, shown.id) if may else ()
    return found[0] if found else None


def _review(
    session: Session, slug: str, shown: CourseVersion, listed: Sequence[CourseVersion], current_id: int | None
) -> Review | None:
    if shown.state is not VersionState.PROPOSED or not queries.sees_keys(actor()):
        return None
    current = next((one for one in listed if one.id == current_id), None)
    return review(slug, queries.stored_bundle(shown), queries.stored_bundle(current) if current else None)


@bp.get("/courses/<slug>/versions/<int:version_id>/units/<int:position>")
@requires(Permission.COURSE_READ)
def unit(slug: str, version_id: int, position: int) -> ResponseReturnValue:
    session = reading()
    shown = queries.load_version(session, slug, version_id, by=actor())
    text = queries.in_language(session, shown, request.args.get("language", ""))
    units = text.units
    found = next((one for one in units if one.position == position), None)
    if found is None:
        raise NotFound
    with_key = queries.sees_keys(actor())
    quiz = Assessment.from_json(text.assessment) if found.kind is UnitKind.QUIZ and text.assessment else None
    return render_template(
        "courses/unit.html",
        slug=slug,
        version=shown,
        text=text,
        languages=queries.languages_of(session, shown),
        units=units,
        unit=found,
        before=next((one for one in units if one.position == position - 1), None),
        after=next((one for one in units if one.position == position + 1), None),
        with_key=with_key,
        parts=_parts(found, with_key=with_key),
        sections=_sections(quiz, with_key=with_key) if quiz else (),
        quiz=quiz,
        statements=text.attestation_statements if found.kind is UnitKind.ATTESTATION else (),
    )


def _sections(quiz: Assessment, *, with_key: bool) -> list[tuple[Section, list[QuestionPreview]]]:
    """The sections of the quiz with their questions; attestations have a page of their own."""
    return [
        (
            section,
            [preview(one, with_key=with_key) for one in section.questions if not isinstance(one, Attestation)],
        )
        for section in quiz.sections
    ]


def _parts(found: queries.UnitInLanguage, *, with_key: bool) -> list[dict[str, object]]:
    """The text and the checks of a lesson in their order: mappings with `html` or with `question`."""
    checks = {question.id: question for question in map(question_from_json, found.checks)}
    return [
        {"question": preview(checks[part.check], with_key=with_key)} if part.check else {"html": Markup(part.html)}  # noqa: S704 - cleaned when it was proposed
        for part in check_places.cut(found.html)
    ]


# What lessons refer to: their addresses are in the kept text (rules/preparation.py) and never change


@bp.get("/courses/media/<string(length=64):content_hash>/<path:path>")
@requires(Permission.SIGNED_IN)
def media(content_hash: str, path: str) -> ResponseReturnValue:
    found = queries.media(reading(), content_hash, path, by=actor())
    response = send_file(
        BytesIO(found.content),
        mimetype=found.media_type,
        etag=sha256(f"{content_hash}/{path}".encode()).hexdigest(),
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = _MEDIA_POLICY
    return response


@bp.get("/courses/lessons/<string(length=64):content_hash>/<unit_slug>")
@requires(Permission.SIGNED_IN)
def lesson(content_hash: str, unit_slug: str) -> ResponseReturnValue:
    """Where a link to another lesson leads: on in the reader's own course, or in the preview."""
    place = queries.lesson_place(reading(), content_hash, unit_slug, by=actor())
    if place.registration_id is not None:
        return redirect(f"/registrations/{place.registration_id}/units/{place.position}", 303)
    return redirect(
        url_for("courses.unit", slug=place.version.course.slug, version_id=place.version.id, position=place.position),
        303,
    )
