"""A version of a course beside an earlier one: for those who write and judge it with its key, for everybody else without."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.courses.models import Course, CourseUnit, CourseVersion, VersionState
from app.courses.queries.versions import stored_bundle
from app.courses.rules import source_differences as sources
from app.courses.rules.comparison import Difference
from app.courses.rules.course import Change as ChangeLine
from app.courses.rules.page_differences import PageDifference, PageText, page_differences, paragraphs_of


@dataclass(frozen=True)
class VersionDifference:
    """What `after` is against `before`. `lines` are those of CHANGES.md in between, the newest first as written; `settings`
    are (what, before, after). With the key, `pages` are the source files and `questions` those of the quiz; without it,
    `pages` are the lessons as they are read, and of the quiz only `quiz_changed` is told.
    """

    before: CourseVersion
    after: CourseVersion
    lines: tuple[ChangeLine, ...]
    settings: tuple[tuple[str, str, str], ...]
    units: tuple[PageDifference, ...]
    pages: tuple[PageDifference, ...]
    questions: tuple[Difference, ...]
    files: tuple[tuple[str, str], ...]
    quiz_changed: bool


def predecessor(session: Session, version: CourseVersion) -> CourseVersion | None:
    """What a version is compared with: the live one while it is a draft; once published, the one that was live before it."""
    if version.state is not VersionState.PUBLISHED:
        course = session.get_one(Course, version.course_id)
        return session.get(CourseVersion, course.current_version_id) if course.current_version_id else None
    return session.scalar(
        select(CourseVersion)
        .where(
            CourseVersion.course_id == version.course_id,
            CourseVersion.state == VersionState.PUBLISHED,
            CourseVersion.published_at < version.published_at,
        )
        .order_by(CourseVersion.published_at.desc(), CourseVersion.id.desc())
        .limit(1)
    )


def between(session: Session, before: CourseVersion, after: CourseVersion, *, with_key: bool) -> VersionDifference:
    """The difference of two versions of one course. With the key it reads both packages whole."""
    both = {
        one.id: one
        for one in session.scalars(
            select(CourseVersion)
            .where(CourseVersion.id.in_((before.id, after.id)))
            .options(undefer(CourseVersion.assessment))
        )
    }
    read = _units(session, before.id), _units(session, after.id)
    bundle = stored_bundle(after)
    former = stored_bundle(before) if with_key else None
    return VersionDifference(
        before,
        after,
        sources.lines_between(bundle, since=before.version, until=after.version),
        _changed_settings(both[before.id], both[after.id]),
        page_differences(*[[PageText(one.slug, one.title) for one in side] for side in read]),
        page_differences(sources.source_pages(former), sources.source_pages(bundle))
        if former
        else page_differences(*map(_lessons, read)),
        sources.questions(former, bundle) if former else (),
        sources.other_files(former, bundle) if former else (),
        both[before.id].assessment != both[after.id].assessment
        or both[before.id].attestation_statements != both[after.id].attestation_statements,
    )


def _units(session: Session, version_id: int) -> Sequence[CourseUnit]:
    return session.scalars(
        select(CourseUnit).where(CourseUnit.version_id == version_id).order_by(CourseUnit.position)
    ).all()


def _lessons(units: Sequence[CourseUnit]) -> list[PageText]:
    """The lessons as they are read. Of the checks in them only that they changed can be told: their key is not for all."""
    return [
        PageText(one.slug, one.title, paragraphs_of(one.html), rest=repr(one.checks))
        for one in units
        if one.kind.value == "lesson"
    ]


def _changed_settings(before: CourseVersion, after: CourseVersion) -> tuple[tuple[str, str, str], ...]:
    old, new = _settings(before), _settings(after)
    return tuple((what, old[what], new[what]) for what in new if old[what] != new[what])


def _settings(version: CourseVersion) -> dict[str, str]:
    """The rules of a course as words, by what they are about."""
    return {
        "Title": version.title,
        "Language": version.language,
        "Needed to pass the quiz": f"{version.mastery_score / 100:g} %",
        "Attempts at the quiz": str(version.attempts_allowed),
        "Wait between attempts": _span(version.wait_seconds),
        "Time limit of the quiz": _span(version.time_limit_seconds),
        "Counts for": _validity(version),
        "Can be renewed": f"{version.renew_days} days before its end" if version.renew_days else "When it has ended",
        "Due after": f"{version.due_days} days" if version.due_days else "As its assigner says",
        "Courses to take before": ", ".join(version.prerequisites) or "None",
        "Confirmed by compliance": "Yes" if version.needs_confirmation else "No",
        "Certificate": "Yes" if version.gives_certificate else "None",
        "Right answers are shown": {"always": "After every attempt", "passed": "Once passed"}.get(
            version.show_correct, "Never"
        ),
    }


def _span(seconds: int | None) -> str:
    if not seconds:
        return "None"
    return f"{seconds // 60} minutes" if seconds % 3600 else f"{seconds // 3600} hours"


def _validity(version: CourseVersion) -> str:
    parts = [
        f"{number} {noun}"
        for number, noun in ((version.valid_months, "months"), (version.valid_days, "days"))
        if number
    ]
    return " and ".join(parts) or "As long as it is asked for"
