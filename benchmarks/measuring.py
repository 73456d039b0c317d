"""One run: furnish a database, start both servers, measure in turns, count, print a table, write results/latest.json."""

import argparse
import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks import bare, bulk, certificate, counting, question_analysis, scenarios, team_training
from benchmarks.load import Ask, BadAnswer, Clients, Slice
from benchmarks.rows import Row, row, table
from benchmarks.scenarios import COMMIT, HELLO, PAGE, Scenario
from benchmarks.server import ROOT, Server, ServerDidNotStart
from benchmarks.world import DatabaseInUse, furnish

LATEST = Path(__file__).resolve().parent / "results" / "latest.json"
CLIENTS = 8
ROUNDS, SECONDS = 10, 0.9
QUICK_ROUNDS, QUICK_SECONDS = 3, 0.4
WARM_UP = 0.5
# So many lessons are kept unopened for each second of first views; a machine that is faster ends its slices early.
FIRST_VIEWS_A_SECOND = 800


def main() -> int:
    arguments = _arguments()
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if arguments.quick else (ROUNDS, SECONDS)
    logging.disable(logging.WARNING)
    began = time.monotonic()
    try:
        with _throw_away_folder() as folder:
            rows = _measure(folder, arguments.database_url, rounds, seconds)
    except (BadAnswer, ServerDidNotStart, counting.NotAsCounted, DatabaseInUse) as error:
        print(f"Nothing was measured: {error}", file=sys.stderr)
        return 1
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps([asdict(one) for one in rows], indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    print(
        f"\n{time.monotonic() - began:.0f} s. Written to {LATEST.relative_to(ROOT)}; docs/performance.md says what the rows are."
    )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run; its figures are rough")
    parser.add_argument(
        "--database-url", default="", help="an empty PostgreSQL database to measure on (default: a file of SQLite)"
    )
    return parser.parse_args()


@contextmanager
def _throw_away_folder() -> Iterator[Path]:
    """On the disk that holds the portal's own data: in memory a commit would cost nothing."""
    (ROOT / "instance").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=ROOT / "instance"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, database_url: str, rounds: int, seconds: float) -> list[Row]:
    with ExitStack() as stack:
        environment = {
            "GOOD_STANDING_MODE": "production",
            "GOOD_STANDING_SECRET_KEY": secrets.token_urlsafe(32),
            "GOOD_STANDING_DATA_FOLDER": str(folder),
            "DATABASE_URL": database_url,
            # The limit stays, and so does its cost; it is only too high to be reached.
            "GOOD_STANDING_VERIFY_LIMIT": "1000000 per minute",
            bare.ADDRESS: database_url or str(folder / "rows.db"),
        }
        os.environ.update(environment)
        began = time.monotonic()
        print("Furnishing a database with 10,000 assignments and more…", flush=True)
        app, world = furnish(lessons_to_open=int((WARM_UP + rounds * seconds) * FIRST_VIEWS_A_SECOND))
        bare.make_table()
        rows = scenarios.scenarios(world)
        queries = counting.queries(app, rows)
        print(f"Done in {time.monotonic() - began:.0f} s. Measuring {rounds} rounds…", flush=True)

        portal = Server("wsgi:app", alive="/healthz", log=folder / "portal.log")
        stack.callback(portal.stop)
        beside = Server("benchmarks.bare:app", alive="/hello", log=folder / "bare.log")
        stack.callback(beside.stop)
        clients = Clients(CLIENTS)
        stack.callback(clients.close)
        before = counting.kept(app)
        rounds_of = _rounds(clients, portal.port, beside.port, rows, rounds, seconds)
        counting.confirm(before, counting.kept(app), {name: measured.answered for name, measured in rounds_of.items()})
        portal.stop()
        beside.stop()
        documents = certificate.measure(app, world, count=rounds)
        many = bulk.measure(app, world)
        # Both are filled in past the portal, on SQLite only.
        large = [] if database_url else [*team_training.measure(app), *question_analysis.measure(app)]

    found = [
        row(HELLO, rounds_of[HELLO].slices, 0),
        row(PAGE, rounds_of["lesson page"].beside, 0),
        row(COMMIT, rounds_of["answer save"].beside, 1),
    ]
    for one in rows:
        measured = rounds_of[one.name]
        found.append(row(one.name, measured.slices, queries[one.name], one.baseline, measured.beside))
    return [*found, *documents, *many, *large]


class Measured:
    """What the rounds give for one scenario, and for its baseline beside it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.slices: list[Slice] = []
        self.beside: list[Slice] = []
        self.answered = 0
        self.size = 0

    def next_asks(self, room: int) -> Sequence[Ask]:
        """The requests of the next slice: all, or those that were not sent yet."""
        asks = self.scenario.asks
        return asks[self.answered : self.answered + room] if self.scenario.once else asks


def _rounds(
    clients: Clients, portal: int, beside: int, rows: Sequence[Scenario], rounds: int, seconds: float
) -> dict[str, Measured]:
    """Slices in turns, so that whatever else the machine does meets all of them: ours, its baseline, the next one."""
    hello = Measured(Scenario(HELLO, "", scenarios.bare_hello()))
    all_of = {one.name: Measured(one) for one in rows}

    def ours(measured: Measured, seconds: float) -> Slice:
        room = int(seconds * FIRST_VIEWS_A_SECOND)
        found = clients.run(
            portal, measured.next_asks(room), seconds=seconds, at_most=room if measured.scenario.once else None
        )
        measured.answered += len(found.latencies)
        measured.size = found.body_bytes // len(found.latencies)
        return found

    def bare_one(measured: Measured, seconds: float) -> Slice:
        is_commit = measured.scenario.baseline == COMMIT
        asks = scenarios.bare_commit() if is_commit else scenarios.bare_page(measured.size)
        return clients.run(beside, asks, seconds=seconds)

    for measured in all_of.values():
        ours(measured, WARM_UP)
        bare_one(measured, WARM_UP)
    for number in range(rounds):
        hello.slices.append(clients.run(beside, hello.scenario.asks, seconds=seconds))
        for measured in all_of.values():
            # Neither is always the first.
            if number % 2:
                measured.beside.append(bare_one(measured, seconds))
            measured.slices.append(ours(measured, seconds))
            if not number % 2:
                measured.beside.append(bare_one(measured, seconds))
    return {HELLO: hello, **all_of}
