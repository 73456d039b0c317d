"""`flask courses propose`: a course folder put before the person who may publish it."""

from pathlib import Path

import click

from app.access.policy import Actor
from app.cli.courses.groups import FOLDER, actor, course_folders, courses_commands, say
from app.courses import queries, services
from app.courses.models import VersionState
from app.courses.rules.bundle import read_bundle
from app.courses.rules.preparation import prepare
from app.courses.rules.problems import BundleRefused, CourseRefused
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import transaction


@courses_commands.command("propose")
@click.argument("folder", type=FOLDER)
@click.option("--by", "email", required=True, help="E-mail address of the content author who proposes.")
@click.option("--reason", required=True, help="What changed and why, for the person who publishes it.")
def propose_folders(folder: Path, email: str, reason: str) -> None:
    """Propose a course folder, or all in FOLDER. What is published or proposed already stays as it is.

    A folder with errors is refused, with 1 at the end; the others are proposed all the same.
    """
    by = actor(email)
    refused = sum(not propose(one, by=by, reason=reason) for one in course_folders(folder))
    if refused:
        raise SystemExit(1)


def propose(folder: Path, *, by: Actor, reason: str) -> bool:
    """Propose one folder and say how it went; False when it was refused for its errors."""
    try:
        prepared = prepare(folder.name, read_bundle(folder))
        say(folder, prepared.problems)
        with transaction() as session:
            version = services.propose_version(session, prepared, reason=reason, by=by, at=now())
            live = queries.live_version_of(session, version)
            if version.state is VersionState.PROPOSED:
                said = f"version {version.version} waits for a content approver to publish it, under Decisions."
            elif live is None or live.id == version.id:
                said = f"version {version.version} is live with this very content; nothing changed."
            else:
                said = (
                    f"this very content was published as version {version.version}; version {live.version} is live "
                    "and nothing changed. To go back, give it a higher version."
                )
    except CourseRefused as refusal:
        say(folder, refusal.problems)
        click.echo(f"{folder.name}: refused. The version that is live, if any, stays live.")
        return False
    except BundleRefused as refusal:
        click.echo(f"{folder.name}: refused. {refusal.sentence}")
        return False
    except DomainError as error:
        raise click.ClickException(f"{folder.name}: {error.sentence}") from error
    click.echo(f"{folder.name}: {said}")
    return True
