"""What the demo world has none of: a regrade and outside training, both decided, so that nothing waits that did not wait."""

from datetime import timedelta

from sqlalchemy import select

from app.cli.demo.stage import Stage
from app.courses.models import Course, CourseVersion
from app.decisions.queries import of_subject
from app.decisions.rules import DecisionKind
from app.kernel.storage import Storage
from app.learning import services as learning
from app.learning.models import Assignment, RegradeRule
from app.learning.services.equivalents import Elsewhere, StoredEvidence
from app.outcomes import decisions
from tests.ground.papers import one_page


def mend(stage: Stage, slug: str, question_id: str) -> None:
    """A regrade of a course's question, and outside training in its place for the first person who has it; both rejected."""
    stored = Storage(stage.settings.data_folder / "files").put(one_page())
    with stage.act(stage.staff("author"), "proposes a regrade") as (session, by, at):
        course = session.scalars(select(Course).where(Course.slug == slug)).one()
        version = session.get_one(CourseVersion, course.current_version_id)
        regrade_id = learning.propose_regrade(
            session, version, question_id, RegradeRule.LEAVE_OUT, reason="The key is in doubt.", by=by, at=at
        ).id
    with stage.act(stage.staff("analyst"), "proposes outside training") as (session, by, at):
        assignment = session.scalars(
            select(Assignment).join(Course, Course.id == Assignment.course_id).where(Course.slug == slug)
        ).first()
        assert assignment is not None
        equivalent_id = learning.propose_equivalent(
            session,
            assignment,
            Elsewhere("Data protection", "Blue School", at.date() - timedelta(days=30), None),
            StoredEvidence("certificate.pdf", "application/pdf", stored.sha256, stored.size),
            reason="It covers the course.",
            by=by,
            at=at,
        ).id
    for kind, subject_id, who in (
        (DecisionKind.REGRADE, regrade_id, "publisher"),
        (DecisionKind.EQUIVALENT_TRAINING, equivalent_id, "approver"),
    ):
        with stage.act(stage.staff(who), "rejects it") as (session, by, at):
            decision = of_subject(session, kind, subject_id)[0]
            decisions.decide(session, decision.id, approve=False, reason="Not convincing.", by=by, at=at)
