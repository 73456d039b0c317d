"""`flask demo`: an invented world to look around in, and the whole story played in a fresh database."""

import csv
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import select, text
from sqlalchemy.orm import undefer

from app.accounts.models import Person
from app.accounts.queries import actor_by_email
from app.audit import queries as audit
from app.certificates.models import Certificate
from app.cli.demo import story
from app.cli.demo.cast import IN_REMEDIATION
from app.cli.demo.stage import Stage
from app.extensions import db
from app.incentives import queries as incentives
from app.incentives.models import LedgerTransaction, PaymentFile, Posting, ReleaseOrder
from app.kernel.clock import now
from app.kernel.money import Money
from app.reports import check
from app.settings import Mode, Settings
from app.transactions import reading

demo_commands = AppGroup("demo", help="An invented world: demo data, and the story from infraction to payment.")
STORY_FILES = "story.txt"
SPAN = timedelta(days=76)


@demo_commands.command("seed")
def seed() -> None:
    """Build the demo world in this database; nothing happens where it is built already."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        raise click.ClickException(
            "Demo data is for demo mode only. Set GOOD_STANDING_MODE=demo on a database that is not your real one."
        )
    if reading().scalar(select(Person.id).limit(1)) is not None:
        click.echo("The demo world is there.")
        return
    click.echo("Building the demo world: six partners, each at another point of the story. This takes a moment, once.")
    started = time.monotonic()
    story.furnish(Stage(settings, lambda _who, _what: None), now())
    click.echo(f"Done in {time.monotonic() - started:.0f} s.")


@demo_commands.command("story")
@click.option(
    "--out",
    "out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the database and the documents.",
)
def tell(out: Path) -> None:
    """Play the story in a fresh database in DIR, print each step, write what it produced, and test every invariant."""
    _make_room(out)
    app = _fresh(out)
    started = time.monotonic()
    lines: list[str] = []

    def say(who: str, what: str) -> None:
        line = f"{len(lines) + 1:3}. {now():%d %b %Y}  {who}: {what}"
        lines.append(line)
        click.echo(line)

    with app.app_context():
        upgrade(directory=str(app.extensions["migrate"].directory))
        stage = Stage(app.config["SETTINGS"], say)
        story.play(stage, now().replace(microsecond=0) - SPAN)
        written = [*_certificates(out), *_orders(out), _ledger(out)]
        _show_statement(say)
        faults = check.faults(reading())
        verdict = audit.verify(reading())
        _settle_file()
    (out / STORY_FILES).write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo("")
    for path in [*written, out / "portal.db", out / STORY_FILES]:
        click.echo(f"wrote {path}")
    if not verdict.ok:
        raise click.ClickException(f"The audit chain is broken at event {verdict.broken_at}: {verdict.reason}")
    for fault in faults:
        click.echo(f"FAULT {fault.invariant}: {fault.row}: {fault.sentence}", err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} invariants did not hold.")
    click.echo(
        f"{len(lines)} steps in {time.monotonic() - started:.1f} s. All invariants hold; the audit chain of {verdict.events} events verifies."
    )


def _make_room(out: Path) -> None:
    """An empty folder, or one that an earlier story wrote and nobody else."""
    if out.exists() and any(out.iterdir()):
        if not (out / STORY_FILES).exists() and not (out / "portal.db").exists():
            raise click.ClickException(f"{out} is not empty and was not written by the story. Choose another folder.")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)


def _fresh(out: Path) -> Flask:
    here: Settings = current_app.config["SETTINGS"]
    settings = here.model_copy(update={"mode": Mode.DEMO, "data_folder": out.resolve(), "database_url": ""})
    create_app: Callable[[Settings], Flask] = current_app.extensions["good_standing_create_app"]
    return create_app(settings)


def _certificates(out: Path) -> list[Path]:
    written = []
    for found in reading().scalars(select(Certificate).options(undefer(Certificate.pdf)).order_by(Certificate.id)):
        name = "program-completion" if found.case_id else "course-completion"
        path = out / f"{name}-certificate-{found.number}.pdf"
        path.write_bytes(found.pdf)
        written.append(path)
    return written


def _orders(out: Path) -> list[Path]:
    written = []
    rows = reading().execute(
        select(ReleaseOrder.number, PaymentFile)
        .join(PaymentFile, PaymentFile.order_id == ReleaseOrder.id)
        .options(undefer(PaymentFile.content))
    )
    for number, file in rows:
        path = out / f"release-order-{number}-{file.sequence}.csv"
        path.write_bytes(file.content)
        written.append(path)
    return written


def _ledger(out: Path) -> Path:
    path = out / "ledger.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(
            ["transaction", "at", "kind", "account", "partner", "program", "earning", "hold", "currency", "amount"]
        )
        for entry, posting in reading().execute(
            select(LedgerTransaction, Posting)
            .join(Posting, Posting.transaction_id == LedgerTransaction.id)
            .order_by(Posting.id)
        ):
            amount = Money(posting.amount_minor, posting.currency).plain()
            writer.writerow(
                [
                    entry.id,
                    entry.at.isoformat(),
                    entry.kind.value,
                    posting.account.value,
                    posting.partner_id,
                    posting.program_id,
                    posting.earning_id,
                    posting.hold_id,
                    posting.currency,
                    amount,
                ]
            )
    return path


def _show_statement(say: Callable[[str, str], None]) -> None:
    """What the partner sees at the end: per program, what was earned, what is free, what was paid."""
    session = reading()
    viewer = actor_by_email(session, IN_REMEDIATION.finance.email, via="command")
    for line in incentives.statement(session, viewer.partner_id or 0, by=viewer, at=now()).lines:
        say(
            viewer.name,
            f"sees of {line.program.name}: earned {line.earned.shown()}, free {line.free.shown()}, held {line.held.shown()}, paid after release {line.paid.shown()}",
        )


def _settle_file() -> None:
    """Bring everything from the write-ahead log into portal.db, so that the one file is the whole database."""
    db.session.remove()
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        connection.execute(text("SELECT 1"))
    db.engine.dispose()
