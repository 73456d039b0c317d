"""`flask audit`: prove that the trail is whole, and note its end somewhere else."""

import click
from flask.cli import AppGroup

from app.audit import queries
from app.transactions import reading

audit_commands = AppGroup("audit", help="The audit trail's chain of hashes.")


def _anchor(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, str] | None:
    """`SEQ:HASH`, as `flask audit anchor` prints it."""
    if value is None:
        return None
    number, _, sealed = value.strip().partition(":")
    if not number.isdigit() or int(number) < 1 or len(sealed) != 64:
        raise click.BadParameter(f"“{value}” is no anchor. Copy the whole line that `flask audit anchor` printed.")
    return int(number), sealed.lower()


@audit_commands.command("verify")
@click.option(
    "--anchor",
    callback=_anchor,
    metavar="SEQ:HASH",
    help="An end noted earlier: also finds a trail that was cut off or rewritten.",
)
def verify(anchor: tuple[int, str] | None) -> None:
    """Walk the whole chain; names the first link that does not hold, and exits 1."""
    verdict = queries.verify(reading(), anchor=anchor)
    if not verdict.ok:
        raise click.ClickException(f"The chain is broken: {verdict.reason}.")
    click.echo(f"The chain verifies: {verdict.events:,} {'event' if verdict.events == 1 else 'events'}.")


@audit_commands.command("anchor")
def anchor() -> None:
    """Print the chain's end, to be kept where nobody who runs this portal can change it."""
    verdict = queries.verify(reading())
    if not verdict.ok:
        raise click.ClickException(f"The chain is broken: {verdict.reason}. A broken chain has no anchor.")
    click.echo(f"{verdict.events}:{verdict.head}")
