"""`flask courses import-learn`: Learn modules turned into course folders, with a list of what could not come along."""

import tempfile
from pathlib import Path

import click
from flask import current_app

from app.cli.course_publication import FOLDER, acting, propose_course
from app.cli.courses.groups import counted, courses_commands
from app.courses.rules.course import INDEX
from app.courses.rules.learn_module import ImportedCourse, import_learn
from app.courses.rules.roots import Source
from app.kernel.errors import DomainError

_INDEX_OF_MODULE = "index.yml"


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
    """Turn a Learn module (or each one in FOLDER) into a course folder, and list by file and line what could not be carried over.

    Each module becomes a folder of its own name in --into. One that can't be read is said and the others are imported all the same.
    """
    by = acting(email) if email else None
    into = into or Path(current_app.config["SETTINGS"].data_folder) / "courses"
    done = True
    for module in _modules(folder):
        try:
            imported = import_learn(module)
            target = _write(imported, into, replace=replace)
        except DomainError as error:
            click.echo(f"Error: {module}: {error.sentence}", err=True)
            done = False
            continue
        for note in imported.left:
            click.echo(f"{module.name}/{note}")
            if note.text.strip():
                click.echo(f"    {' '.join(note.text.split())[:200]}")
        click.echo(f"{target}: {_came_over(imported)} came over.")
        click.echo(
            f"{target}: {counted(len(imported.carried), 'place')} carried over in another form, "
            f"{counted(len(imported.left), 'place')} could not be carried over{' (listed above)' if imported.left else ''}."
        )
        if by is not None:
            source = Source(target.name, (target,))
            done &= propose_course(source, by=by, reason=f"Imported from the Learn module {module.name}.")
    if not done:
        raise SystemExit(1)


def _came_over(imported: ImportedCourse) -> str:
    counts = imported.counts
    return (
        f"{counted(counts.lessons, 'lesson')}, {counted(counts.questions, 'question')}, "
        f"{counted(counts.pictures, 'picture')} and {counted(counts.words, 'word')}"
    )


def _modules(folder: Path) -> list[Path]:
    if (folder / _INDEX_OF_MODULE).is_file():
        return [folder.resolve()]
    found = sorted(path for path in folder.resolve().iterdir() if (path / _INDEX_OF_MODULE).is_file())
    if not found:
        raise click.ClickException(
            f"{folder} holds no Learn module: neither it nor a folder in it has an {_INDEX_OF_MODULE}."
        )
    return found


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
