"""`flask courses publish`: put course folders, and what they ask of people who passed an older version, before a second person."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.access.policy import Actor
from app.accounts.queries import actor_by_email
from app.courses import queries
from app.courses.models import CourseVersion, VersionState
from app.courses.rules.course import INDEX
from app.courses.rules.durations import Duration
from app.courses.rules.preparation import prepare
from app.courses.rules.problems import BundleRefused, CourseRefused, Problem
from app.courses.rules.retraining import Change, Retrain, Retraining, Wish
from app.courses.rules.roots import Source, sources
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.outcomes import publication
from app.transactions import reading, transaction

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class Days(click.ParamType[int]):
    """A span in whole days: `30d`, `P30D`, `2w`."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return Duration.parse(str(value)).in_days
        except ValueError as error:
            self.fail(f"{error}. Here days are meant, for example 30d.", param, ctx)


@click.command("publish")
@click.argument("folder", type=FOLDER, required=False)
@click.option("--by", "email", required=True, help="E-mail address of the content author who proposes.")
@click.option("--reason", required=True, help="What changed and why, for the person who approves it.")
@click.option(
    "--change",
    type=click.Choice([Change.MINOR.value, Change.MATERIAL.value]),
    help="What you hold the change for. It has to agree with the version's number: a new first number is a material change.",
)
@click.option(
    "--retrain",
    type=click.Choice([one.value for one in Retrain]),
    help="What a material change asks of people who passed an older version (default: retake).",
)
@click.option(
    "--within", type=Days(), help="How long they have, for example 30d (default: the course's own “due”, else 30 days)."
)
@with_appcontext
def publish_command(
    folder: Path | None, email: str, reason: str, change: str | None, retrain: str | None, within: int | None
) -> None:
    """Put a course folder, or all in FOLDER, before a second person, who publishes it under Decisions.

    Without FOLDER: the courses of the folders that the portal is set to. What is published or waits already stays as it is.
    A folder with errors is refused, with 1 at the end; the others are put forward all the same.
    """
    by = acting(email)
    wish = Wish(Change(change) if change else None, Retrain(retrain) if retrain else None, within)
    refused = sum(not propose_course(one, by=by, reason=reason, wish=wish) for one in course_sources(folder))
    if refused:
        raise SystemExit(1)


def acting(email: str) -> Actor:
    """Who a command acts as; unknown and deactivated people end it."""
    try:
        return actor_by_email(reading(), email, via="command")
    except NotFound as error:
        raise click.ClickException(f"Nobody with the address {email} has an account that is in use.") from error


def course_sources(folder: Path | None) -> Sequence[Source]:
    """The folder itself where it is a course, else the courses in it; without a folder those of the portal's settings."""
    if folder is not None and (folder / INDEX).is_file():
        return [Source(folder.resolve().name, (folder.resolve(),))]
    roots = (folder,) if folder is not None else current_app.config["SETTINGS"].course_roots
    try:
        found = sources(roots)
    except BundleRefused as error:
        raise click.ClickException(error.sentence) from error
    if not found:
        where = " and ".join(str(root) for root in roots)
        raise click.ClickException(f"{where} holds no course: neither it nor a folder in it has an {INDEX}.")
    return found


def source_of(folder: Path) -> Source:
    """The course of a folder; where the portal is set to several folders of courses, with its files from the others."""
    folder = folder.resolve()
    roots = [root.resolve() for root in current_app.config["SETTINGS"].course_roots]
    if len(roots) > 1 and folder.parent in roots:
        found = next((one for one in course_sources(None) if one.slug == folder.name), None)
        if found is not None:
            return found
    return Source(folder.name, (folder,))


def propose_course(source: Source, *, by: Actor, reason: str, wish: Wish = Wish()) -> bool:
    """Propose one course and say how it went; False when it was refused for its errors."""
    try:
        prepared = prepare(source.slug, source.read())
        say(source.slug, prepared.problems)
        with transaction() as session:
            version = publication.propose(session, prepared, reason=reason, wish=wish, by=by, at=now())
            live = queries.live_version_of(session, version)
            said = _said(version, live)
    except CourseRefused as refusal:
        say(source.slug, refusal.problems)
        click.echo(f"{source.slug}: refused. The version that is live, if any, stays live.")
        return False
    except BundleRefused as refusal:
        click.echo(f"{source.slug}: refused. {refusal.sentence}")
        return False
    except DomainError as error:
        raise click.ClickException(f"{source.slug}: {error.sentence}") from error
    for line in said:
        click.echo(f"{source.slug}: {line}")
    return True


def _said(version: CourseVersion, live: CourseVersion | None) -> list[str]:
    if version.state is VersionState.PROPOSED:
        lines = [f"version {version.version} waits for a content approver to publish it, under Decisions."]
        if live is not None:
            settled = Retraining(version.change, version.retrain, version.retrain_days)
            lines.append(
                f"change against {live.version}: {settled.change_in_words.lower()}; asked of people who passed an older "
                f"version: {settled.in_words.lower()}."
            )
        return lines
    if live is None or live.id == version.id:
        return [f"version {version.version} is live with this very content; nothing changed."]
    return [
        f"this very content was published as version {version.version}; version {live.version} is live "
        "and nothing changed. To go back, give it a higher version."
    ]


def say(slug: str, problems: Iterable[Problem]) -> None:
    """Each fault on a line that an editor can jump to, with the text in question under it."""
    for problem in problems:
        click.echo(f"{slug}/{problem}")
        if problem.text:
            click.echo(f"    {problem.text}")
