"""The command groups, and what several of their commands need: who acts, which folders, how a fault is said."""

from collections.abc import Iterable
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.access.policy import Actor
from app.accounts.queries import actor_by_email
from app.courses.rules.course import INDEX
from app.courses.rules.problems import Problem
from app.kernel.errors import NotFound
from app.transactions import reading

courses_commands = AppGroup("courses", help="Course folders: check, preview, propose, import, export.")
materials_commands = AppGroup("materials", help="Readiness materials.")

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def actor(email: str) -> Actor:
    """Who a command acts as; unknown and deactivated people end it."""
    try:
        return actor_by_email(reading(), email, via="command")
    except NotFound as error:
        raise click.ClickException(f"Nobody with the address {email} has an account that is in use.") from error


def roots() -> list[Path]:
    """Where this portal's courses are."""
    return [Path(current_app.config["SETTINGS"].courses_folder)]


def course_folders(folder: Path) -> list[Path]:
    """The folder itself where it is a course, else the courses in it, by name."""
    if (folder / INDEX).is_file():
        return [folder.resolve()]
    found = sorted(path for path in folder.resolve().iterdir() if (path / INDEX).is_file())
    if not found:
        raise click.ClickException(f"{folder} holds no course: neither it nor a folder in it has an {INDEX}.")
    return found


def say(folder: Path, problems: Iterable[Problem]) -> None:
    """Each fault on a line that an editor can jump to, with the text in question under it."""
    for problem in problems:
        click.echo(f"{folder.name}/{problem}")
        if problem.text:
            click.echo(f"    {problem.text}")


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
