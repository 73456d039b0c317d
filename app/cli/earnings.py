"""`flask earnings`: look at a file of earnings, or import it, as the person that `--by` names."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.access.policy import Actor
from app.accounts.queries import actor_by_email
from app.incentives import services
from app.incentives.queries import imports
from app.incentives.rules.earnings_file import EarningsFile, Judged, read
from app.incentives.rules.states import BatchState, ImportMode
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.transactions import reading, transaction
from app.web.filters import count

earnings_commands = AppGroup("earnings", help="Files of earnings: check, import.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@earnings_commands.command("check")
@click.argument("file", type=FILE)
def check_file(file: Path) -> None:
    """Say what importing FILE would do, and every line that could not be taken. Changes nothing; ends with 1 when lines are bad."""
    dry_run = imports.dry_run(reading(), _read(file), at=now())
    _say_lines(dry_run.judged)
    for currency, lines, total in dry_run.judged.totals:
        click.echo(f"{count(lines, 'line')} would be taken: {total.plain()} {currency}.")
    for caught in dry_run.caught:
        click.echo(f"Of that, holds would withhold {caught.amount.plain()} {caught.currency}.")
    if dry_run.judged.rejected:
        raise SystemExit(1)


@earnings_commands.command("import")
@click.argument("file", type=FILE)
@click.option("--by", "email", required=True, help="E-mail address of the finance analyst who imports.")
@click.option(
    "--valid-lines", is_flag=True, help="Take the good lines where some are bad (default: all lines or none)."
)
def import_file(file: Path, email: str, valid_lines: bool) -> None:
    """Import FILE. A file that was imported before changes nothing. Ends with 1 when the whole file was refused."""
    by = _actor(email)
    parsed = _read(file)
    mode = ImportMode.VALID_LINES if valid_lines else ImportMode.ALL_OR_NOTHING
    at = now()
    try:
        with transaction() as session:
            earlier = imports.imported_before(session, parsed.sha256)
            batch = services.import_earnings(session, parsed, mode=mode, by=by, at=at)
            rejected = [(row.line, row.reason) for row in imports.rejects(session, batch.id)]
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    for line, reason in rejected:
        click.echo(f"line {line}: {reason}")
    if batch.state is BatchState.REFUSED:
        raise click.ClickException("Nothing was imported: lines are bad. Mend them, or use --valid-lines.")
    if earlier is not None:
        click.echo(
            f"This very file was imported on {batch.decided_at:%Y-%m-%d} (import {earlier}). Nothing was changed."
        )
    click.echo(f"Import {batch.id}: {batch.accepted:,} of {batch.lines:,} lines in the books.")


def _read(file: Path) -> EarningsFile:
    try:
        return read(file.read_bytes(), file.name)
    except DomainError as error:
        raise click.ClickException(error.sentence) from error


def _actor(email: str) -> Actor:
    try:
        return actor_by_email(reading(), email, via="command")
    except NotFound as error:
        raise click.ClickException(f"Nobody with the address {email} has an account that is in use.") from error


def _say_lines(judged: Judged) -> None:
    for rejected in judged.rejected:
        click.echo(f"line {rejected.row.line}: {rejected.reason}")
