"""`flask check`: does everything that must always hold, hold?"""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.kernel.storage import Storage
from app.reports import check
from app.settings import Settings
from app.transactions import reading


@click.command("check")
@with_appcontext
def check_command() -> None:
    """Test the invariants on this database; name each row that breaks one, and exit 1 if any does."""
    settings: Settings = current_app.config["SETTINGS"]
    found = check.faults(reading(), storage=Storage(settings.data_folder / "files"))
    for holder, sentence in check.certificates_to_mend(reading()):
        click.echo(f"To mend: the certificate of {holder} could not be made. {sentence}")
    if not found:
        click.echo(f"All {len(check.invariants())} invariants hold.")
        return
    invariant = ""
    for fault in sorted(found, key=lambda one: one.invariant):
        if fault.invariant != invariant:
            invariant = fault.invariant
            click.echo(f"Broken: {invariant}")
        click.echo(f"  {fault.row}: {fault.sentence}")
    raise click.ClickException(
        f"{len(found)} {'row breaks' if len(found) == 1 else 'rows break'} what must always hold."
    )
