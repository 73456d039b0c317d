"""Workers that are killed while they make a zip file, two at once, and how much memory one takes."""

import fcntl
import hashlib
import io
import multiprocessing
import random
import signal
import time
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.certificates import issuer
from app.certificates.models import BundleState, Certificate, CertificateBundle
from app.kernel.archives import Archives, BeingWritten
from app.kernel.clock import now
from app.outbox.models import OutboxRow
from app.outbox.services import LEASE
from app.outcomes import bundles
from app.outcomes.bundles.choosing import Wish
from tests.outcomes import hands
from tests.outcomes.many import certify, graduates

KILLS = 8
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.outcomes.hands"])


@pytest.fixture(autouse=True)
def key_on_disk(app):
    """The signing key that other processes will find: an earlier test's is remembered here, but its file is gone."""
    issuer._issuers.pop(app.config["SETTINGS"], None)


@pytest.fixture
def sam(school):
    return school.world.analyst("Sam")


@pytest.fixture
def record(school, graduate, worker):
    school.publish()
    record_id = graduate(school.ada)
    worker.once()
    return record_id


def start(given):
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=hands.work, args=(theirs, given))
    process.start()
    theirs.close()
    return process, ours


def rest_of(connection):
    said = []
    try:
        while True:
            said.append(connection.recv())
    except EOFError:
        return said


def ask(school, in_transaction, sam) -> int:
    actor = school.world.actor(sam)
    with in_transaction() as session:
        return bundles.request(session, Wish(), by=actor, at=now()).id


def given_to(ground, at, at_once=4):
    return {"url": ground.database.url, "files": str(ground.files), "at": at, "at_once": at_once}


def bundle_of(reading, bundle_id):
    with reading() as session:
        return session.get_one(CertificateBundle, bundle_id)


def test_killed_workers_lose_nothing_and_make_nothing_twice(record, school, sam, in_transaction, reading, ground):
    """Eight workers are killed at any moment; each next one goes on, under the lease of the one before it run out."""
    earned = 8
    with in_transaction() as session:
        certify(session, graduates(session, record, 60), octets=60_000, at=now())
        graduates(session, record, earned)
    bundle_id = ask(school, in_transaction, sam)
    ground.disconnect()
    chance, at, kills, seen = random.Random(20261123), now(), 0, [0]
    folder = ground.files / "bundles"
    while bundle_of(reading, bundle_id).state is not BundleState.READY:
        at += LEASE + timedelta(seconds=1)
        process, connection = start(given_to(ground, at))
        assert connection.recv()[0] == "ready"
        if kills < KILLS:
            time.sleep(chance.uniform(0, 0.25))
            process.kill()
        rest_of(connection)
        process.join(timeout=60)
        assert process.exitcode in (0, -signal.SIGKILL)
        kills += process.exitcode != 0
        made = bundle_of(reading, bundle_id).made
        assert made >= seen[-1], "what was made stays made"
        seen.append(made)
    assert kills > 2
    found = bundle_of(reading, bundle_id)
    content = (folder / f"{bundle_id}.zip").read_bytes()
    assert (found.made, found.total) == (61 + earned, 61 + earned)
    assert hashlib.sha256(content).hexdigest() == found.sha256
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    with reading() as session:
        numbers = session.scalars(select(Certificate.number)).all()
        mails = select(func.count(OutboxRow.id)).where(OutboxRow.kind == "certificate_bundle_ready")
        assert session.scalar(mails) == 1
    assert len(numbers) == 61 + earned
    assert sorted(name[-23:-4] for name in archive.namelist() if name.endswith(".pdf")) == sorted(numbers)
    bundles.archives(ground.app.config["SETTINGS"]).sweep()
    assert [path.name for path in folder.iterdir()] == [f"{bundle_id}.zip"]


def test_two_workers_at_once_make_one_file(record, school, sam, in_transaction, reading, ground):
    with in_transaction() as session:
        certify(session, graduates(session, record, 40), octets=20_000, at=now())
        graduates(session, record, 6)
    bundle_id = ask(school, in_transaction, sam)
    at = now()
    ground.disconnect()
    both = [start(given_to(ground, at + timedelta(seconds=1))) for _ in range(2)]
    for process, connection in both:
        assert rest_of(connection)[-1][0] == "done"
        process.join(timeout=60)
        assert process.exitcode == 0
    found = bundle_of(reading, bundle_id)
    assert found.state is BundleState.READY
    with reading() as session:
        assert session.scalar(select(func.count(Certificate.id))) == 47
    names = zipfile.ZipFile(ground.files / "bundles" / f"{bundle_id}.zip").namelist()
    assert len(names) == len(set(names)) == 48


@pytest.mark.one_engine
def test_memory_does_not_grow_with_the_number_of_certificates(record, school, sam, in_transaction, reading, ground):
    """500 documents of 40 KB fill SQLite's cache of 16 MB; twice as many take no more, though the file is 40 MB."""
    grown = []
    for more in (500, 500):
        with in_transaction() as session:
            certify(session, graduates(session, record, more), octets=40_000, at=now())
        bundle_id = ask(school, in_transaction, sam)
        at = now()
        ground.disconnect()
        process, connection = start(given_to(ground, at, at_once=500))
        before = connection.recv()[1]
        after = rest_of(connection)[-1][1]
        process.join(timeout=60)
        assert bundle_of(reading, bundle_id).state is BundleState.READY
        grown.append(after - before)
    size = bundle_of(reading, bundle_id).size
    assert size > 40_000_000
    assert grown[1] - grown[0] < 4_000, f"packing {size} bytes took {grown} KiB more"


def test_an_archive_is_written_by_one_process_and_a_killed_ones_lock_dies_with_it(tmp_path):
    archives = Archives(tmp_path)
    with archives.begin(7) as unfinished:
        unfinished.file.write(b"half")
        with pytest.raises(BeingWritten), archives.begin(7):
            pass
        archives.sweep()
        assert unfinished.path.exists()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".7.part").write_bytes(b"left by a killed worker, longer than what comes now")
    with archives.begin(7) as unfinished:
        unfinished.file.write(b"whole")
        stored = unfinished.seal()
        unfinished.keep()
    assert (tmp_path / "7.zip").read_bytes() == b"whole"
    with archives.open(7, stored.sha256) as file:
        assert file.read() == b"whole"
    with pytest.raises(ValueError, match="altered"):
        archives.open(7, "0" * 64)
    (tmp_path / ".8.part").write_bytes(b"left")
    with (tmp_path / ".9.part").open("wb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        archives.sweep()
        assert sorted(path.name for path in tmp_path.iterdir()) == [".9.part", "7.zip"]
    assert archives.numbers() == [7]
