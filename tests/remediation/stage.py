"""The people of a case and what they do, each act in a transaction of its own.

Acme is the partner: Nora runs its case, Eva signs for it, Ada and Grace are covered. Sam and Jonas prepare, Priya
approves, Robin represents Acme. Globex is another partner: Malik runs its cases.
"""

from datetime import date, timedelta

from app.accounts.rules import Reauthentication
from app.courses.models import Course
from app.decisions import queries as decision_queries
from app.decisions import services as decisions
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning import services as learning
from app.learning.models import Origin
from app.remediation import queries, services
from app.remediation.models import (
    CaseState,
    EngagementSession,
    Infraction,
    InfractionCategory,
    InfractionSource,
    Outcome,
    PlanStep,
    RemediationCase,
    Severity,
    StepKind,
)
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import StepDraft, notice_draft
from tests.ground.world import PASSWORD

EFFECTS = {
    DecisionKind.NOTICE: (services.notice_content, services.serve_notice, services.reject_notice),
    DecisionKind.PLAN: (services.plan_content, services.accept_plan, services.reject_plan),
    DecisionKind.DETERMINATION: (
        services.determination_content,
        services.record_determination,
        services.reject_determination,
    ),
    DecisionKind.REFERRAL: (services.referral_content, services.refer, services.reject_referral),
}
SAID = "Invoices named an event that never took place; the venue confirmed it."
COURSE = "gifts"


