"""`flask courses` and `flask materials`: check, publish and import course folders; publish documents to read."""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.cli.course_publication import FOLDER, acting, course_sources, propose_course, publish_command, say
from app.courses import queries, services
from app.courses.rules.bundle import Bundle, content_hash
from app.courses.rules.comparison import check_version, compare
from app.courses.rules.course import INDEX, check_prerequisites, parse
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.learn_module import ImportedCourse, import_learn
from app.courses.rules.materials import read_material
from app.courses.rules.preparation import problems_of
from app.courses.rules.problems import BundleRefused, CourseRefused, Problem, Severity
from app.courses.rules.roots import Source
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.transactions import reading, transaction

courses_commands = AppGroup("courses", help="Course folders: check, publish, import.")
materials_commands = AppGroup("materials", help="Readiness materials.")

_INDEX_OF_MODULE = "index.yml"


@courses_commands.command("check")
@click.argument("folder", type=FOLDER, required=False)
def check_folders(folder: Path | None) -> None:
    """Say every fault of a course folder, or of all in FOLDER, by file and line; without FOLDER those that the portal is set to.

    Changes of questions against the published version are asked about. Ends with 1 when there are errors.
    """
    errors = warnings = 0
    metas: dict[str, CourseMeta] = {}
    folders = course_sources(folder)
    for one in folders:
        bundle, problems = _read(one)
        if bundle is not None and not _has_errors(problems):
            read = parse(bundle)
            metas[one.slug] = read.meta
            problems += _against_published(one.slug, bundle)
        errors += sum(problem.severity is Severity.ERROR for problem in problems)
        warnings += sum(problem.severity is Severity.WARNING for problem in problems)
        say(one.slug, problems)
    if len(folders) > 1:
        for problem in check_prerequisites(metas):
            errors += 1
            click.echo(str(problem))
    click.echo(f"{_count(len(folders), 'course')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    if errors:
        raise SystemExit(1)


courses_commands.add_command(publish_command)


@courses_commands.command("import-learn")
@click.argument("folder", type=FOLDER)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the course folder is written (default: courses in the data folder).",
)
@click.option("--replace", is_flag=True, help="Write over a course folder of that name.")
@click.option("--by", "email", help="Also propose it, as the content author with this e-mail address.")
def import_module(folder: Path, into: Path | None, replace: bool, email: str | None) -> None:
    """Turn a Learn module (or each one in FOLDER) into a course folder, and list by file and line what could not be carried over."""
    by = acting(email) if email else None
    into = into or Path(current_app.config["SETTINGS"].data_folder) / "courses"
    done = True
    for module in _modules(folder):
        try:
            imported = import_learn(module)
            target = _write(imported, into, replace=replace)
        except DomainError as error:
            raise click.ClickException(f"{module}: {error.sentence}") from error
        for note in imported.left:
            click.echo(f"{module.name}/{note}")
            if note.text.strip():
                click.echo(f"    {' '.join(note.text.split())[:200]}")
        click.echo(
            f"{target}: {_count(len(imported.carried), 'place')} carried over in another form, "
            f"{_count(len(imported.left), 'place')} could not be carried over{' (listed above)' if imported.left else ''}."
        )
        if by is not None:
            done &= propose_course(
                Source(target.name, (target,)), by=by, reason=f"Imported from the Learn module {module.name}."
            )
    if not done:
        raise SystemExit(1)


@materials_commands.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="E-mail address of the content approver who publishes.")
@click.option("--slug", help="Its name in the portal (default: the file's name). The same name replaces the text.")
@click.option("--title", default="", help="Its title (default, for Markdown: from its front matter or first heading).")
@click.option("--summary", default="", help="For a PDF: one or two sentences on what it is about.")
def publish_material(file: Path, email: str, slug: str | None, title: str, summary: str) -> None:
    """Publish a PDF, or a Markdown file, front matter and all. Representatives then give partners access."""
    by = acting(email)
    content, named = file.read_bytes(), slug or _slug(file.stem)
    try:
        if content.startswith(b"%PDF-"):
            with transaction() as session:
                material = services.publish_document(session, named, title, summary, content, by=by, at=now())
                said = f"Published: {material.title} (/materials/{material.id})."
        else:
            source = content.decode("utf-8-sig")
            for problem in read_material(source, file=str(file)).problems:
                click.echo(str(problem))
            with transaction() as session:
                material = services.publish_material(session, named, title, source, by=by, at=now())
                said = f"Published: {material.title} (/materials/{material.id})."
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is neither a PDF nor UTF-8 text; save it as one of them.") from error
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(said)


def _modules(folder: Path) -> list[Path]:
    if (folder / _INDEX_OF_MODULE).is_file():
        return [folder.resolve()]
    found = sorted(path for path in folder.resolve().iterdir() if (path / _INDEX_OF_MODULE).is_file())
    if not found:
        raise click.ClickException(
            f"{folder} holds no Learn module: neither it nor a folder in it has an {_INDEX_OF_MODULE}."
        )
    return found


def _read(source: Source) -> tuple[Bundle | None, list[Problem]]:
    try:
        bundle = source.read()
    except BundleRefused as error:
        return None, [Problem(INDEX, 0, error.sentence)]
    return bundle, problems_of(source.slug, bundle)


def _against_published(slug: str, bundle: Bundle) -> list[Problem]:
    """What the published version, where there is one, makes of this draft: its number, and each changed question as a question."""
    try:
        current = queries.current_version(reading(), slug)
        stored = queries.stored_bundle(current)
        same = content_hash(stored) == content_hash(bundle)
        published, draft = parse(stored), parse(bundle)
    except (NotFound, CourseRefused, BundleRefused):
        return []
    except SQLAlchemyError:
        return [
            Problem(INDEX, 0, "Not compared with a published version: the database is not ready.", Severity.WARNING)
        ]
    asked = [Problem(INDEX, 0, one.ask, Severity.WARNING) for one in compare(published, draft) if one.ask]
    return [*check_version(published, draft, same_content=same), *asked]


def _write(imported: ImportedCourse, into: Path, *, replace: bool) -> Path:
    """Write the course as a folder of `into`, whole or not at all."""
    target = into / imported.slug
    if target.exists() and not replace:
        raise DomainError(f"{target} is there already. Use --replace to write over it.")
    if target.exists() and not (target / INDEX).is_file():
        raise DomainError(f"{target} is no course folder, so it is not written over.")
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".importing-") as space:
        fresh = Path(space) / "course"
        for path, content in imported.bundle.files.items():
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if target.exists():
            target.rename(Path(space) / "former")
        fresh.rename(target)
    return target


def _has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _slug(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:100] or "material"
