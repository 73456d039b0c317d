"""Two people who mend what is wrong: Avery proposes and Mei approves regrades, Sam proposes and Priya approves the rest."""

from datetime import date

from sqlalchemy import select

from app.courses.models import CourseVersion
from app.decisions.queries import of_subject
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning import services
from app.learning.models import Regrade, RegradeRule, TrainingRecord
from app.learning.services.equivalents import Elsewhere, StoredEvidence
from app.outcomes import decisions, records

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"


class Mending:
    def __init__(self, school, app):
        self.app = app
        self.school, self.world, self.in_transaction = school, school.world, school.in_transaction
        self.avery, self.mei = school.catalogue.author, school.catalogue.publisher
        self.sam, self.priya = self.world.analyst("Sam"), self.world.approver("Priya")

    def decide(self, kind, subject_id, by, *, approve=True, reason="Looked at."):
        with self.in_transaction() as session:
            decision = of_subject(session, kind, subject_id)[0]
            decisions.decide(session, decision.id, approve=approve, reason=reason, by=by, at=now())

    # Regrades

    def propose(self, version, question, rule, *, key=None, by=None) -> Regrade:
        with self.in_transaction() as session:
            return services.propose_regrade(
                session,
                session.get_one(CourseVersion, version.id),
                question,
                rule,
                key_version_id=key.id if key else None,
                reason="The key was wrong.",
                by=by or self.avery,
                at=now(),
            )

    def regrade(self, version, question, rule=RegradeRule.LEAVE_OUT, *, key=None) -> Regrade:
        """Proposed, approved, and carried out by what the worker calls."""
        made = self.propose(version, question, rule, key=key)
        self.decide(DecisionKind.REGRADE, made.id, self.mei)
        self.carry_out(made)
        return made

    def carry_out(self, regrade) -> int:
        done, rounds = 0, 0
        with self.app.app_context():
            while marked := records.mark_again(regrade.id, round_number=rounds, at=now()):
                done, rounds = done + marked, rounds + 1
        return done

    # Records

    def correct(self, record, **changes) -> TrainingRecord:
        """Proposed and approved; the record that stands."""
        made = self.propose_correction(record, **changes)
        self.decide(DecisionKind.RECORD_CORRECTION, made.id, self.world.actor(self.priya))
        with self.in_transaction() as session:
            return session.scalars(select(TrainingRecord).where(TrainingRecord.supersedes_id == record.id)).one()

    def propose_correction(self, record, *, by=None, **changes):
        with self.in_transaction() as session:
            return services.propose_correction(
                session,
                session.get_one(TrainingRecord, record.id),
                changes,
                reason="The name was misspelt.",
                by=by or self.world.actor(self.sam),
                at=now(),
            )

    # Outside training

    def propose_elsewhere(self, assignment, *, by=None, **changed):
        done = {
            "title": "Anti-bribery for sales",
            "provider": "Blue School",
            "completed_on": date(2026, 2, 2),
            "valid_until": date(2027, 2, 1),
            **changed,
        }
        with self.in_transaction() as session:
            return services.propose_equivalent(
                session,
                session.merge(assignment),
                Elsewhere(**done),
                StoredEvidence("certificate.pdf", "application/pdf", "a" * 64, 1234),
                reason="It covers every lesson.",
                by=by or self.world.actor(self.sam),
                at=now(),
            )

    def accept_elsewhere(self, assignment, **changed):
        found = self.propose_elsewhere(assignment, **changed)
        self.decide(DecisionKind.EQUIVALENT_TRAINING, found.id, self.world.actor(self.priya))
        return found
