"""Several processes on the same books, and processes that are killed in the middle."""

import multiprocessing
import random
import signal
import time

import pytest
from sqlalchemy import func, select

from app.audit.queries import verify
from app.certificates import issuer
from app.incentives.models import (
    AcknowledgementBatch,
    Earning,
    EarningBatch,
    LedgerTransaction,
    PaymentFile,
    ReleaseLine,
    ReleaseOrder,
)
from app.incentives.rules.states import RELEASED_ORDERS, Account, HoldState, OrderState, TransactionKind
from app.kernel.clock import now
from tests.incentives import hands
from tests.incentives.books import Row

KILLS = 12
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.incentives.hands"])


@pytest.fixture(autouse=True)
def key_on_disk(app):
    """The signing key that other processes will find: an earlier test's is remembered here, but its file is gone."""
    issuer._issuers.pop(app.config["SETTINGS"], None)


def start(task, given):
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=task, args=(theirs, given))
    process.start()
    theirs.close()
    return process, ours


def said_by(connection):
    """Everything a process said before it ended."""
    said = []
    try:
        while True:
            said.append(connection.recv())
    except EOFError:
        return said


def given_to_all(books, ground, **more):
    keys = ("analyst", "approver", "finance_analyst", "finance_approver")
    people = {key: books.who(key).person_id for key in keys}
    return {"url": ground.database.url, "files": ground.files, "people": people, "at": now(), **more}


def rows(books, model, *where):
    with books.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def whole(books, lines):
    """Whatever is there is there in full: no order without all its lines, no export of a part."""
    assert books.faults() == []
    with books.reading() as session:
        assert verify(session).ok
        for order in session.scalars(select(ReleaseOrder)):
            count = session.scalar(select(func.count()).where(ReleaseLine.order_id == order.id))
            assert count == lines
            released = session.scalar(
                select(func.count()).where(
                    LedgerTransaction.order_id == order.id, LedgerTransaction.kind == TransactionKind.RELEASE
                )
            )
            assert released == (lines if order.state in RELEASED_ORDERS else 0)
    assert rows(books, Earning) in (0, lines)


def test_a_kill_in_the_middle_leaves_whole_or_absent_and_the_retry_is_one_effect(books, ground):
    lines = 300
    case = books.case()
    books.hold(case)
    given = given_to_all(
        books,
        ground,
        content=books.file(*(Row("12.34") for _ in range(lines))),
        case=case.id,
        certificate=books.certify(case).number,
    )
    ground.disconnect()
    kills, finished, acknowledged = 0, False, set()
    chance = random.Random(20261122)
    longest = 0.1
    while not finished:
        process, connection = start(hands.play_a_release, given)
        assert connection.recv() == "ready"
        if kills < KILLS:
            time.sleep(chance.uniform(0, longest))
            if process.is_alive():
                process.kill()
        said = said_by(connection)
        process.join(timeout=60)
        assert process.exitcode in (0, -signal.SIGKILL)
        kills += process.exitcode != 0
        finished = process.exitcode == 0
        acknowledged |= set(said)
        # The further it gets, the longer the next process may live, so that kills fall into every part.
        longest *= 1.25
        whole(books, lines)
        states = {
            "imported": rows(books, EarningBatch) == 1,
            "proposed": rows(books, ReleaseOrder) == 1,
            "approved": rows(books, ReleaseOrder, ReleaseOrder.state.in_(RELEASED_ORDERS)) == 1,
            "exported": rows(books, PaymentFile) == 1,
            "acknowledged": rows(books, AcknowledgementBatch) == 1,
        }
        assert all(states[word] for word in acknowledged if word in states), "Acknowledged work is gone."
        ground.disconnect()
    # How many lives were cut short depends on the machine; that at least one was, does not.
    assert kills >= 1
    assert rows(books, Earning) == lines
    assert rows(books, ReleaseOrder) == rows(books, PaymentFile) == rows(books, AcknowledgementBatch) == 1
    assert rows(books, ReleaseOrder, ReleaseOrder.state == OrderState.SETTLED) == 1
    assert books.balance(Account.PAID) == lines * 1_234
    assert [books.balance(account) for account in (Account.HELD, Account.ORDERED, Account.EXPORTED)] == [0, 0, 0]


def test_eight_processes_import_and_release_and_no_update_is_lost(books, ground, world):
    programs = [world.program(f"P{number}") for number in range(4)]
    cases = [books.case(program=program) for program in programs]
    held = [books.hold(case, program_id=program.id) for case, program in zip(cases, programs, strict=True)]
    certificates = [books.certify(case) for case in cases]
    shared = [books.file(*(Row("1.00", program=program.code) for program in programs)) for _ in range(2)]
    tasks = []
    for _ in range(4):
        own = [
            books.file(*(Row("10.01", program=program.code) for program in programs for _ in range(3)))
            for _ in range(6)
        ]
        tasks.append((hands.import_many, {"contents": [*own[:3], *shared, *own[3:]]}))
    for case, certificate in zip(cases, certificates, strict=True):
        tasks.append((hands.release_until_over, {"case": case.id, "certificate": certificate.number}))
    base = given_to_all(books, ground)
    ground.disconnect()
    running = [start(task, {**base, **more}) for task, more in tasks]
    for process, connection in running:
        assert said_by(connection)[-1] == "done"
        process.join(timeout=60)
        assert process.exitcode == 0
    earnings = 4 * 6 * 12 + 2 * 4
    total = 4 * 6 * 12 * 1_001 + 2 * 4 * 100
    assert rows(books, Earning) == earnings
    assert rows(books, EarningBatch) == 4 * 6 + 2
    assert -books.balance(Account.EXPENSE) == total
    assert sum(books.balance(account) for account in Account if account is not Account.EXPENSE) == total
    assert books.balance(Account.HELD) == 0
    assert {books.now_of(hold).state for hold in held} == {HoldState.RELEASED}
    assert books.faults() == []
    with books.reading() as session:
        assert verify(session).ok
