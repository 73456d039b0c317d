"""`flask courses check`: every fault of the courses at once, for the author's eye or, as JSON, for a build machine."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from app.cli.course_publication import FOLDER, course_sources, say
from app.cli.courses.groups import counted, courses_commands
from app.courses import queries
from app.courses.rules.bundle import Bundle, content_hash
from app.courses.rules.comparison import check_version, compare
from app.courses.rules.course import INDEX, check_prerequisites, parse
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.preparation import problems_of
from app.courses.rules.problems import BundleRefused, CourseRefused, Problem, Severity
from app.courses.rules.roots import Source
from app.kernel.errors import NotFound
from app.transactions import reading


@courses_commands.command("check")
@click.argument("folder", type=FOLDER, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for a build machine.")
def check_folders(folder: Path | None, as_json: bool) -> None:
    """Say every fault of a course folder, or of all in FOLDER, by file and line, with the text in question and the mend.

    Without FOLDER the portal's own courses are checked. Warnings are what makes a course bad though it can be published.
    Changes of questions against the published version are asked about. Ends with 1 when there are errors.
    """
    sources = course_sources(folder)
    faults, compared = check_all(sources)
    found = {source.slug: problems for source, problems in zip(sources, faults, strict=True)}
    everything = [problem for problems in found.values() for problem in problems]
    errors = sum(problem.severity is Severity.ERROR for problem in everything)
    if as_json:
        click.echo(json.dumps(_document(found, errors, compared), ensure_ascii=False, indent=2))
    else:
        for one, problems in found.items():
            say(one, problems)
        warnings = len(everything) - errors
        if not compared:
            click.echo("Not compared with published versions: there is no portal's database here.")
        click.echo(f"{counted(len(sources), 'course')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}.")
    if errors:
        raise SystemExit(1)


def check_all(sources: Sequence[Source]) -> tuple[list[list[Problem]], bool]:
    """The faults of each course, in the order given: of its files, against the live version, and between the courses.

    Second: whether there was a database with published versions to compare with.
    """
    found: list[list[Problem]] = []
    metas: dict[str, CourseMeta] = {}
    compared = True
    for one in sources:
        bundle, problems = _read(one)
        if bundle is not None and not any(problem.severity is Severity.ERROR for problem in problems):
            metas[one.slug] = parse(bundle).meta
            against = _against_published(one.slug, bundle) if compared else None
            compared = against is not None
            problems += against or []
        found.append(problems)
    if len(sources) > 1:
        for problem in check_prerequisites(metas):
            slug, _, file = problem.file.partition("/")
            at = next(index for index, one in enumerate(sources) if one.slug == slug)
            found[at].append(replace(problem, file=file))
    return found, compared


def _document(found: dict[str, list[Problem]], errors: int, compared: bool) -> dict[str, object]:
    return {
        "courses": list(found),
        "errors": errors,
        "compared_with_published": compared,
        "problems": [
            {
                "course": one,
                "file": problem.file,
                "line": problem.line or None,
                "severity": problem.severity.value,
                "message": problem.message,
                "text": problem.text,
            }
            for one, problems in found.items()
            for problem in problems
        ],
    }


def _read(source: Source) -> tuple[Bundle | None, list[Problem]]:
    try:
        bundle = source.read()
    except BundleRefused as error:
        return None, [Problem(INDEX, 0, error.sentence)]
    return bundle, problems_of(source.slug, bundle)


def _against_published(slug: str, bundle: Bundle) -> list[Problem] | None:
    """What the published version, where there is one, makes of this draft: its number, and each changed question as a question.

    None where there is no database to ask, as on an author's own machine.
    """
    try:
        current = queries.current_version(reading(), slug)
        stored = queries.stored_bundle(current)
        same = content_hash(stored) == content_hash(bundle)
        published, draft = parse(stored), parse(bundle)
    except (NotFound, CourseRefused, BundleRefused):
        return []
    except SQLAlchemyError:
        return None
    asked = [Problem(INDEX, 0, one.ask, Severity.WARNING) for one in compare(published, draft) if one.ask]
    return [*check_version(published, draft, same_content=same), *asked]
