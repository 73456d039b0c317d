"""Earnings files: keep one to look at, import it, or turn it away. A file imported again changes nothing."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.services import require
from app.incentives.models import Earning, EarningBatch, EarningReject
from app.incentives.queries import books
from app.incentives.rules.earnings_file import EarningsFile, Judged, Taken, judge
from app.incentives.rules.holds import EarningFacts, Standing, settle
from app.incentives.rules.ledger import Cause, Entry, Movement, of_moves, transfer
from app.incentives.rules.states import Account, BatchState, ImportMode, TransactionKind
from app.incentives.services.ledger import insert_many, lock_money, post
from app.kernel.database import Base, serialize
from app.kernel.errors import Conflict, DomainError, RefusedAct, constraint_says

constraint_says("one_import_a_file", "This file was imported a moment ago. Nothing was changed by sending it again.")
constraint_says("uq_earning_reference", "A line of this file was imported a moment ago with another file. Look again.")


def _act(batch_id: int | str) -> RefusedAct:
    return RefusedAct("earnings.imported", "earning_batch", str(batch_id))


def keep_file(session: Session, file: EarningsFile, *, by: Actor, at: datetime) -> EarningBatch:
    """Keep a file so that it can be looked at before it is imported. One that is already here, imported or not, is that one."""
    require(Permission.EARNINGS_IMPORT, by=by, act=_act("new"))
    if by.person_id is None:
        raise DomainError("A file of earnings is brought by a person.")
    serialize(session, "earnings-import")
    earlier = session.scalar(
        select(EarningBatch)
        .where(EarningBatch.sha256 == file.sha256, EarningBatch.state != BatchState.REFUSED)
        .order_by(EarningBatch.state != BatchState.IMPORTED, EarningBatch.id)
        .limit(1)
    )
    if earlier is not None:
        return earlier
    batch = EarningBatch(
        file_name=file.name,
        content=file.content,
        sha256=file.sha256,
        lines=len(file.readings),
        state=BatchState.CHECKED,
        uploaded_by_id=by.person_id,
        uploaded_at=at,
    )
    session.add(batch)
    session.flush()
    audit.record(
        session,
        "earnings-file.received",
        "earning_batch",
        batch.id,
        by=by,
        at=at,
        details={"sha256": file.sha256, "lines": batch.lines},
    )
    return batch


def import_earnings(session: Session, file: EarningsFile, *, mode: ImportMode, by: Actor, at: datetime) -> EarningBatch:
    """Import a file: its good lines as earnings in the books, at once caught by the holds that cover them.

    With `ALL_OR_NOTHING` one bad line turns the whole file away (`state` is then `REFUSED` and its lines say why); with
    `VALID_LINES` the bad ones are kept aside with their reasons. A file that was imported before comes back as it was.
    """
    require(Permission.EARNINGS_IMPORT, by=by, act=_act("new"))
    batch = keep_file(session, file, by=by, at=at)
    if batch.state is BatchState.IMPORTED:
        return batch
    lock_money(session, books.partner_ids(session, file).values())
    judged = judge(file, books.known_to(session, file, at=at))
    refused = not judged.taken or (bool(judged.rejected) and mode is ImportMode.ALL_OR_NOTHING)
    if not refused:
        _book(session, batch, judged, by=by, at=at)
    _keep_rejects(session, batch, judged)
    batch.state = BatchState.REFUSED if refused else BatchState.IMPORTED
    batch.mode, batch.decided_by_id, batch.decided_at = mode, by.person_id, at
    batch.accepted = 0 if refused else len(judged.taken)
    batch.rejected = batch.lines - batch.accepted
    batch.totals = [] if refused else [[currency, count, total.minor] for currency, count, total in judged.totals]
    session.flush()
    audit.record(
        session,
        "earnings.refused" if refused else "earnings.imported",
        "earning_batch",
        batch.id,
        by=by,
        at=at,
        details={
            "sha256": batch.sha256,
            "mode": mode.value,
            "accepted": batch.accepted,
            "rejected": batch.rejected,
            "totals": batch.totals,
        },
    )
    return batch


def refuse_file(session: Session, batch_id: int, file: EarningsFile, *, by: Actor, at: datetime) -> EarningBatch:
    """Turn away a file that was only looked at, with what was wrong with its lines, so that the history says so."""
    require(Permission.EARNINGS_IMPORT, by=by, act=_act(batch_id))
    batch = session.get(EarningBatch, batch_id, with_for_update=True)
    if batch is None or batch.state is not BatchState.CHECKED:
        raise Conflict("This file was decided on already. Nothing was changed.")
    _keep_rejects(session, batch, judge(file, books.known_to(session, file, at=at)))
    batch.state, batch.decided_by_id, batch.decided_at = BatchState.REFUSED, by.person_id, at
    batch.rejected = batch.lines
    session.flush()
    audit.record(session, "earnings.refused", "earning_batch", batch.id, by=by, at=at, details={"sha256": batch.sha256})
    return batch


def _keep_rejects(session: Session, batch: EarningBatch, judged: Judged) -> None:
    if judged.rejected:
        session.execute(
            insert(Base.metadata.tables[EarningReject.__tablename__]),
            [
                {
                    "batch_id": batch.id,
                    "line": line.row.line,
                    "cells": [[column, cell] for column, cell in line.row.cells.items()],
                    "reason": line.reason,
                }
                for line in judged.rejected
            ],
        )


def _book(session: Session, batch: EarningBatch, judged: Judged, *, by: Actor, at: datetime) -> None:
    keys = insert_many(
        session,
        Base.metadata.tables[Earning.__tablename__],
        [
            {
                "batch_id": batch.id,
                "line": line.line,
                "reference": line.reference,
                "partner_id": line.partner_id,
                "location_id": line.location_id,
                "program_id": line.program_id,
                "earning_type": line.earning_type,
                "earned_on": line.earned_on,
                "currency": line.money.currency,
                "amount_minor": line.money.minor,
                "description": line.description,
                "reverses_id": line.reverses_id,
                "posted_at": at,
            }
            for line in judged.taken
        ],
    )
    blocks = books.blocks(session, {line.partner_id for line in judged.taken})
    movements: list[Movement] = []
    for key, line in zip(keys, judged.taken, strict=True):
        if line.reverses_id is not None:
            continue
        earning = _facts(key, line)
        movements.append(
            transfer(
                TransactionKind.IMPORT,
                earning,
                line.money.minor,
                Account.EXPENSE,
                Account.PAYABLE,
                Cause(batch_id=batch.id),
            )
        )
        moves = settle(
            earning, Standing(payable=line.money.minor), blocks.get(line.partner_id, []), excess_to=Account.PAYABLE
        )
        movements += of_moves(earning, moves, TransactionKind.HOLD, Cause(batch_id=batch.id))
    movements += _reversals(session, batch, [line for line in judged.taken if line.reverses_id is not None])
    post(session, movements, by=by, at=at)


def _reversals(session: Session, batch: EarningBatch, lines: list[Taken]) -> list[Movement]:
    """Each takes back the import of an earlier line, from wherever its money stands now."""
    originals = [line.reverses_id for line in lines if line.reverses_id is not None]
    imports = books.import_transactions(session, originals)
    return [
        Movement(
            TransactionKind.REVERSAL,
            earning,
            (
                *([Entry(Account.PAYABLE, -standing.payable)] if standing.payable else []),
                *(Entry(Account.HELD, -minor, hold_id) for hold_id, minor in standing.held.items()),
                Entry(Account.EXPENSE, earning.money.minor),
            ),
            Cause(batch_id=batch.id, reverses_id=imports[earning.earning_id]),
        )
        for earning, standing in books.with_standing(session, originals)
    ]


def _facts(key: int, line: Taken) -> EarningFacts:
    return EarningFacts(
        key, line.partner_id, line.program_id, line.location_id, line.earning_type, line.earned_on, line.money
    )
