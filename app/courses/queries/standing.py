"""Where each course stands, for those who write, judge or audit them: what is live, what is latest, why it was rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.courses.models import Course, CourseVersion, VersionState
from app.courses.queries.versions import sees_drafts
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.errors import NotFound

PAGE = 50


@dataclass(frozen=True)
class CourseLine:
    """A course with its live version (None: none) and its latest one; `reason` is why that was rejected or taken back."""

    slug: str
    title: str
    live: str | None
    published_at: datetime | None
    latest_id: int
    latest: str
    state: VersionState
    is_live: bool
    proposed_by_id: int
    decision_id: int | None
    reason: str | None

    @property
    def state_in_words(self) -> tuple[str, str]:
        """A tag's words and tone."""
        if self.is_live:
            return "Live", "success"
        return {
            VersionState.PROPOSED: ("Waiting", "info"),
            VersionState.REJECTED: ("Rejected", "danger"),
            VersionState.PUBLISHED: ("Published", "neutral"),
        }[self.state]


def course_lines(session: Session, *, after: str = "", by: Actor) -> tuple[Sequence[CourseLine], str | None]:
    """A page of courses by name, and the name after which the next page begins (None: there is none). One statement.

    NotFound for who sees no drafts.
    """
    if not sees_drafts(by):
        raise NotFound
    live, latest = aliased(CourseVersion), aliased(CourseVersion)
    newest = (
        select(func.max(CourseVersion.id))
        .where(CourseVersion.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )
    decided = (
        select(func.max(Decision.id))
        .where(Decision.kind == DecisionKind.COURSE_PUBLICATION, Decision.subject_id == latest.id)
        .correlate(latest)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Course.slug,
            Course.current_version_id,
            live.version.label("live"),
            live.published_at,
            latest.id,
            latest.title,
            latest.version,
            latest.state,
            latest.proposed_by_id,
            Decision.id.label("decision_id"),
            Decision.decision_reason,
        )
        .select_from(Course)
        .join(latest, latest.id == newest)
        .outerjoin(live, live.id == Course.current_version_id)
        .outerjoin(Decision, Decision.id == decided)
        .where(Course.slug > after)
        .order_by(Course.slug)
        .limit(PAGE + 1)
    ).all()
    lines = [
        CourseLine(
            row.slug,
            row.title,
            row.live,
            row.published_at,
            row.id,
            row.version,
            row.state,
            row.id == row.current_version_id,
            row.proposed_by_id,
            row.decision_id,
            row.decision_reason,
        )
        for row in rows[:PAGE]
    ]
    return lines, lines[-1].slug if len(rows) > PAGE else None