class Stage:
    def __init__(self, school):
        self.school, self.world = school, school.world
        self.in_transaction, self.reading = school.in_transaction, school.reading
        self.acme, self.globex = school.acme, school.globex
        self.ada, self.grace, self.robin = school.ada, school.grace, school.robin
        self.cloud = self.world.program("CLOUD", enrolled=(self.acme, self.globex))
        self.sam, self.jonas = self.world.analyst("Sam"), self.world.analyst("Jonas")
        self.priya = self.world.approver("Priya")
        self.nora = self.world.contact("Nora", self.acme, password=PASSWORD)
        self.eva = self.world.executive("Eva", self.acme)
        self.malik = self.world.contact("Malik", self.globex)
        self.policy = Policy()

    def act(self, who):
        return self.world.actor(who)

    @property
    def today(self) -> date:
        return now().date()

    # Infractions

    def infraction(self, *, days_ago: int = 60, by=None, partner=None, program=None, **more) -> int:
        """One that Sam recorded."""
        occurred = self.today - timedelta(days=days_ago)
        with self.in_transaction() as session:
            return services.record_infraction(
                session,
                partner or self.acme,
                program or self.cloud,
                **{
                    "category": InfractionCategory.MARKETING_FUNDS,
                    "severity": Severity.SERIOUS,
                    "source": InfractionSource.CLAIMS_REVIEW,
                    "rule": "Partner code of conduct 4.2",
                    "summary": SAID,
                    "internal_details": "SECRET: the whistleblower is in accounting.",
                    "occurred_on": occurred,
                    "discovered_on": occurred + timedelta(days=5),
                    **more,
                },
                by=self.act(by or self.sam),
                at=now(),
            ).id

    def substantiate(self, infraction_id: int, *, by=None, reason="The venue's letter of 3 February.") -> None:
        with self.in_transaction() as session:
            found = session.get(Infraction, infraction_id)
            services.substantiate(session, found, reason=reason, by=self.act(by or self.jonas), at=now())

    def three(self, *, days_ago=(200, 120, 60), partner=None) -> list[int]:
        """Three substantiated infractions."""
        made = [self.infraction(days_ago=days, partner=partner) for days in days_ago]
        for one in made:
            self.substantiate(one)
        return made

    # The case

    def open(self, *, infractions=None, partner=None, program=None, by=None, policy=None) -> str:
        """Its number."""
        about = self.three(partner=partner) if infractions is None else infractions
        with self.in_transaction() as session:
            return services.open_case(
                session,
                partner or self.acme,
                program or self.cloud,
                about,
                reason="Three within a year, all of marketing funds. INTERNAL",
                policy=policy or self.policy,
                by=self.act(by or self.sam),
                at=now(),
            ).number

    def case(self, session, number: str) -> RemediationCase:
        return session.query(RemediationCase).filter_by(number=number).one()

    def state(self, number: str) -> CaseState:
        with self.reading() as session:
            return self.case(session, number).state

    def propose_notice(self, number: str, *, by=None) -> int:
        words = notice_draft(
            partner_name="Acme",
            program_name="Cloud incentives",
            vendor_name="Northwind Harbor",
            policy=self.policy,
            count=3,
            support_email="help@northwind-harbor.example",
        )
        with self.in_transaction() as session:
            return services.propose_notice(
                session,
                self.case(session, number),
                explanation=words.explanation,
                obligations=words.obligations,
                consequences=words.consequences,
                appeal=words.appeal,
                reason="INTERNAL: approve quickly.",
                by=self.act(by or self.sam),
                at=now(),
            ).id

    def decide(self, kind: DecisionKind, subject_id: int, *, approve=True, by=None, reason="Read and judged."):
        """What outcomes does with a decision: decide about what stands, then let the effect follow."""
        content, effect, undo = EFFECTS[kind]
        actor = self.act(by or self.priya)
        with self.in_transaction() as session:
            decision = decision_queries.of_subject(session, kind, subject_id)[0]
            decisions.decide(
                session,
                decision,
                approve=approve,
                current=content(session, subject_id),
                reason=reason,
                by=actor,
                at=now(),
            )
            (effect if approve else undo)(session, subject_id, by=actor, at=now())

    def notify(self, number: str) -> int:
        """The notice is served; its id."""
        notice_id = self.propose_notice(number)
        self.decide(DecisionKind.NOTICE, notice_id)
        return notice_id

    def acknowledge(self, notice_id: int, *, by=None) -> None:
        actor = self.act(by or self.nora)
        with self.in_transaction() as session:
            notice, _ = queries.load_notice(session, notice_id, by=actor)
            services.acknowledge_notice(session, notice, by=actor, at=now())

    def drafts(self, *kinds: StepKind) -> list[StepDraft]:
        """Steps of these kinds, then the attestation; due in the order of the list."""
        return [
            StepDraft(
                kind,
                f"Do the {kind.label.lower()}",
                "Do what is needed so that it does not happen again.",
                self.today + timedelta(days=30 + 10 * place),
                courses=(COURSE,) if kind is StepKind.TRAINING else (),
                materials=("conduct",) if kind is StepKind.READING else (),
                coverage_target=10_000 if kind.is_computed else None,
            )
            for place, kind in enumerate((*kinds, StepKind.ATTESTATION))
        ]

    def propose_plan(self, number: str, *kinds: StepKind, by=None, steps=None) -> int:
        if StepKind.TRAINING in kinds:
            self.publish()
        with self.in_transaction() as session:
            return services.propose_plan(
                session,
                self.case(session, number),
                steps or self.drafts(*kinds),
                reason="INTERNAL: the usual template.",
                by=self.act(by or self.sam),
                at=now(),
            ).id

    def publish(self) -> None:
        with self.reading() as session:
            there = session.query(Course).filter_by(slug=COURSE).first()
        if there is None:
            self.school.publish()

    def running(self, *kinds: StepKind) -> str:
        """A case in remediation with a plan of these steps; its number."""
        number = self.open()
        notice_id = self.notify(number)
        plan_id = self.propose_plan(number, *kinds)
        self.decide(DecisionKind.PLAN, plan_id)
        self.acknowledge(notice_id)
        return number

    def step(self, number: str, kind: StepKind) -> PlanStep:
        with self.reading() as session:
            return next(one for one in queries.steps(session, self.case(session, number).id) if one.kind is kind)

    # The roster and its training

    def cover(self, *names: str) -> None:
        for name in names:
            self.world.covered(name, self.acme, by=self.nora)

    def train(self, person) -> None:
        """The person completes the course; the steps are counted as outcomes would."""
        self.school.complete(person, slug=COURSE)
        self.count()

    def count(self) -> None:
        with self.in_transaction() as session:
            services.compute_steps_of(session, self.acme.id, at=now())

    def assign(self, number: str) -> None:
        step, people = self.step(number, StepKind.TRAINING), [one.id for one in self.world.roster(self.acme)]
        with self.in_transaction() as session:
            learning.assign(
                session,
                people,
                session.query(Course).filter_by(slug=COURSE).one(),
                origin=Origin.CASE_STEP,
                due_on=step.current_due_on,
                partner_id=self.acme.id,
                case_step_id=step.id,
                by=self.act(self.robin),
                at=now(),
            )

    # Evidence

    def hand_in(self, number: str, kind=StepKind.EVIDENCE, *, by=None, statement="We changed it.", **more) -> int:
        """The number of the revision."""
        actor = self.act(by or self.nora)
        with self.in_transaction() as session:
            case, _, step = queries.load_step(session, number, self.step(number, kind).id, by=actor)
            return services.submit_evidence(
                session,
                case,
                step,
                statement=statement,
                files=more.pop("files", ()),
                effective_on=more.pop("effective_on", self.today - timedelta(days=1)),
                by=actor,
                at=now(),
                **more,
            ).number

    def accept(self, number: str, revision: int, kind=StepKind.EVIDENCE, *, by=None) -> None:
        with self.in_transaction() as session:
            step = session.merge(self.step(number, kind))
            services.accept_evidence(
                session, self.case(session, number), step, revision, by=self.act(by or self.sam), at=now()
            )

    def send_back(self, number: str, revision: int, kind=StepKind.EVIDENCE, *, by=None, reason=None) -> None:
        with self.in_transaction() as session:
            step = session.merge(self.step(number, kind))
            services.return_evidence(
                session,
                self.case(session, number),
                step,
                revision,
                reason=reason or "The minutes are not signed. Send the signed version.",
                by=self.act(by or self.sam),
                at=now(),
            )

    # Meetings

    def meet(self, number: str) -> int:
        """A meeting that was held, with minutes; its id."""
        step = self.step(number, StepKind.ENGAGEMENT)
        sam = self.act(self.sam)
        with self.in_transaction() as session:
            planned = services.plan_session(
                session,
                self.case(session, number),
                session.merge(step),
                agenda="The root cause and the new rule.",
                place="By video",
                starts_at=now() + timedelta(hours=1),
                minutes_to_last=60,
                by=sam,
                at=now(),
            )
            services.write_minutes(
                session,
                self.case(session, number),
                session.get(PlanStep, step.id),
                planned,
                held_at=now(),
                attendees=["Nora, Acme", "Sam, Northwind Harbor"],
                minutes="We went through the analysis and the new approval rule.",
                follow_ups=["Acme sends the signed rule by Friday."],
                by=sam,
                at=now(),
            )
            return planned.id

    def confirm(self, session_id: int, *, by=None) -> None:
        actor = self.act(by or self.nora)
        with self.in_transaction() as session:
            case, step, meeting = queries.load_session(session, session_id, by=actor)
            assert isinstance(meeting, EngagementSession)
            services.confirm_session(session, case, step, meeting, by=actor, at=now())

    # Completion

    def ready(self) -> str:
        """A case whose one piece of evidence is accepted, so that its completion is in review; its number."""
        number = self.running(StepKind.EVIDENCE)
        self.accept(number, self.hand_in(number))
        return number

    def manifest(self, number: str):
        with self.reading() as session:
            return queries.latest_manifest(session, self.case(session, number).id)

    def sign(self, number: str, *, by=None, digest=None, proof=None) -> None:
        actor = self.act(by or self.eva)
        with self.in_transaction() as session:
            services.sign_attestation(
                session,
                self.case(session, number),
                manifest_digest=digest or self.manifest(number).digest,
                vendor_name="Northwind Harbor",
                proof=proof or Reauthentication(actor.person_id, now()),
                by=actor,
                at=now(),
            )

    def propose_determination(self, number: str, outcome=Outcome.COMPLETED, *, by=None, **more) -> int:
        with self.in_transaction() as session:
            return services.propose_determination(
                session,
                self.case(session, number),
                outcome,
                reason=more.pop("reason", "You have done all that was asked and shown it."),
                internal_reason="INTERNAL: clear case.",
                by=self.act(by or self.sam),
                at=now(),
                **more,
            ).id

    def completed(self) -> str:
        number = self.ready()
        self.sign(number)
        self.decide(DecisionKind.DETERMINATION, self.propose_determination(number))
        return number

    def faults(self) -> list[str]:
        with self.reading() as session:
            return [f"{fault.row}: {fault.sentence}" for fault in queries.faults(session)]
