"""What another process does with the same portal: the background worker's rounds, until it is done or killed."""

from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import event

from app import create_app
from app.extensions import db
from app.kernel.clock import stopped_at
from app.notifications.worker import Worker
from app.outcomes.bundles import rounds
from tests.ground.application import settings_for


class Silent:
    """A mail server that takes everything and keeps nothing."""

    def send(self, message):
        pass


def work(connection: Connection, given: dict) -> None:
    """A worker that does all that is due at `at`, in rounds of `at_once`; says when it begins, and its peak memory in KiB before and after."""
    app = create_app(settings_for(given["url"], Path(given["files"])))
    rounds.AT_ONCE = given["at_once"]
    if given["url"].startswith("sqlite"):
        with app.app_context():
            event.listen(db.engine, "connect", _unmapped)
    worker = Worker(app.config["SETTINGS"], Silent(), app.app_context)
    with stopped_at(given["at"]):
        worker.tick()
        connection.send(("ready", peak()))
        done = worker.drain()
        connection.send(("done", peak(), done.packed))
    with app.app_context():
        db.engine.dispose()


def _unmapped(connection, _record) -> None:
    """The database's own file, mapped, would count as this process's memory; it is the system's, and given back when needed."""
    connection.execute("PRAGMA mmap_size=0")


def peak() -> int:
    """The most memory that this process has held so far, in KiB; what its parent held is not counted."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
