"""Verbs about batches: make one, carry it out piece by piece, take it back within a quarter of an hour.

Each piece is one transaction over at most `AT_ONCE` people. A small batch is one piece and made at once; a larger one goes
on in the worker, by an outbox row a piece. A piece that was carried out before changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.accounts import queries as accounts
from app.audit import services as audit
from app.courses.models import Course
from app.decisions.services import require
from app.kernel.clock import day_in
from app.kernel.database import Base, serialize
from app.kernel.errors import DomainError, NotFound, RefusedAct
from app.learning.models import Assignment, AssignmentBatch, AssignmentState, BatchKind, LeftOut, Origin
from app.learning.queries import candidates
from app.learning.queries.candidates import Candidate, CourseOffered
from app.learning.rules.batches import AT_ONCE, LONGEST_DAYS, Outcome, Plan, Who, can_be_undone, undo_ends
from app.learning.services.assignments import assign_courses
from app.outbox.services import enqueue, enqueue_all
from app.partners.models import Partner
from app.partners.queries import in_reach

KIND = "assignment_batch"
TAKEN_BACK = "Taken back by the representative shortly after it was assigned."


@dataclass(frozen=True)
class Source:
    """The file that a batch comes from: its name and the SHA-256 of its bytes."""

    name: str
    sha256: str


def make_batch(
    session: Session,
    plan: Plan,
    *,
    kind: BatchKind,
    title: str,
    wording: str = "",
    source: Source | None = None,
    by: Actor,
    at: datetime,
) -> AssignmentBatch:
    """Assign what a plan says: at once for up to `AT_ONCE` people, else by the worker, which is asked to.

    NotFound where a partner is out of reach; DomainError where nobody would get anything, or a day has passed already.
    """
    require(Permission.ASSIGNMENT_MAKE, by=by, act=RefusedAct("assignment-batch.made", "assignment_batch", "new"))
    if by.person_id is None:
        raise DomainError("A batch of assignments is made by a person.")
    if not title.strip():
        raise DomainError("Give it a name, by which you find it again.", field="title")
    # Batches take turns, so that two which mean the same people make one assignment each.
    serialize(session, "assigning")
    expected = len({line.person_id for line in plan.lines}) if plan.lines else _judged(session, plan, by=by, at=at)
    batch = AssignmentBatch(
        kind=kind,
        title=title.strip(),
        wording=wording.strip(),
        source_name=source.name if source else "",
        source_digest=source.sha256 if source else None,
        plan=plan.to_json(),
        outcome=Outcome(expected).to_json(),
        made_by_id=by.person_id,
        made_at=at,
    )
    session.add(batch)
    session.flush()
    partner_ids = set(plan.partner_ids) | {line.partner_id for line in plan.lines}
    audit.record(
        session,
        "assignment-batch.made",
        "assignment_batch",
        batch.id,
        by=by,
        at=at,
        partner_id=next(iter(partner_ids)) if len(partner_ids) == 1 else None,
        details={
            "kind": kind.value,
            "people": expected,
            "partners": len(partner_ids),
            "courses": sorted(set(plan.course_ids) | {line.course_id for line in plan.lines}),
            **({"sha256": source.sha256} if source else {}),
        },
    )
    if expected <= AT_ONCE:
        carry_on(session, batch.id, 0, by=by, at=at)
    else:
        _ask_for_piece(session, batch.id, 0, at=at)
    return batch


def judge(session: Session, plan: Plan, *, by: Actor, at: datetime) -> list[CourseOffered]:
    """The plan's courses, if all of the plan may be done: partners in reach, courses published, days not past. Raises."""
    if not plan.partner_ids:
        raise DomainError("Choose at least one partner.", field="partners")
    reached = session.scalars(
        select(Partner.id).where(Partner.id.in_(plan.partner_ids), in_reach(by, Partner.id))
    ).all()
    if set(reached) != set(plan.partner_ids):
        raise NotFound
    if not plan.course_ids:
        raise DomainError("Choose at least one course.", field="courses")
    if plan.who is Who.PEOPLE and not plan.person_ids:
        raise DomainError("Choose at least one person.", field="people")
    if plan.who is Who.CATEGORIES and not plan.categories:
        raise DomainError("Choose at least one category.", field="categories")
    courses = candidates.offered(session, plan.course_ids)
    if len(courses) != len(set(plan.course_ids)):
        raise DomainError("One of these courses has no published version to take any more.", field="courses")
    _judge_days(plan, courses, candidates.zones(session, plan.partner_ids), at=at)
    return courses


