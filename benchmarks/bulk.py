"""Certificates in bulk: two workers that make what was earned, beside two processes of WeasyPrint alone; and a thousand in one zip file.

`python -m benchmarks.bulk` furnishes a throw-away SQLite database, measures, prints, and says how much memory the packing took;
`measure` is for the whole run. The certificates of the first row are made for real. Those of the zip file are a thousand rows
whose document is one real certificate's, each with a number and facts of its own: making them would take over a minute.
"""

import hashlib
import logging
import multiprocessing
import os
import secrets
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, func, insert, inspect, select, update
from sqlalchemy.orm import undefer

from app import create_app
from app.access.policy import Actor, Role
from app.accounts.models import Person
from app.certificates.issuer import issuer
from app.certificates.models import Certificate, CertificateBundle
from app.certificates.rules.numbers import new_number
from app.certificates.rules.snapshot import Snapshot
from app.extensions import db
from app.kernel.clock import now
from app.learning.models import Registration, TrainingRecord
from app.notifications.worker import Drained, Task, Worker
from app.outbox.models import OutboxRow, OutboxState
from app.outbox.services import enqueue_all
from app.outcomes import bundles, course_certificates
from app.partners.models import Partner
from app.settings import Settings
from app.transactions import reading, transaction
from benchmarks.load import Slice
from benchmarks.rows import Row, row, table
from benchmarks.server import ROOT
from benchmarks.world import World, furnish

TWO_WORKERS, TWO_BARE = "certificates, two workers", "weasyprint alone, two processes"
ZIP, BARE_ZIP = "zip of 1,000 certificates", "bare zip of the same bytes"
EARNED, PACKED, ROUNDS = 40, 1_000, 3
PATIENCE = 300


def measure(app: Flask, world: World, *, rounds: int = ROUNDS) -> list[Row]:
    """Four rows: what two workers make a second and its baseline, what one packs and its baseline."""
    return _measured(app, world, rounds)[0]


def _measured(app: Flask, world: World, rounds: int) -> tuple[list[Row], "Packing"]:
    _set_the_rest_aside(app)
    ours, bare, queries = _two_workers(app, world, rounds)
    packed = _packing(app, world, rounds)
    rows = [
        row(TWO_BARE, bare, 0),
        row(TWO_WORKERS, ours, queries, TWO_BARE, bare),
        _of_packing(BARE_ZIP, packed.bare, 1),
        _of_packing(ZIP, packed.ours, packed.queries, BARE_ZIP, packed.bare),
    ]
    return rows, packed


def _set_the_rest_aside(app: Flask) -> None:
    """The mails of the furnished world wait in the same outbox; here certificates alone are measured."""
    with app.app_context(), transaction() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.state == OutboxState.WAITING)
            .values(state=OutboxState.DONE, done_at=now())
        )


# What two workers make


