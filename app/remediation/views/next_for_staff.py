"""What somebody inside can do next on a case: at most one thing is the main one, the rest stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.decisions.models import DecisionState
from app.decisions.queries import visible_kinds
from app.decisions.rules import DecisionKind, clash
from app.remediation import queries
from app.remediation.models import (
    CaseState,
    DeterminationState,
    NoticeState,
    PlanState,
    ReferralState,
    RemediationCase,
    ReviewState,
    SessionState,
    StepKind,
    StepState,
)
from app.remediation.queries import StepView
from app.remediation.rules.case_states import CLOSED, PLANNABLE, WORKING
from app.remediation.rules.step_states import OPEN
from app.remediation.views.room import newest_decision


@dataclass(frozen=True)
class Next:
    """A link, or (without a url) a sentence about what others do now. `main` is the one that comes first."""

    label: str
    url: str = ""
    hint: str = ""
    main: bool = False


def next_for_staff(session: Session, case: RemediationCase, views: Sequence[StepView], *, by: Actor) -> list[Next]:
    found = [
        *_waiting_decisions(session, case, by),
        *_notice_and_plan(session, case, by),
        *_work(case, views, by),
        *_completion(session, case, views, by),
    ]
    if by.may(Permission.HOLD_PROPOSE) and case.state not in CLOSED:
        found.append(
            Next("Propose a hold", url_for("incentives.new_hold", case=case.number), "Withhold incentive payments.")
        )
    if by.may(Permission.REFERRAL_PROPOSE) and case.state not in CLOSED and case.state is not CaseState.DRAFT:
        hint = "Refer it, return it to work, close or dismiss it: with a second person."
        found.append(Next("Change where the case leads", url_for("remediation.new_referral", number=case.number), hint))
    if by.may(Permission.CASE_ADVANCE) and case.state is CaseState.DRAFT:
        found.append(Next("Dismiss this draft", url_for("remediation.dismissal", number=case.number)))
    return found


def _waiting_decisions(session: Session, case: RemediationCase, by: Actor) -> list[Next]:
    """Proposals of this case that wait for their second person, or for their proposer once they are outdated."""
    determinations = [
        one for one in queries.determinations_of(session, case.id) if one.state is DeterminationState.PROPOSED
    ]
    manifest = queries.latest_manifest(session, case.id) if determinations else None
    outdated = {one.id for one in determinations if manifest is None or one.manifest_digest != manifest.digest}
    subjects = [
        *(
            (DecisionKind.NOTICE, one.id)
            for one in queries.notices_of(session, case.id)
            if one.state is NoticeState.PROPOSED
        ),
        *((DecisionKind.PLAN, one.id) for one in queries.plans_of(session, case.id) if one.state is PlanState.PROPOSED),
        *((DecisionKind.DETERMINATION, one.id) for one in determinations),
        *(
            (DecisionKind.REFERRAL, one.id)
            for one in queries.referrals_of(session, case.id)
            if one.state is ReferralState.PROPOSED
        ),
    ]
    found = []
    for kind, subject in subjects:
        decision = newest_decision(session, kind, subject)
        if decision is None or decision.state is not DecisionState.PROPOSED:
            continue
        if kind is DecisionKind.DETERMINATION and subject in outdated:
            page = url_for("remediation.determination", number=case.number, determination_id=subject)
            hint = "What was handed in has changed since. Nobody can approve it; its proposer takes it back."
            is_own = decision.proposed_by_id == by.person_id
            found.append(
                Next(
                    "Take the outdated determination back" if is_own else "The determination is outdated",
                    page,
                    hint,
                    main=is_own,
                )
            )
            continue
        url = url_for("outcomes.decision", decision_id=decision.id) if kind in visible_kinds(by) else ""
        what = kind.value.replace("_", " ")
        apart = clash(by.person_id, {"proposed it": decision.proposed_by_id, **decision.took_part})
        if by.may(Permission.COMPLIANCE_DECIDE) and apart is None:
            found.append(Next(f"Decide on the {what}", url, "A colleague proposed it.", main=True))
        else:
            found.append(Next(f"The {what} waits for its approver", url, "It takes a second person."))
    return found


def _notice_and_plan(session: Session, case: RemediationCase, by: Actor) -> list[Next]:
    notices, plans = queries.notices_of(session, case.id), queries.plans_of(session, case.id)
    found = []
    if by.may(Permission.NOTICE_PROPOSE) and case.state not in CLOSED:
        open_one = any(_is_open(session, DecisionKind.NOTICE, one.id) for one in notices)
        url = url_for("remediation.new_notice", number=case.number)
        if not open_one and case.state is CaseState.DRAFT:
            found.append(Next("Write the notice", url, "The partner learns of the case from it.", main=True))
        elif not open_one:
            joined = queries.infractions_of(session, case.id)
            served = next((one for one in notices if one.state is NoticeState.SERVED), None)
            told = {ground["infraction"] for ground in served.grounds} if served else set()
            if {one.id for one in joined} - told:
                hint = "An infraction joined the case that the partner does not know of yet."
                found.append(Next("Write a new version of the notice", url, hint, main=True))
    if by.may(Permission.PLAN_PROPOSE) and case.state in PLANNABLE:
        url = url_for("remediation.new_plan", number=case.number)
        open_one = any(_is_open(session, DecisionKind.PLAN, one.id) for one in plans)
        accepted = any(one.state is PlanState.ACCEPTED for one in plans)
        if not open_one and not accepted:
            urgent = case.state in (CaseState.NOTIFIED, CaseState.PLANNING)
            found.append(Next("Propose a plan", url, "A template is filled in; change what you want.", main=urgent))
        elif not open_one:
            found.append(Next("Replace the plan", url, "Until work begins, a new version may replace it."))
    if case.state is CaseState.NOTIFIED:
        found.append(Next("The partner has the notice and has not acknowledged it yet"))
    return found


def _is_open(session: Session, kind: DecisionKind, subject_id: int) -> bool:
    decision = newest_decision(session, kind, subject_id)
    return decision is not None and decision.state is DecisionState.PROPOSED


def _work(case: RemediationCase, views: Sequence[StepView], by: Actor) -> list[Next]:
    if case.state not in WORKING:
        return []
    found = []
    for view in views:
        url = url_for("remediation.step", number=case.number, step_id=view.step.id)
        waits = view.revision is not None and view.revision.review is ReviewState.WAITING
        if waits and view.step.state is StepState.SUBMITTED and by.may(Permission.EVIDENCE_REVIEW):
            hint = f"Revision {view.revision.number} is waiting." if view.revision else ""
            found.append(Next(f"Review: {view.step.title}", url, hint, main=True))
        if view.step.kind is StepKind.ENGAGEMENT and by.may(Permission.SESSION_HOLD):
            meeting = view.meeting
            if view.step.state in OPEN and (meeting is None or meeting.state is SessionState.CONFIRMED):
                plan = url_for("remediation.new_session", number=case.number, step_id=view.step.id)
                found.append(Next("Plan the meeting", plan, view.step.title))
            elif meeting is not None and (meeting.state is SessionState.PLANNED or meeting.objection):
                page = url_for("remediation.engagement_session", session_id=meeting.id)
                found.append(Next("Write the minutes", page, view.step.title))
    return found


def _completion(session: Session, case: RemediationCase, views: Sequence[StepView], by: Actor) -> list[Next]:
    found = []
    if case.state is CaseState.COMPLETION_REVIEW:
        signed = any(v.step.kind is StepKind.ATTESTATION and v.step.state is StepState.ACCEPTED for v in views)
        open_one = any(
            _is_open(session, DecisionKind.DETERMINATION, one.id)
            for one in queries.determinations_of(session, case.id)
            if one.state is DeterminationState.PROPOSED
        )
        found.append(
            Next(
                "Read what was handed in",
                url_for("remediation.manifest", number=case.number),
                "The frozen evidence manifest.",
            )
        )
        if not signed:
            found.append(Next("The partner's executive has not signed for the completion yet"))
        if by.may(Permission.DETERMINATION_PROPOSE) and not open_one:
            url = url_for("remediation.new_determination", number=case.number)
            found.append(Next("Propose the determination", url, "An approver decides on it.", main=signed))
        if by.may(Permission.CASE_ADVANCE):
            url = url_for("remediation.new_return", number=case.number)
            found.append(Next("Send steps back", url, "Only the steps that you name are opened again."))
    elif case.state is CaseState.IN_REMEDIATION and by.may(Permission.DETERMINATION_PROPOSE):
        url = url_for("remediation.new_determination", number=case.number)
        found.append(Next("Propose that it was not completed", url, "Judges what there is; it takes an approver."))
    if case.state is CaseState.MONITORING and by.may(Permission.CASE_ADVANCE):
        url = url_for("remediation.closure", number=case.number)
        found.append(
            Next("Close the case", url, "When the monitoring is over and the conditions were kept.", main=True)
        )
    return found