def _judge_days(plan: Plan, courses: Sequence[CourseOffered], zones: Iterable[str], *, at: datetime) -> None:
    if plan.due.days is not None and not 0 <= plan.due.days <= LONGEST_DAYS:
        raise DomainError(f"Enter a number of days from 0 to {LONGEST_DAYS}.", field="due_days")
    for course in courses:
        for zone in zones:
            due_on = plan.due.day(course.due_days, zone, made_at=at)
            if due_on is None:
                raise DomainError(
                    f"“{course.title}” does not say how long it may take. Choose a day, or a number of days.",
                    field="due",
                )
            if due_on < day_in(zone, at):
                raise DomainError("The due date has passed already. Choose today or a later day.", field="due_on")


def _judged(session: Session, plan: Plan, *, by: Actor, at: datetime) -> int:
    """How many people are meant. DomainError where nobody is, or nobody needs any of it."""
    courses = judge(session, plan, by=by, at=at)
    expected = candidates.number_meant(session, plan, by=by)
    if plan.who is Who.PEOPLE and expected != len(set(plan.person_ids)):
        raise NotFound
    if not expected:
        raise DomainError("Nobody is meant by this choice, so nothing would be assigned. Choose others.")
    if not any(one.given for one in candidates.counted(session, plan, courses, by=by, at=at)):
        raise DomainError("Everybody has these courses already, or has completed them. Nothing was changed.")
    return expected


def _ask_for_piece(session: Session, batch_id: int, piece: int, *, at: datetime) -> None:
    enqueue(session, KIND, f"{KIND}:{batch_id}:{piece}", {"batch": batch_id, "piece": piece}, at=at)


def carry_on(session: Session, batch_id: int, piece: int, *, by: Actor | None = None, at: datetime) -> None:
    """Make the assignments of the next people of a batch, and ask for the piece after it. One that was done changes nothing.

    In the worker (without `by`) the maker's reach and permission are asked for again: what they lost meanwhile they assign
    no more.
    """
    serialize(session, "assigning")
    batch = _locked(session, batch_id)
    outcome = Outcome.from_json(batch.outcome)
    if outcome.pieces != piece or batch.finished_at is not None:
        return
    by = by or _maker(session, batch)
    if batch.undone_at is not None or by is None:
        why = "It was taken back meanwhile." if batch.undone_at else "Its maker may not assign courses any more."
        batch.outcome = replace(outcome, stopped=why).to_json()
        batch.finished_at = at
        session.flush()
        return
    plan = Plan.from_json(batch.plan)
    people = _next_people(session, plan, outcome.place, by=by)
    made, left_out = _Piece(session, batch, plan, by=by, at=at).carried_out(people)
    batch.outcome = replace(
        outcome,
        seen=outcome.seen + len(people),
        made=outcome.made + made,
        left_out=outcome.left_out + left_out,
        place=(people[-1].partner_id, people[-1].person_id) if people else outcome.place,
        pieces=piece + 1,
    ).to_json()
    if len(people) < AT_ONCE:
        batch.finished_at = at
    else:
        _ask_for_piece(session, batch.id, piece + 1, at=at)
    session.flush()