def _two_workers(app: Flask, world: World, rounds: int) -> tuple[list[Slice], list[Slice], int]:
    ours, bare, statements = [], [], 0
    with _two_processes(world.record_id) as pipes:
        for number in range(rounds):
            if number % 2:
                bare.append(_both(pipes, ("bare", EARNED // 2))[0])
            _earn(app, world.record_id, EARNED)
            made, statements = _both(pipes, ("ours", EARNED))
            if len(made.latencies) != EARNED:
                raise RuntimeError(f"{EARNED} certificates were earned and {len(made.latencies)} rows worked.")
            ours.append(made)
            if not number % 2:
                bare.append(_both(pipes, ("bare", EARNED // 2))[0])
    with app.app_context():
        missing = course_certificates.overdue(reading(), at=now() + course_certificates.AT_MOST * 2)
        if missing:
            raise RuntimeError(f"{len(missing)} certificates were earned and not made.")
    return ours, bare, round(statements / EARNED)


@contextmanager
def _two_processes(record_id: int) -> Iterator[list[Connection]]:
    spawn = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(2):
        pipe, theirs = spawn.Pipe()
        process = spawn.Process(target=_work, args=(theirs, record_id), daemon=True)
        process.start()
        theirs.close()
        pipes.append(pipe)
        processes.append(process)
    try:
        for pipe in pipes:
            _said(pipe)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)


def _both(pipes: list[Connection], job: tuple[str, int]) -> tuple[Slice, int]:
    """Let both do a job at once: what they did together in the time until the slower one had ended, and their SQL statements."""
    began = time.perf_counter()
    for pipe in pipes:
        pipe.send(job)
    told = [_said(pipe) for pipe in pipes]
    seconds = time.perf_counter() - began
    return Slice([one for latencies, _ in told for one in latencies], seconds), sum(count for _, count in told)


def _said(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE):
        raise RuntimeError("A process of the benchmark did not answer.")
    return pipe.recv()


class _Timed(Worker):
    """The worker as it is, noting how long each row took."""

    def _work(self, task: Task, result: Drained) -> None:
        began = time.perf_counter()
        super()._work(task, result)
        if result.failed:
            raise RuntimeError(f"Row {task.id} ({task.kind}) failed.")
        self.latencies.append(time.perf_counter() - began)

    latencies: list[float]


class _NoMail:
    def send(self, message: EmailMessage) -> None:
        raise RuntimeError(f"No mail was expected: {message['Subject']}")


def _work(pipe: Connection, record_id: int) -> None:
    """One process: a portal of the environment's settings, warm, that does what it is told until the other end is closed."""
    from weasyprint import CSS, HTML

    from app.certificates.document.press import DOCUMENTS, OnlyOurs
    from app.certificates.document.render import _page

    logging.disable(logging.WARNING)
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    worker = _Timed(settings, _NoMail(), app.app_context)
    statements = [0]
    with app.app_context():
        engine = db.engine
        snapshot = course_certificates.prepare(reading(), record_id, settings=settings, at=now()).snapshot
    page = _page(snapshot, snapshot.fields(), issuer(settings).brand, "roomy")
    style = CSS(filename=str(DOCUMENTS / "certificate.css"), url_fetcher=OnlyOurs())

    def bare() -> float:
        began = time.perf_counter()
        HTML(string=page, url_fetcher=OnlyOurs()).write_pdf(stylesheets=[style])
        return time.perf_counter() - began

    bare()
    event.listen(engine, "before_cursor_execute", lambda *_: statements.__setitem__(0, statements[0] + 1))
    pipe.send("ready")
    while True:
        try:
            job, count = pipe.recv()
        except EOFError:
            return
        worker.latencies, statements[0] = [], 0
        if job == "ours":
            worker.drain()
            pipe.send((worker.latencies, statements[0]))
        else:
            pipe.send(([bare() for _ in range(count)], 0))


def _earn(app: Flask, record_id: int, count: int) -> list[int]:
    """So many more training records of the same person, each of a registration of its own, with its row for the worker; their ids."""
    with app.app_context(), transaction() as session:
        first = session.get_one(TrainingRecord, record_id)
        registration = session.get_one(Registration, first.registration_id)
        own = (Registration.person_id == registration.person_id, Registration.course_id == registration.course_id)
        taken = session.scalar(select(func.max(Registration.number)).where(*own)) or 0
        shared = _values(registration, "id", "number")
        session.execute(insert(Registration), [{**shared, "number": taken + 1 + one} for one in range(count)])
        ids = session.scalars(select(Registration.id).where(*own, Registration.number > taken)).all()
        record = {**_values(first, "id"), "score": None, "attempt_id": None}
        session.execute(insert(TrainingRecord), [{**record, "registration_id": one} for one in sorted(ids)])
        made = session.scalars(select(TrainingRecord.id).where(TrainingRecord.registration_id.in_(ids))).all()
        rows = {f"{course_certificates.KIND}:{one}": {"record": one} for one in made}
        enqueue_all(session, course_certificates.KIND, rows, at=now())
        return list(made)


def _values(row: Any, *without: str) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs if one.key not in without}


# A thousand in one file


@dataclass(frozen=True)
class Packing:
    """Seconds of each round; SQL statements of one; the size of the file; peak memory before and after the first, in KiB."""

    ours: list[float]
    bare: list[float]
    queries: int
    size: int
    before: int
    after: int


def _of_packing(name: str, seconds: list[float], queries: int, baseline: str | None = None, beside: Any = ()) -> Row:
    """`rps` is certificates a second; the times are those of the whole file."""
    ratio = statistics.median(bare / own for own, bare in zip(seconds, beside, strict=True)) if beside else None
    middle = statistics.median(seconds)
    return Row(
        name,
        round(PACKED / middle, 1),
        round(middle * 1000, 1),
        round(max(seconds) * 1000, 1),
        queries,
        baseline,
        round(ratio, 3) if ratio else None,
    )


def _packing(app: Flask, world: World, rounds: int) -> Packing:
    partner_id = _certified(app, world)
    by = Actor(_asker(app), "Sam", roles=frozenset({Role.COMPLIANCE_ANALYST}))
    spawn = multiprocessing.get_context("spawn")
    ours, bare, told = [], [], []
    for _ in range(rounds):
        with app.app_context(), transaction() as session:
            wish = bundles.Wish(partner=session.get_one(Partner, partner_id))
            asked = bundles.request(session, wish, by=by, at=now())
            bundle_id, total = asked.id, asked.total
        pipe, theirs = spawn.Pipe()
        process = spawn.Process(target=_pack, args=(theirs, bundle_id, total), daemon=True)
        process.start()
        told.append(_said(pipe))
        process.join(PATIENCE)
        ours.append(told[-1]["seconds"])
        bare.append(_bare_zip(app, partner_id))
        with app.app_context():
            size = reading().get_one(CertificateBundle, bundle_id).size or 0
    first = told[0]
    return Packing(ours, bare, first["statements"], size, first["before"], first["after"])


def _pack(pipe: Connection, bundle_id: int, total: int) -> None:
    """All rounds of a bundle in a process that has done nothing else before."""
    logging.disable(logging.WARNING)
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    statements = [0]
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_: statements.__setitem__(0, statements[0] + 1))
        reading().get_one(CertificateBundle, bundle_id)
    before = _peak()
    began = time.perf_counter()
    start = 0
    while True:
        with app.app_context():
            bundles.carry_out({"bundle": bundle_id, "start": start}, settings=settings, at=now())
            if start == total:
                break
            start = reading().get_one(CertificateBundle, bundle_id).made
    seconds = time.perf_counter() - began
    pipe.send({"seconds": seconds, "statements": statements[0], "before": before, "after": _peak()})


def _peak() -> int:
    """The most memory that this process has held, in KiB; `getrusage` would count what its parent held when it was started."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def _certified(app: Flask, world: World) -> int:
    """A thousand certificates of one partner that has no others; its id."""
    record_ids = _earn(app, world.record_id, PACKED)
    with app.app_context(), transaction() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.state == OutboxState.WAITING)
            .values(state=OutboxState.DONE, done_at=now())
        )
        model = session.scalars(
            select(Certificate)
            .options(undefer(Certificate.pdf), undefer(Certificate.credential))
            .order_by(Certificate.id.desc())
            .limit(1)
        ).one()
        snapshot = Snapshot.from_canonical(model.snapshot.encode())
        partner = Partner(
            **{
                **_values(session.get_one(Partner, model.partner_id), "id"),
                "number": "P-9001",
                "legal_name": "Thousand",
            }
        )
        session.add(partner)
        session.flush()
        shared = _values(
            model,
            *("id", "number", "snapshot", "snapshot_digest", "registration_id", "training_record_id", "partner_id"),
            *("status_list", "status_index"),
        )
        shared["credential"] = model.credential
        records = session.execute(
            select(TrainingRecord.id, TrainingRecord.registration_id).where(TrainingRecord.id.in_(record_ids))
        ).all()
        for start in range(0, PACKED, 50):
            rows = []
            for place, record in enumerate(records[start : start + 50], start=start):
                own = replace(snapshot, number=new_number(secrets.token_bytes(10)))
                rows.append(
                    {
                        **shared,
                        "number": own.number,
                        "snapshot": own.canonical().decode(),
                        "snapshot_digest": own.digest(),
                        "registration_id": record.registration_id,
                        "training_record_id": record.id,
                        # A list of their own, so that no place is taken that a real one may get.
                        "status_list": 1_000,
                        "status_index": place,
                        "partner_id": partner.id,
                    }
                )
            session.execute(insert(Certificate), rows)
        return partner.id


def _asker(app: Flask) -> int:
    """Anybody of the vendor's: they act as an analyst here."""
    with app.app_context():
        return (
            reading().scalars(select(Person.id).where(Person.partner_id.is_(None)).order_by(Person.id).limit(1)).one()
        )


def _bare_zip(app: Flask, partner_id: int) -> float:
    """The same bytes read by the driver and put into a zip file that is synced and digested: what nobody can do without."""
    with app.app_context(), tempfile.TemporaryDirectory(dir=app.config["SETTINGS"].data_folder) as folder:
        path = Path(folder) / "bare.zip"
        mark = "?" if db.engine.dialect.name == "sqlite" else "%s"
        connection = db.engine.raw_connection()
        try:
            began = time.perf_counter()
            cursor = connection.cursor()
            cursor.execute(f"SELECT number, pdf FROM certificate WHERE partner_id = {mark}", (partner_id,))
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
                while found := cursor.fetchmany(20):
                    for number, pdf in found:
                        archive.writestr(f"{number}.pdf", bytes(pdf))
            with path.open("rb") as file:
                os.fsync(file.fileno())
                hashlib.file_digest(file, "sha256")
            return time.perf_counter() - began
        finally:
            connection.close()


def main() -> int:
    logging.disable(logging.WARNING)
    (ROOT / "instance").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=ROOT / "instance"))
    try:
        os.environ.update(
            GOOD_STANDING_MODE="production",
            GOOD_STANDING_SECRET_KEY=secrets.token_urlsafe(32),
            GOOD_STANDING_DATA_FOLDER=str(folder),
        )
        app, world = furnish(lessons_to_open=1)
        began = time.monotonic()
        rows, packed = _measured(app, world, ROUNDS)
        print(table(rows))
        print(
            f"\n{time.monotonic() - began:.0f} s. The zip file has {packed.size:,} bytes; its process had held at most "
            f"{packed.before // 1024} MiB before packing, and {packed.after // 1024} MiB after."
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
