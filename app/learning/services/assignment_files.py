"""Files of assignments: keep one to look at, then assign what it says or turn it away. The same file again changes nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.services import require
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct
from app.learning.models import AssignmentBatch, AssignmentFile, BatchKind, FileState
from app.learning.queries.assignment_files import DryRun, dry_run
from app.learning.rules.assignment_file import AssignmentsRead, Verdict
from app.learning.rules.batches import Plan
from app.learning.services.batches import Source, make_batch


def keep_file(session: Session, file: AssignmentsRead, *, by: Actor, at: datetime) -> tuple[AssignmentFile, bool]:
    """Keep a file so that it can be looked at; True where these very bytes are here already, waiting or assigned.

    A file that was turned away, or whose batch was taken back, may come again.
    """
    require(Permission.ASSIGNMENT_MAKE, by=by, act=RefusedAct("assignment-file.received", "assignment_file", "new"))
    if by.person_id is None:
        raise DomainError("A file of assignments is brought by a person.")
    serialize(session, "assigning")
    earlier = session.scalar(
        select(AssignmentFile)
        .outerjoin(AssignmentBatch, AssignmentBatch.id == AssignmentFile.batch_id)
        .where(
            AssignmentFile.sha256 == file.sha256,
            AssignmentFile.uploaded_by_id == by.person_id,
            AssignmentFile.state != FileState.TURNED_AWAY,
            AssignmentBatch.undone_at.is_(None),
        )
        .order_by(AssignmentFile.id.desc())
        .limit(1)
    )
    if earlier is not None:
        return earlier, True
    kept = AssignmentFile(
        name=file.name,
        content=file.content,
        sha256=file.sha256,
        lines=len(file.readings),
        state=FileState.CHECKED,
        uploaded_by_id=by.person_id,
        uploaded_at=at,
    )
    session.add(kept)
    session.flush()
    audit.record(
        session,
        "assignment-file.received",
        "assignment_file",
        kept.id,
        by=by,
        at=at,
        details={"sha256": file.sha256, "lines": kept.lines},
    )
    return kept, False


def decide_file(
    session: Session, file_id: int, file: AssignmentsRead, *, all_or_nothing: bool, by: Actor, at: datetime
) -> AssignmentFile:
    """Assign what one's own file says, judged anew as things stand; what was decided on stays as it is.

    With `all_or_nothing` one line in error turns the whole file away; else its good lines are assigned, and the others kept
    with their reasons. A file without a new line makes no batch.
    """
    act = RefusedAct("assignment-file.assigned", "assignment_file", str(file_id))
    require(Permission.ASSIGNMENT_MAKE, by=by, act=act)
    serialize(session, "assigning")
    kept = session.get(AssignmentFile, file_id, with_for_update=True, populate_existing=True)
    if kept is None or kept.uploaded_by_id != by.person_id:
        raise NotFound
    if kept.sha256 != file.sha256 or kept.state is not FileState.CHECKED:
        raise Conflict("This file was decided on already. Nothing was changed.")
    found = dry_run(session, file, by=by, at=at)
    refused = all_or_nothing and bool(found.count(Verdict.ERROR))
    if not refused and found.lines:
        batch = make_batch(
            session,
            Plan(lines=found.lines),
            kind=BatchKind.FILE,
            title=f"File {kept.name}",
            source=Source(kept.name, kept.sha256),
            by=by,
            at=at,
        )
        kept.batch_id = batch.id
    kept.state = FileState.TURNED_AWAY if refused else FileState.ASSIGNED
    kept.decided_at = at
    kept.outcome, kept.failed = found.counts, _failed(found)
    session.flush()
    audit.record(
        session,
        "assignment-file.refused" if refused else "assignment-file.assigned",
        "assignment_file",
        kept.id,
        by=by,
        at=at,
        details={"sha256": kept.sha256, **found.counts},
    )
    return kept


def _failed(found: DryRun) -> list[list[object]]:
    return [[one.row.line, dict(one.row.cells), one.said] for one in found.failed]