def _locked(session: Session, batch_id: int) -> AssignmentBatch:
    batch = session.get(AssignmentBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound
    return batch


def _maker(session: Session, batch: AssignmentBatch) -> Actor | None:
    """Who made the batch, with the roles they hold now; None where they may not assign any more."""
    try:
        found = accounts.actor_of(session, batch.made_by_id, via="worker")
    except NotFound:
        return None
    return found if found.may(Permission.ASSIGNMENT_MAKE) else None


def _next_people(session: Session, plan: Plan, place: tuple[int, int], *, by: Actor) -> list[Candidate]:
    if not plan.lines:
        return candidates.meant_after(session, plan, place, by=by, limit=AT_ONCE)
    rest = sorted({(one.partner_id, one.person_id) for one in plan.lines if (one.partner_id, one.person_id) > place})
    return [Candidate(person_id, partner_id) for partner_id, person_id in rest[:AT_ONCE]]


class _Piece:
    """One piece of a batch: people by partner, course and day; what is made of it; one message a person."""

    def __init__(self, session: Session, batch: AssignmentBatch, plan: Plan, *, by: Actor, at: datetime) -> None:
        self.session, self.batch, self.plan, self.by, self.at = session, batch, plan, by, at
        self.made: dict[int, list[int]] = defaultdict(list)
        self.left_out: list[dict[str, int | str]] = []

    def carried_out(self, people: Sequence[Candidate]) -> tuple[int, int]:
        """How many assignments were made, and how many were not."""
        zones = self._zones({one.partner_id for one in people})
        for (partner_id, due_on, course_ids), person_ids in self._orders(people, zones).items():
            if due_on < day_in(zones[partner_id], self.at):
                self._leave_out(
                    partner_id, course_ids, [(one, "the due day passed before it was assigned") for one in person_ids]
                )
            else:
                self._assign(partner_id, due_on, course_ids, person_ids)
        if self.left_out:
            self.session.execute(insert(Base.metadata.tables[LeftOut.__tablename__]), self.left_out)
        enqueue_all(
            self.session,
            "course_assigned",
            {
                f"course_assigned:{ids[0]}": {"person_id": person_id, "assignment_ids": ids}
                for person_id, ids in self.made.items()
            },
            at=self.at,
            due_at=max(self.at, undo_ends(self.batch.made_at)),
        )
        return sum(map(len, self.made.values())), len(self.left_out)

    def _zones(self, partner_ids: set[int]) -> dict[int, str]:
        """Time zones by partner, of those who are still in reach."""
        rows = self.session.execute(
            select(Partner.id, Partner.time_zone).where(Partner.id.in_(partner_ids), in_reach(self.by, Partner.id))
        )
        return {row.id: row.time_zone for row in rows}

    def _orders(
        self, people: Sequence[Candidate], zones: dict[int, str]
    ) -> dict[tuple[int, date, tuple[int, ...]], list[int]]:
        """People who get the same courses by the same day at the same partner."""
        orders: dict[tuple[int, date, tuple[int, ...]], list[int]] = defaultdict(list)
        if self.plan.lines:
            wanted = {(one.partner_id, one.person_id) for one in people}
            for line in self.plan.lines:
                if (line.partner_id, line.person_id) in wanted and line.partner_id in zones:
                    orders[line.partner_id, line.due_on, (line.course_id,)].append(line.person_id)
            return orders
        courses = candidates.offered(self.session, self.plan.course_ids)
        by_day: dict[int, dict[date, tuple[int, ...]]] = {}
        for partner_id, zone in zones.items():
            days: dict[date, tuple[int, ...]] = {}
            for course in courses:
                due_on = self.plan.due.day(course.due_days, zone, made_at=self.batch.made_at)
                if due_on is not None:
                    days[due_on] = (*days.get(due_on, ()), course.id)
            by_day[partner_id] = days
        for one in people:
            for due_on, course_ids in by_day.get(one.partner_id, {}).items():
                orders[one.partner_id, due_on, course_ids].append(one.person_id)
        return orders

    def _assign(self, partner_id: int, due_on: date, course_ids: tuple[int, ...], person_ids: Sequence[int]) -> None:
        done = assign_courses(
            self.session,
            person_ids,
            [self.session.get_one(Course, course_id) for course_id in course_ids],
            origin=Origin.CAMPAIGN if self.batch.kind is BatchKind.CAMPAIGN else Origin.REPRESENTATIVE,
            due_on=due_on,
            partner_id=partner_id,
            batch_id=self.batch.id,
            by=self.by,
            at=self.at,
        )
        for course_id, assigned in done.items():
            for assignment in assigned.made:
                self.made[assignment.person_id].append(assignment.id)
            self._leave_out(partner_id, (course_id,), assigned.skipped)

    def _leave_out(self, partner_id: int, course_ids: Sequence[int], reasons: Iterable[tuple[int, str]]) -> None:
        self.left_out += [
            {
                "batch_id": self.batch.id,
                "person_id": person_id,
                "partner_id": partner_id,
                "course_id": course_id,
                "reason": reason,
            }
            for course_id in course_ids
            for person_id, reason in reasons
        ]


def undo_batch(session: Session, batch_id: int, *, by: Actor, at: datetime) -> AssignmentBatch:
    """Take back every assignment of one's own batch that nobody has begun; those that were begun stay. Twice is once.

    Only within `UNDO` of its making; nobody was told by mail until then. NotFound for the batch of somebody else.
    """
    act = RefusedAct("assignment-batch.undone", "assignment_batch", str(batch_id))
    require(Permission.ASSIGNMENT_MAKE, by=by, act=act)
    batch = session.get(AssignmentBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None or batch.made_by_id != by.person_id:
        raise NotFound
    if batch.undone_at is not None:
        return batch
    if not can_be_undone(batch.made_at, at=at):
        raise DomainError(
            "The 15 minutes in which this could be taken back are over, and its people have been told. "
            "Open a single assignment to cancel it, with a reason."
        )
    batch.undone_at, batch.undone_by_id = at, by.person_id
    session.flush()
    audit.record(
        session,
        "assignment-batch.undone",
        "assignment_batch",
        batch.id,
        by=by,
        at=at,
        details={"made": Outcome.from_json(batch.outcome).made},
    )
    take_back(session, batch, by=by, at=at)
    return batch


def go_on_taking_back(session: Session, batch_id: int, *, at: datetime) -> None:
    """The next piece of an undone batch."""
    batch = _locked(session, batch_id)
    if batch.undone_at is not None:
        take_back(session, batch, by=_maker(session, batch) or PORTAL, at=at)


def take_back(session: Session, batch: AssignmentBatch, *, by: Actor, at: datetime) -> None:
    """Cancel the next `AT_ONCE` assignments of the batch that nobody has begun, and ask the worker for the rest."""
    rows = session.execute(
        select(Assignment.id, Assignment.partner_id)
        .where(
            Assignment.batch_id == batch.id,
            Assignment.state == AssignmentState.ASSIGNED,
        )
        .order_by(Assignment.id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    session.execute(
        update(Assignment)
        .where(Assignment.id.in_([row.id for row in rows]), Assignment.state == AssignmentState.ASSIGNED)
        .values(
            state=AssignmentState.CANCELLED, closed_at=at, closed_by_id=batch.undone_by_id, closed_reason=TAKEN_BACK
        )
        .execution_options(synchronize_session="fetch")
    )
    for row in rows:
        audit.record(
            session,
            "assignment.cancelled",
            "assignment",
            row.id,
            by=by,
            at=at,
            partner_id=row.partner_id,
            reason=TAKEN_BACK,
            details={"old": "assigned", "new": "cancelled", "batch": batch.id},
        )
    outcome = Outcome.from_json(batch.outcome)
    more = len(rows) == AT_ONCE
    taken_back = outcome.taken_back + len(rows)
    batch.outcome = replace(outcome, taken_back=taken_back, taking_back=more).to_json()
    session.flush()
    if more:
        enqueue(session, KIND, f"{KIND}:{batch.id}:back:{taken_back}", {"batch": batch.id, "back": True}, at=at)
