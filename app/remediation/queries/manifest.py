"""Everything that a determination judges, as plain values that give the same digest until something changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.canonical import digest
from app.kernel.clock import day_in
from app.remediation.models import (
    EngagementSession,
    EvidenceFile,
    EvidenceRevision,
    NoticeState,
    PlanStep,
    RemediationCase,
    SessionState,
    StepKind,
    StepState,
)
from app.remediation.queries.coverage import coverage_of
from app.remediation.queries.loading import parties
from app.remediation.queries.parts import (
    accepted_plan,
    files_of,
    infractions_of,
    notices_of,
    revisions,
    sessions_of,
    step_transitions,
    steps,
)
from app.remediation.rules.step_states import DONE

FORMAT = "good-standing-evidence-manifest/1"


def manifest_content(session: Session, case: RemediationCase, *, at: datetime) -> dict[str, Any]:
    """What stands: every step but the attestation, with its newest evidence by digest, its coverage by name, its meeting.

    No time of asking is in it: asked again on another day with nothing changed, it is the same.
    """
    partner, program = parties(session, case)
    plan = accepted_plan(session, case.id)
    work = [step for step in steps(session, case.id) if step.kind is not StepKind.ATTESTATION]
    ids = [step.id for step in work]
    newest: dict[int, EvidenceRevision] = {}
    for revision in revisions(session, ids):
        newest.setdefault(revision.step_id, revision)
    files: dict[int, list[EvidenceFile]] = {}
    for file in files_of(session, [revision.id for revision in newest.values()]):
        files.setdefault(file.revision_id, []).append(file)
    meetings: dict[int, EngagementSession] = {}
    for meeting in sessions_of(session, ids):
        if meeting.state is SessionState.CONFIRMED:
            meetings.setdefault(meeting.step_id, meeting)
    done_at: dict[int, datetime] = {}
    for transition in step_transitions(session, ids):
        if transition.to_state in DONE:
            done_at[transition.step_id] = transition.at
    listed = []
    for step in work:
        line: dict[str, Any] = {
            "position": step.position,
            "kind": step.kind.value,
            "title": step.title,
            "state": step.state.value,
            "done_on": day_in(partner.time_zone, done_at[step.id]).isoformat() if step.state in DONE else None,
            "original_due_on": step.original_due_on.isoformat(),
            "current_due_on": step.current_due_on.isoformat(),
        }
        if step.id in newest:
            line["evidence"] = _evidence(newest[step.id], files.get(newest[step.id].id, []))
        if step.kind.is_computed:
            line["coverage"] = _coverage(session, case, step, at=at)
        if step.id in meetings:
            line["meeting"] = _meeting(meetings[step.id])
        listed.append(line)
    return {
        "format": FORMAT,
        "case": case.number,
        "partner": {"number": partner.number, "legal_name": partner.legal_name},
        "program": {"code": program.code, "name": program.name},
        "infractions": [infraction.id for infraction in infractions_of(session, case.id)],
        "notices": [
            {"version": notice.version, "served_on": notice.served_on.isoformat() if notice.served_on else None}
            for notice in notices_of(session, case.id)
            if notice.state is NoticeState.SERVED
        ],
        "plan_version": plan.version if plan else None,
        "steps": listed,
    }


def _evidence(revision: EvidenceRevision, files: list[EvidenceFile]) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "digest": revision.digest,
        "effective_on": revision.effective_on.isoformat(),
        "review": revision.review.value,
        "files": [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in files],
    }


def _coverage(session: Session, case: RemediationCase, step: PlanStep, *, at: datetime) -> dict[str, Any]:
    counted = coverage_of(session, case, step, at=at)
    return {
        "satisfied": counted.satisfied,
        "total": counted.total,
        "target_per_ten_thousand": counted.target,
        "people": [
            {"person": person.person_id, "name": person.name, "done": list(person.done), "left": list(person.left)}
            for person in sorted(counted.people, key=lambda one: one.person_id)
        ],
        "exceptions": [
            {"person": one.person_id, "name": one.name, "reason": one.reason, "waived": one.is_waived}
            for one in sorted(counted.exceptions, key=lambda one: one.person_id)
        ],
    }


def _meeting(meeting: EngagementSession) -> dict[str, Any]:
    return {
        "held_at": meeting.held_at.isoformat() if meeting.held_at else None,
        "attendees": list(meeting.attendees),
        "minutes_sha256": digest({"minutes": meeting.minutes, "follow_ups": list(meeting.follow_ups)}),
        "confirmed_by": meeting.confirmed_by_id,
        "confirmed_at": meeting.confirmed_at.isoformat() if meeting.confirmed_at else None,
    }


def step_line(step: Mapping[str, Any]) -> str:
    """One line of a manifest in words: `2. Train everybody: accepted 5 May 2026; 6 of 6 covered persons`."""
    parts = [str(step["state"]).replace("_", " ") + (f" {step['done_on']}" if step.get("done_on") else "")]
    if "coverage" in step:
        counted = step["coverage"]
        parts.append(f"{counted['satisfied']} of {counted['total']} covered persons")
        if counted["exceptions"]:
            parts.append("not counted: " + ", ".join(one["name"] for one in counted["exceptions"]))
    if "evidence" in step:
        evidence = step["evidence"]
        files = len(evidence["files"])
        parts.append(
            f"revision {evidence['revision']} ({files} file{'' if files == 1 else 's'}), digest {evidence['digest'][:12]}"
        )
    if "meeting" in step:
        parts.append(f"held {step['meeting']['held_at'][:10]}, minutes confirmed by the partner")
    return f"{step['position']}. {step['title']}: {'; '.join(parts)}"


def is_done(step: Mapping[str, Any]) -> bool:
    return StepState(step["state"]) in DONE
