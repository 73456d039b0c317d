"""Questions about earnings files: the history, what a file would do, what was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.incentives.models import EarningBatch, EarningReject
from app.incentives.queries import books
from app.incentives.queries.holds import Preview
from app.incentives.rules.delimited import rejected_lines_csv
from app.incentives.rules.earnings_file import COLUMNS, EarningsFile, Judged, judge, read
from app.incentives.rules.holds import EarningFacts, Standing, settle
from app.incentives.rules.states import Account, BatchState
from app.kernel.errors import NotFound
from app.kernel.money import Money


def batches(session: Session, *, after: int | None = None, limit: int = 50) -> Sequence[EarningBatch]:
    """Files newest first, a page at a time; `after` is the key of the last one shown."""
    statement = select(EarningBatch).order_by(EarningBatch.id.desc()).limit(limit)
    return session.scalars(statement.where(EarningBatch.id < after) if after else statement).all()


def load_batch(session: Session, batch_id: int, *, with_content: bool = False) -> EarningBatch:
    """A file by its key. Files name many partners, so only staff who may see all money ask for one."""
    statement = select(EarningBatch).where(EarningBatch.id == batch_id)
    batch = session.scalar(statement.options(undefer(EarningBatch.content)) if with_content else statement)
    if batch is None:
        raise NotFound
    return batch


def imported_before(session: Session, sha256: str) -> int | None:
    """The key of the import of these very bytes, if they were imported."""
    return session.scalar(
        select(EarningBatch.id).where(EarningBatch.sha256 == sha256, EarningBatch.state == BatchState.IMPORTED)
    )


def stored_file(session: Session, batch_id: int) -> EarningsFile:
    """The file as it was uploaded, read again."""
    batch = load_batch(session, batch_id, with_content=True)
    return read(batch.content, batch.file_name)


@dataclass(frozen=True)
class DryRun:
    """What importing a file now would do: lines taken, lines rejected, and what holds would catch at once."""

    judged: Judged
    caught: list[Preview]


def dry_run(session: Session, file: EarningsFile, *, at: datetime) -> DryRun:
    """Judge a file against the books as they stand, and change nothing."""
    judged = judge(file, books.known_to(session, file, at=at))
    blocks = books.blocks(session, {line.partner_id for line in judged.taken})
    sums: dict[str, list[int]] = {}
    for line in judged.taken:
        if line.reverses_id is not None:
            continue
        earning = EarningFacts(
            0, line.partner_id, line.program_id, line.location_id, line.earning_type, line.earned_on, line.money
        )
        standing = Standing(payable=line.money.minor)
        moves = settle(earning, standing, blocks.get(line.partner_id, []), excess_to=Account.PAYABLE)
        if moves:
            amounts = sums.setdefault(line.money.currency, [0, 0])
            amounts[0] += sum(move.minor for move in moves)
            amounts[1] += 1
    return DryRun(
        judged,
        [Preview(currency, Money(minor, currency), count) for currency, (minor, count) in sorted(sums.items())],
    )


def rejects(session: Session, batch_id: int, *, limit: int | None = None) -> Sequence[EarningReject]:
    """The lines of a file that were not taken, in the order of the file."""
    statement = select(EarningReject).where(EarningReject.batch_id == batch_id).order_by(EarningReject.line)
    return session.scalars(statement.limit(limit) if limit else statement).all()


def rejects_csv(session: Session, batch_id: int) -> bytes:
    """Those lines as a file with the column `reason` and their own control totals: to be mended and sent again."""
    return rejected_lines_csv(COLUMNS, [(row.line, dict(row.cells), row.reason) for row in rejects(session, batch_id)])


def dry_run_rejects_csv(judged: Judged) -> bytes:
    """The same for a file that was not decided on yet."""
    return rejected_lines_csv(COLUMNS, [(line.row.line, line.row.cells, line.reason) for line in judged.rejected])
