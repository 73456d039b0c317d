"""Verbs about mistakes in training records: propose the right values, and put a record with them in the old one's place.

The old record stays as it was and is no longer counted; the new one names it and says why.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions import services as decisions
from app.decisions.queries import approved_by
from app.decisions.rules import DecisionKind
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct, constraint_says
from app.learning.models import (
    Assignment,
    Confirmed,
    ProposalState,
    RecordConfirmation,
    RecordCorrection,
    TrainingRecord,
)
from app.learning.queries.records import successor_of
from app.partners.models import Partner

constraint_says(
    "uq_training_record_supersedes_id",
    "Somebody corrected this record a moment ago. Look at the record that stands now; nothing was changed.",
)

LABELS = {"person_name": "Name", "passed_on": "Completed on", "valid_until": "Valid until"}
"""What can be corrected. Score, answers and text are what they were; a wrong key is mended by a regrade."""

LONGEST_NAME = 200


def propose_correction(
    session: Session,
    record: TrainingRecord,
    changes: Mapping[str, str | date | None],
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> RecordCorrection:
    """Put before a second person what a record should say. `changes` maps names of `LABELS` to right values; None: does not lapse."""
    act = RefusedAct("record-correction.proposed", "training_record", str(record.id), record.partner_id)
    decisions.require(Permission.RECORD_CORRECT, by=by, act=act)
    if successor_of(session, record.id) is not None:
        raise Conflict("This record was corrected already. Correct the record that stands now.")
    if not reason.strip():
        raise DomainError("Say what was wrong, in a sentence that a later auditor will read.", field="reason")
    kept = _checked(session, record, changes, at=at)
    if by.person_id is None:
        raise DomainError("A correction is proposed by a person.")
    correction = RecordCorrection(
        record_id=record.id, changes=kept, reason=reason.strip(), proposed_by_id=by.person_id, proposed_at=at
    )
    session.add(correction)
    session.flush()
    audit.record(
        session,
        "record-correction.proposed",
        "training_record",
        record.id,
        by=by,
        at=at,
        partner_id=record.partner_id,
        reason=correction.reason,
        details={"correction": correction.id, "fields": sorted(kept)},
    )
    decisions.propose(
        session,
        DecisionKind.RECORD_CORRECTION,
        correction.id,
        label=f"Training record {record.id} of {record.person_name}",
        content=correction_content(session, correction.id),
        partner_id=record.partner_id,
        reason=reason,
        by=by,
        at=at,
    )
    return correction


def _checked(
    session: Session, record: TrainingRecord, changes: Mapping[str, str | date | None], *, at: datetime
) -> dict[str, Any]:
    """The changes that are changes, as plain values."""
    strange = set(changes) - set(LABELS)
    if strange:
        raise DomainError(f"This can't be corrected: {', '.join(sorted(strange))}.")
    right = {**{name: getattr(record, name) for name in LABELS}, **changes}
    name, passed_on, valid_until = right["person_name"], right["passed_on"], right["valid_until"]
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        raise DomainError(f"Enter the name as it should read, up to {LONGEST_NAME} characters.", field="person_name")
    right["person_name"] = " ".join(name.split())
    if not isinstance(passed_on, date):
        raise DomainError("Enter the day of completion, for example 2026-03-27.", field="passed_on")
    if passed_on > day_in(session.get_one(Partner, record.partner_id).time_zone, at):
        raise DomainError("The course can't have been completed on a day that is still to come.", field="passed_on")
    if valid_until is not None and valid_until < passed_on:
        raise DomainError("The last valid day comes after the day of completion.", field="valid_until")
    kept = {name: _plain(value) for name, value in right.items() if value != getattr(record, name)}
    if not kept:
        raise DomainError("Nothing is different from the record as it stands. Change what is wrong.")
    waiting = session.scalar(
        select(RecordCorrection.id).where(
            RecordCorrection.record_id == record.id, RecordCorrection.state == ProposalState.PROPOSED
        )
    )
    if waiting is not None:
        raise Conflict("A correction of this record waits for its decision already. Nothing was added.")
    return kept


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, kept: Any) -> Any:
    return date.fromisoformat(kept) if name != "person_name" and kept is not None else kept


def correction_content(session: Session, correction_id: int) -> dict[str, Any]:
    """What a correction is judged by: the record as it stands, and each change with before and after."""
    correction = session.get(RecordCorrection, correction_id)
    if correction is None:
        raise NotFound
    record = session.get_one(TrainingRecord, correction.record_id)
    never = "It does not lapse"
    return {
        "record": f"Training record {record.id}",
        "person": record.person_name,
        "course": f"{record.course_title}, version {record.course_version}",
        "completed_on": record.passed_on,
        "changes": [
            {
                "field": LABELS[name],
                "from": _plain(getattr(record, name)) or never,
                "to": correction.changes[name] or never,
            }
            for name in LABELS
            if name in correction.changes
        ],
        "superseded_by": successor_of(session, record.id),
    }


def apply_correction(session: Session, correction_id: int, *, by: Actor, at: datetime) -> TrainingRecord:
    """Make the record that supersedes, after a second person approved it. What the old record satisfied, the new one does."""
    correction = session.get_one(RecordCorrection, correction_id, with_for_update=True)
    old = session.get_one(TrainingRecord, correction.record_id)
    act = RefusedAct("training-record.corrected", "training_record", str(old.id), old.partner_id)
    if approved_by(session, DecisionKind.RECORD_CORRECTION, correction_id, by=by) is None:
        raise Refused("A record is corrected by approving the correction under Decisions.", act, by=by)
    if correction.state is not ProposalState.PROPOSED:
        raise Conflict(f"This correction is already {correction.state.value}. Nothing was changed.")
    values = {column.key: getattr(old, column.key) for column in inspect(TrainingRecord).column_attrs}
    values.update({name: _value(name, kept) for name, kept in correction.changes.items()})
    del values["id"]
    confirmed = session.get(RecordConfirmation, old.id)
    values.update(
        supersedes_id=old.id,
        correction_reason=correction.reason,
        # A completion that compliance has confirmed stays so: two of its people agreed on the correction.
        needs_confirmation=old.needs_confirmation
        and (confirmed is None or confirmed.outcome is not Confirmed.CONFIRMED),
    )
    record = TrainingRecord(**values)
    session.add(record)
    correction.state = ProposalState.ACCEPTED
    session.flush()
    session.execute(
        update(Assignment)
        .where(Assignment.satisfied_by_record_id == old.id)
        .values(satisfied_by_record_id=record.id)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(
        session,
        "training-record.corrected",
        "training_record",
        record.id,
        by=by,
        at=at,
        partner_id=record.partner_id,
        reason=correction.reason,
        details={
            "supersedes": old.id,
            "old": {name: _plain(getattr(old, name)) for name in correction.changes},
            "new": dict(correction.changes),
        },
    )
    return record


def reject_correction(session: Session, correction_id: int, *, by: Actor, at: datetime) -> None:
    correction = session.get_one(RecordCorrection, correction_id, with_for_update=True)
    if correction.state is not ProposalState.PROPOSED:
        raise Conflict(f"This correction is already {correction.state.value}. Nothing was changed.")
    correction.state = ProposalState.REJECTED
    session.flush()
    record = session.get_one(TrainingRecord, correction.record_id)
    audit.record(
        session,
        "record-correction.rejected",
        "training_record",
        record.id,
        by=by,
        at=at,
        partner_id=record.partner_id,
        details={"correction": correction.id},
    )
