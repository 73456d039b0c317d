"""The acts that begin a case: infractions, proposals, acknowledgement, roster, assigned courses."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.cli.demo.acts.act import Act
from app.cli.demo.founding import MATERIAL_SLUG
from app.cli.demo.stage import partner_of
from app.courses import services as courses
from app.courses.models import Course, ReadinessMaterial
from app.decisions.rules import DecisionKind
from app.incentives import services as incentives
from app.incentives.queries.cases import case_ref
from app.incentives.rules.holds import Scope
from app.learning import services as learning
from app.learning.models import Origin
from app.partners import queries as partner_queries
from app.partners import services as partners
from app.partners.models import Program, RosterCategory
from app.remediation import queries
from app.remediation import services as remediation
from app.remediation.models import (
    InfractionCategory,
    InfractionSource,
    Severity,
    StepKind,
)
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import notice_draft, plan_draft
from app.transactions import reading


@dataclass(frozen=True)
class Told:
    """One invented infraction: what was broken, what happened, how many days before the case."""

    category: InfractionCategory
    severity: Severity
    rule: str
    summary: str
    days_before: int


INFRACTIONS = (
    Told(
        InfractionCategory.MARKETING_FUNDS,
        Severity.SERIOUS,
        "Partner code of conduct 4.2: proof of execution",
        "Marketing funds were claimed for a customer event in May with photographs of an event held the year before.",
        400,
    ),
    Told(
        InfractionCategory.DEAL_REGISTRATION,
        Severity.SERIOUS,
        "Program terms 7.1: truthful deal registration",
        "A deal was registered with a customer contact who had never heard of it.",
        210,
    ),
    Told(
        InfractionCategory.DISCOUNT_NOT_PASSED_ON,
        Severity.GRAVE,
        "Program terms 7.4: discounts are passed on",
        "A special price was granted for a named customer; the customer paid the list price.",
        45,
    ),
)


class CaseActs(Act):
    """From the first infraction to assigned courses."""

    def infractions(self, count: int = 3) -> None:
        recorder, judge = self.staff("analyst"), self.staff("second_analyst")
        for told in INFRACTIONS[-count:]:
            occurred = self.today() - timedelta(days=told.days_before)
            with self.stage.act(recorder, f"records an infraction: {told.summary}") as (session, by, at):
                infraction = remediation.record_infraction(
                    session,
                    partner_of(session, self.company.number),
                    session.scalars(select(Program).where(Program.code == "CLOUD")).one(),
                    category=told.category,
                    severity=told.severity,
                    source=InfractionSource.CLAIMS_REVIEW,
                    rule=told.rule,
                    summary=told.summary,
                    occurred_on=occurred,
                    discovered_on=min(occurred + timedelta(days=20), self.today()),
                    by=by,
                    at=at,
                )
                infraction_id = infraction.id
            with self.stage.act(judge, "substantiates it, as the second person") as (session, by, at):
                remediation.substantiate(
                    session,
                    queries.load_infraction(session, infraction_id, by=by),
                    reason="The documents show it; the partner was heard.",
                    by=by,
                    at=at,
                )

    def open_case(self) -> None:
        analyst = self.staff("analyst")
        policy = Policy.of(self.stage.settings)
        session = reading()
        partner = partner_of(session, self.company.number)
        if not queries.count_infractions(session, partner.id, policy).suggests_case:
            raise RuntimeError("The portal should suggest a case at the third infraction.")
        self.stage.say(
            "Good Standing",
            f"suggests a remediation case for {self.company.legal_name}: three infractions within {policy.infraction_window_months} months",
        )
        with self.stage.act(analyst, "opens the case that the portal suggests") as (session, by, at):
            case = remediation.open_case(
                session,
                partner_of(session, self.company.number),
                session.scalars(select(Program).where(Program.code == "CLOUD")).one(),
                queries.free_infractions(session, partner.id),
                reason="Three substantiated infractions within the window.",
                policy=policy,
                by=by,
                at=at,
            )
            self.case_number = case.number
            remediation.write_note(
                session, case, "Internal: the sales lead changed in spring; ask about the handover.", by=by, at=at
            )
        self.stage.say("Good Standing", f"the case has the number {self.case_number}")

    # 2. Notice, plan, hold

    def propose(self) -> None:
        analyst = self.staff("analyst")
        policy = Policy.of(self.stage.settings)
        with self.stage.act(analyst, "proposes the notice, the plan, and a hold of 100 % on the program") as (
            session,
            by,
            at,
        ):
            case = self.case_of(session)
            partner, program = queries.parties(session, case)
            draft = notice_draft(
                partner_name=partner.legal_name,
                program_name=program.name,
                vendor_name=self.stage.settings.vendor_name,
                policy=policy,
                count=len(queries.infractions_of(session, case.id)),
                support_email=self.stage.settings.support_email,
            )
            remediation.propose_notice(
                session,
                case,
                explanation=draft.explanation,
                obligations=draft.obligations,
                consequences=draft.consequences,
                appeal=draft.appeal,
                reason="Three substantiated infractions within 24 months.",
                by=by,
                at=at,
            )
            steps = plan_draft(
                [infraction.category.value for infraction in queries.infractions_of(session, case.id)],
                available_courses=list(
                    session.scalars(select(Course.slug).where(Course.current_version_id.is_not(None)))
                ),
                available_materials=[MATERIAL_SLUG],
                starts_on=self.today(),
                policy=policy,
            )
            remediation.propose_plan(
                session, case, steps, reason="The template for these infractions, read through.", by=by, at=at
            )
            incentives.propose_hold(
                session,
                case_ref(session, case.id),
                Scope(program_id=program.id),
                per_ten_thousand=10_000,
                reason="Payments of the program are withheld until the remediation is completed.",
                by=by,
                at=at,
            )

    def approve_proposals(self) -> None:
        self.decide(DecisionKind.NOTICE, "approves the notice; it is served")
        self.decide(DecisionKind.PLAN, "approves the plan")
        self.decide(DecisionKind.HOLD, "approves the hold; it catches what was imported before and what comes later")

    # 3. and 4. The partner acknowledges and keeps its roster

    def acknowledge(self) -> None:
        with self.stage.act(self.company.contact, "reads the notice and acknowledges it; the plan is in force") as (
            session,
            by,
            at,
        ):
            notice = queries.notices_of(session, self.case_of(session).id)[-1]
            found, _ = queries.load_notice(session, notice.id, by=by)
            remediation.acknowledge_notice(session, found, by=by, at=at)

    def roster(self) -> None:
        with self.stage.act(
            self.company.contact, f"puts {len(self.company.learners) + 1} covered persons on the roster"
        ) as (session, by, at):
            partner = partner_of(session, self.company.number)
            for player, category in [
                (self.company.finance, RosterCategory.FINANCE),
                *((learner, RosterCategory.SALES) for learner in self.company.learners),
            ]:
                partners.add_covered_person(
                    session, partner, player.name, player.email, category, joined_on=self.today(), by=by, at=at
                )
            self.outcomes.after_roster_change(session, partner.id, at=at)

    def assign(self) -> None:
        representative = self.staff(self.company.representative)
        with self.stage.act(
            representative, "assigns the case's courses to the roster and grants the readiness material"
        ) as (session, by, at):
            partner = partner_of(session, self.company.number)
            step = self.step(session, StepKind.TRAINING)
            people = [line.person_id for line in partner_queries.roster(session, partner.id)]
            chosen = session.scalars(select(Course).where(Course.slug.in_(step.courses)).order_by(Course.slug)).all()
            learning.assign_courses(
                session,
                people,
                chosen,
                origin=Origin.CASE_STEP,
                due_on=max(step.current_due_on, self.today() + timedelta(days=14)),
                partner_id=partner.id,
                case_step_id=step.id,
                by=by,
                at=at,
            )
            material = session.scalars(
                select(ReadinessMaterial).where(
                    ReadinessMaterial.slug == MATERIAL_SLUG, ReadinessMaterial.retired_at.is_(None)
                )
            ).one()
            courses.grant_material(session, material, partner, by=by, at=at)

    def assign_single(self) -> None:
        """Required training after one infraction, without any case."""
        self.roster()
        representative = self.staff(self.company.representative)
        with self.stage.act(representative, "assigns required training") as (session, by, at):
            partner = partner_of(session, self.company.number)
            people = [line.person_id for line in partner_queries.roster(session, partner.id)]
            chosen = session.scalars(
                select(Course)
                .where(Course.slug.in_(["partner-code-of-conduct", "anti-corruption"]))
                .order_by(Course.slug)
            ).all()
            learning.assign_courses(
                session,
                people,
                chosen,
                origin=Origin.REPRESENTATIVE,
                due_on=self.today() + timedelta(days=21),
                partner_id=partner.id,
                by=by,
                at=at,
            )
