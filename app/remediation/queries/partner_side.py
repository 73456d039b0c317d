"""What the partner sees: its steps in few words, and the one thing to do next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.remediation.models import (
    CaseState,
    DeadlineKind,
    EngagementSession,
    EvidenceRevision,
    Notice,
    NoticeState,
    PlanStep,
    RemediationCase,
    ReviewState,
    SessionState,
    StepKind,
    StepState,
)
from app.remediation.queries.coverage import coverages_of
from app.remediation.queries.loading import shows_steps, visible
from app.remediation.queries.parts import deadlines, notices_of, revisions, sessions_of, steps
from app.remediation.rules.case_states import CLOSED, WORKING
from app.remediation.rules.coverage import Coverage
from app.remediation.rules.partner_view import Doable, next_for_contact, next_for_executive
from app.remediation.rules.step_states import DONE, TONES, Word, word_for


@dataclass(frozen=True)
class StepView:
    """A step with everything that its line in a list says."""

    step: PlanStep
    word: Word
    hint: str
    coverage: Coverage | None = None
    revision: EvidenceRevision | None = None
    meeting: EngagementSession | None = None

    @property
    def tone(self) -> str:
        return TONES[self.word]

    @property
    def is_done(self) -> bool:
        return self.step.state in DONE

    @property
    def doable(self) -> Doable:
        return Doable(
            self.step.id,
            self.step.position,
            self.step.kind,
            self.step.state,
            self.step.current_due_on,
            is_others_turn=bool(self.coverage and self.coverage.total),
            minutes_wait=bool(
                self.meeting and self.meeting.state is SessionState.HELD and self.meeting.objection is None
            ),
        )


def step_views(session: Session, case: RemediationCase, *, at: datetime) -> list[StepView]:
    """The steps of the accepted plan, in order."""
    found = steps(session, case.id)
    ids = [step.id for step in found]
    newest: dict[int, EvidenceRevision] = {}
    for revision in revisions(session, ids):
        newest.setdefault(revision.step_id, revision)
    meetings: dict[int, EngagementSession] = {}
    for meeting in sessions_of(session, ids):
        if meeting.state is not SessionState.CANCELLED:
            meetings.setdefault(meeting.step_id, meeting)
    others_done = all(step.state in DONE for step in found if step.kind is not StepKind.ATTESTATION)
    coverages = coverages_of(session, case, [step for step in found if step.kind.is_computed], at=at)
    views = []
    for step in found:
        may_start = case.state in WORKING and (step.kind is not StepKind.ATTESTATION or others_done)
        counted = coverages.get(step.id)
        current = meetings.get(step.id)
        waits = step.kind is StepKind.ENGAGEMENT and (current is None or current.state is SessionState.CONFIRMED)
        word = word_for(step.kind, step.state, may_start=may_start, waits_for_vendor=waits)
        if current and current.objection is not None:
            word = Word.WAITING
        views.append(
            StepView(
                step,
                word,
                _hint(step, counted, newest.get(step.id), current),
                counted,
                newest.get(step.id),
                current,
            )
        )
    return views


def _hint(
    step: PlanStep, counted: Coverage | None, revision: EvidenceRevision | None, meeting: EngagementSession | None
) -> str:
    """At most a sentence under the title: what is left, or what happens now."""
    if counted is not None:
        if not counted.total:
            return "Nobody is on your roster yet."
        text = f"{counted.satisfied} of {counted.total} done"
        left = counted.left
        if left:
            names = ", ".join(left[:2]) + (f" and {len(left) - 2} more" if len(left) > 2 else "")
            text += f"; left: {names}"
        return text
    if step.kind is StepKind.ATTESTATION:
        return "" if step.state is StepState.ACCEPTED else "Opens when all other steps are done."
    if step.kind is StepKind.ENGAGEMENT:
        if step.state in DONE:
            return ""
        if meeting is None:
            return "We send you an invitation."
        if meeting.state is SessionState.PLANNED:
            return "A meeting is planned."
        if meeting.objection is not None:
            return "We write the minutes anew."
        return "The minutes wait for you to confirm them." if meeting.state is SessionState.HELD else ""
    if revision is not None and revision.replaced_at is None:
        if revision.review is ReviewState.WAITING and step.state is StepState.SUBMITTED:
            return f"Revision {revision.number} is with us for review."
        if revision.review is ReviewState.RETURNED and step.state not in DONE:
            return "We sent it back and say what is missing."
    return ""


@dataclass(frozen=True)
class NextAction:
    """The one button: its words, where it leads (endpoint and values for `url_for`), what it is about, and by when."""

    title: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    due_on: date | None = None


def next_action(
    session: Session, case: RemediationCase, *, by: Actor, at: datetime, views: Sequence[StepView] | None = None
) -> NextAction | None:
    """What this person does next on this case; None where it is others' turn."""
    if case.state in CLOSED:
        return None
    unread = _unread(session, case) if by.may(Permission.NOTICE_ACKNOWLEDGE) else None
    if unread is not None:
        due = deadlines(session, case.id).get(DeadlineKind.ACKNOWLEDGE)
        return NextAction(
            "Read the notice",
            "remediation.notice",
            {"notice_id": unread.id},
            f"Case {case.number}: why you got it, what to do, by when.",
            due.current_due_on if due and case.state is CaseState.NOTIFIED else None,
        )
    if case.state not in WORKING or not shows_steps(case, by):
        return None
    if views is None:
        views = step_views(session, case, at=at)
    chosen = next_for_executive([view.doable for view in views], case.state) if _signs(by) else None
    if chosen is not None:
        return NextAction(
            "Sign for the completion",
            "remediation.attestation",
            {"number": case.number},
            f"Case {case.number}: read what was handed in, then sign.",
            chosen.current_due_on,
        )
    if by.may(Permission.EVIDENCE_SUBMIT):
        chosen = next_for_contact([view.doable for view in views])
    if chosen is None:
        return None
    view = next(one for one in views if one.step.id == chosen.step_id)
    return NextAction(
        f"Continue: {view.step.title}",
        "remediation.step",
        {"number": case.number, "step_id": view.step.id},
        view.hint,
        view.step.current_due_on,
    )


def _signs(by: Actor) -> bool:
    return by.may(Permission.ATTESTATION_SIGN)


def _unread(session: Session, case: RemediationCase) -> Notice | None:
    """The newest served notice, if it was not acknowledged."""
    served = next((one for one in notices_of(session, case.id) if one.state is NoticeState.SERVED), None)
    return served if served is not None and served.acknowledged_at is None else None


def own_cases(session: Session, *, by: Actor) -> Sequence[RemediationCase]:
    """The cases that a partner's person may know of: open ones first, then the newest."""
    found = session.scalars(select(RemediationCase).where(visible(by)).order_by(RemediationCase.id.desc())).all()
    return sorted(found, key=lambda case: case.state in CLOSED)


def continue_for(session: Session, by: Actor, *, at: datetime) -> NextAction | None:
    """The one next action of a partner's person over all its cases, for the home page."""
    if by.partner_id is None or not by.may(Permission.CASE_READ):
        return None
    for case in own_cases(session, by=by):
        found = next_action(session, case, by=by, at=at)
        if found is not None:
            return found
    return None
