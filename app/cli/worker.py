"""`flask worker`: sends mail and writes reminders until it is told to stop."""

import signal
import threading
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from app.notifications.delivery import delivery_of
from app.notifications.worker import Worker
from app.settings import Settings


@click.command("worker")
@click.option("--once", is_flag=True, help="Send what is due now, write the reminders that are due, and end.")
@with_appcontext
def worker_command(once: bool) -> None:
    """Send mail and reminders. Ctrl-C or SIGTERM ends it after the mail in hand; a killed one loses nothing."""
    settings: Settings = current_app.config["SETTINGS"]
    worker = Worker(settings, delivery_of(settings), current_app._get_current_object().app_context)  # type: ignore[attr-defined]
    if once:
        done = worker.once()
        click.echo(
            f"{done.sent} sent, {done.made} certificates made, {done.dropped} no longer needed, {done.failed} to be tried again."
        )
        return
    stop = threading.Event()

    def asked_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)
    where = f"to {settings.smtp_host}" if settings.smtp_host else f"as files to {settings.mail_folder}"
    click.echo(f"The worker delivers mail {where}. Ctrl-C stops it.")
    worker.run(stop)
    click.echo("The worker has stopped; what is left waits for the next one.")
