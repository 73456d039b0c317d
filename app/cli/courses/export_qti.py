"""`flask courses export-qti`: the final quiz as a package that other learning systems take."""

from pathlib import Path

import click

from app.cli.course_publication import FOLDER, say, source_of
from app.cli.courses.groups import counted, courses_commands
from app.courses.rules.course import INDEX
from app.courses.rules.problems import CourseRefused
from app.courses.rules.qti import export, packed
from app.kernel.errors import DomainError


@courses_commands.command("export-qti")
@click.argument("folder", type=FOLDER)
@click.option(
    "--to", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The zip file to write."
)
@click.option("--lang", help="The language to export (default: the course's own).")
def export_quiz(folder: Path, target: Path, lang: str | None) -> None:
    """Write the final quiz of a course folder as a QTI 2.1 package, and list what could not come along.

    The package holds the right answers: keep it as you keep the quiz.
    """
    if not (folder / INDEX).is_file():
        raise click.ClickException(f"{folder} is no course: it has no {INDEX}.")
    source = source_of(folder)
    slug = source.slug
    try:
        exported = export(source.read(), slug=slug, lang=lang)
    except CourseRefused as refusal:
        say(slug, refusal.problems)
        raise click.ClickException("The course has errors; mend them first.") from refusal
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed(exported))
    for sentence in exported.left:
        click.echo(f"{slug}: {sentence}")
    click.echo(
        f"{target}: {counted(len(exported.items), 'question')}, {counted(len(exported.left), 'remark')}{' (above)' if exported.left else ''}."
    )
