"""What every act of a company's story needs."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.cast import STAFF, Company, Player
from app.cli.demo.stage import Stage, partner_of
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.clock import day_in, now
from app.kernel.errors import Refused
from app.outcomes import decisions
from app.outcomes.training import Outcomes
from app.remediation import queries
from app.remediation.models import (
    PlanStep,
    RemediationCase,
    StepKind,
)
from app.transactions import reading


class Act:
    """What every act needs: the company, its case, who is who, and how a decision is made or refused."""

    def __init__(self, stage: Stage, company: Company) -> None:
        self.stage = stage
        self.company = company
        self.outcomes = Outcomes()
        self.case_number = ""

    # Small questions

    def case_of(self, session: Session) -> RemediationCase:
        return session.scalars(select(RemediationCase).where(RemediationCase.number == self.case_number)).one()

    def step(self, session: Session, kind: StepKind) -> PlanStep:
        return next(step for step in queries.steps(session, self.case_of(session).id) if step.kind is kind)

    def staff(self, key: str) -> Player:
        return STAFF[key]

    def today(self) -> date:
        return day_in(self.company.time_zone, now())

    def decide(self, kind: DecisionKind, what: str, *, by: Player | None = None) -> None:
        """The approver approves the open proposal of a kind about this company."""
        approver = by or self.staff("finance_approver" if kind is DecisionKind.RELEASE_ORDER else "approver")
        session = reading()
        decision_id = session.scalars(
            select(Decision.id).where(
                Decision.kind == kind,
                Decision.state == DecisionState.PROPOSED,
                Decision.partner_id == partner_of(session, self.company.number).id,
            )
        ).one()
        at = now()
        prepared = decisions.prepare(
            session, decision_id, by=self.stage.actor(approver), at=at, settings=self.stage.settings
        )
        with self.stage.act(approver, what) as (session, actor, _):
            decisions.decide(
                session,
                decision_id,
                approve=True,
                reason="Judged on what is shown.",
                by=actor,
                at=at,
                prepared=prepared,
            )

    def expect_refusal(self, who: Player, kind: DecisionKind, what: str, *, because: type[Refused] = Refused) -> None:
        """Somebody tries a decision that they may not make; the refusal is kept in the audit trail."""
        session = reading()
        decision_id = session.scalars(
            select(Decision.id).where(
                Decision.kind == kind,
                Decision.state == DecisionState.PROPOSED,
                Decision.partner_id == partner_of(session, self.company.number).id,
            )
        ).one()
        try:
            with self.stage.act(who, what) as (session, actor, at):
                decisions.decide(session, decision_id, approve=True, reason="", by=actor, at=at)
        except because as refusal:
            self.stage.say(who.name, f"tries to {what} and is refused: {refusal}")
        else:
            raise RuntimeError(f"{who.name} was not kept from: {what}")
