"""The acts of the story, each done by the people who do it in life, through the same services as the pages."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.cast import STAFF, Company, Player
from app.cli.demo.files import Earned, acknowledgement_file, earnings_file
from app.cli.demo.founding import MATERIAL_SLUG
from app.cli.demo.stage import Stage, partner_of
from app.courses import queries as course_queries
from app.courses import services as courses
from app.courses.models import Course, CourseVersion, ReadinessMaterial
from app.courses.rules.grading import Paper
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import SamePerson
from app.incentives import services as incentives
from app.incentives.models import PaymentFile, ReleaseOrder
from app.incentives.queries.cases import case_ref
from app.incentives.rules import acknowledgement_file as acknowledgements
from app.incentives.rules import earnings_file as earnings
from app.incentives.rules.holds import Scope
from app.incentives.rules.states import ImportMode
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError
from app.kernel.money import Money, decimals
from app.kernel.storage import Storage
from app.learning import services as learning
from app.learning.models import Assignment, Origin, Registration
from app.learning.queries import content
from app.outcomes import decisions
from app.outcomes.training import Outcomes
from app.partners import queries as partner_queries
from app.partners import services as partners
from app.partners.models import Program, RosterCategory
from app.remediation import queries
from app.remediation import services as remediation
from app.remediation.models import (
    InfractionCategory,
    InfractionSource,
    Outcome,
    PlanStep,
    RemediationCase,
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


class Acts:
    """The story of one company. Each act assumes those before it."""

    def __init__(self, stage: Stage, company: Company) -> None:
        self.stage = stage
        self.company = company
        self.outcomes = Outcomes()
        self.case_number = ""

    # Small questions

    def case_of(self, session: Session) -> RemediationCase:
        return session.scalars(select(RemediationCase).where(RemediationCase.number == self.case_number)).one()

    def _step(self, session: Session, kind: StepKind) -> PlanStep:
        return next(step for step in queries.steps(session, self.case_of(session).id) if step.kind is kind)

    def _staff(self, key: str) -> Player:
        return STAFF[key]

    def _today(self) -> date:
        return day_in(self.company.time_zone, now())

    def decide(self, kind: DecisionKind, what: str, *, by: Player | None = None) -> None:
        """The approver approves the open proposal of a kind about this company."""
        approver = by or self._staff("finance_approver" if kind is DecisionKind.RELEASE_ORDER else "approver")
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

    def expect_refusal(self, who: Player, kind: DecisionKind, what: str) -> None:
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
        except (SamePerson, DomainError) as refusal:
            self.stage.say(who.name, f"tries to {what} and is refused: {refusal}")
        else:
            raise RuntimeError(f"{who.name} was not kept from: {what}")

    # Money

    def earn(
        self, quarter: str, shares: tuple[int, ...], *, program: str = "CLOUD", description: str = "Growth incentive"
    ) -> None:
        """A file of earnings arrives: `shares` are whole units of the company's currency."""
        unit = 10 ** decimals(self.company.currency)
        scale = 100 if self.company.currency == "JPY" else 1
        on = self._today() - timedelta(days=3)
        lines = [
            Earned(
                f"{self.company.number}-{program}-{quarter}-{position}",
                self.company.number,
                program,
                "growth",
                on,
                Money(share * unit * scale, self.company.currency),
                self.company.location[0],
                f"{description} {quarter}",
            )
            for position, share in enumerate(shares, start=1)
        ]
        file = earnings.read(earnings_file(lines), f"earnings-{self.company.number}-{program}-{quarter}.csv")
        analyst = self._staff("finance_analyst")
        with self.stage.act(
            analyst, f"imports {len(lines)} {program} earnings of {self.company.legal_name}, control totals checked"
        ) as (session, by, at):
            incentives.import_earnings(session, file, mode=ImportMode.ALL_OR_NOTHING, by=by, at=at)

    # 1. Infractions and the case

    def infractions(self, count: int = 3) -> None:
        recorder, judge = self._staff("analyst"), self._staff("second_analyst")
        for told in INFRACTIONS[-count:]:
            occurred = self._today() - timedelta(days=told.days_before)
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
                    discovered_on=min(occurred + timedelta(days=20), self._today()),
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
        analyst = self._staff("analyst")
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
        analyst = self._staff("analyst")
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
                starts_on=self._today(),
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
                    session, partner, player.name, player.email, category, joined_on=self._today(), by=by, at=at
                )
            self.outcomes.after_roster_change(session, partner.id, at=at)

    def assign(self) -> None:
        representative = self._staff(self.company.representative)
        with self.stage.act(
            representative, "assigns the case's courses to the roster and grants the readiness material"
        ) as (session, by, at):
            partner = partner_of(session, self.company.number)
            step = self._step(session, StepKind.TRAINING)
            people = [line.person_id for line in partner_queries.roster(session, partner.id)]
            chosen = session.scalars(select(Course).where(Course.slug.in_(step.courses)).order_by(Course.slug)).all()
            learning.assign_courses(
                session,
                people,
                chosen,
                origin=Origin.CASE_STEP,
                due_on=step.current_due_on,
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
        representative = self._staff(self.company.representative)
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
                due_on=self._today() + timedelta(days=21),
                partner_id=partner.id,
                by=by,
                at=at,
            )

    # 5. Learning

    def read_material(self) -> None:
        covered = (self.company.finance, *self.company.learners)
        for player in covered:
            with self.stage.act(player, "reads the material and confirms it") as (session, by, at):
                material = course_queries.load_material(
                    session,
                    session.scalars(
                        select(ReadinessMaterial.id).where(
                            ReadinessMaterial.slug == MATERIAL_SLUG, ReadinessMaterial.retired_at.is_(None)
                        )
                    ).one(),
                    by=by,
                )
                courses.acknowledge_material(session, material, by=by, at=at)
                self.outcomes.after_receipt(session, by.partner_id or 0, material.id, at=at)

    def learn(self, learners: tuple[Player, ...] | None = None, *, fails_first: Player | None = None) -> None:
        """Everybody takes their courses; one may fail the first attempt of the first course and pass the second."""
        for player in learners if learners is not None else (self.company.finance, *self.company.learners):
            session = reading()
            who = self.stage.actor(player)
            open_ones = session.scalars(
                select(Assignment.id)
                .where(Assignment.person_id == who.person_id, Assignment.satisfied_at.is_(None))
                .order_by(Assignment.id)
            ).all()
            for number, assignment_id in enumerate(open_ones):
                self.take_course(player, assignment_id, fail=player is fails_first and number == 0)

    def take_course(self, player: Player, assignment_id: int, *, fail: bool = False) -> None:
        with self.stage.act(player, "reads the lessons of a course") as (session, by, at):
            registration = learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)
            registration_id = registration.id
            version = session.get_one(CourseVersion, registration.version_id)
            outline = content.outline(session, (version.id, version.content_hash))
            for unit in outline.lessons:
                learning.view_unit(session, registration_id, unit.position, by=by, at=at)
                learning.complete_unit(session, registration_id, unit.position, by=by, at=at)
        if fail:
            self.attempt(
                player,
                registration_id,
                right_answers=3,
                what="takes the quiz, fails, and sees which lessons to read again",
            )
        self.attempt(player, registration_id, right_answers=None, what="takes the quiz and passes")
        proof = self.stage.prove(player)
        with self.stage.act(player, "enters the password again and signs the attestation") as (session, by, at):
            record = learning.attest(session, registration_id, proof, by=by, at=max(at, proof.at))
            if record is None:
                raise RuntimeError("The attestation should have completed the course.")
            self.outcomes.after_training(session, record.id, at=at)
        self.stage.certify(record.id)

    def attempt(self, player: Player, registration_id: int, *, right_answers: int | None, what: str) -> None:
        with self.stage.act(player, what) as (session, by, at):
            attempt = learning.start_attempt(session, registration_id, by=by, at=at)
            version = session.scalars(
                select(CourseVersion)
                .join(Registration, Registration.version_id == CourseVersion.id)
                .where(Registration.id == registration_id)
            ).one()
            key = content.assessment(session, (version.id, version.content_hash))
            known = {question.id: question for question in key.questions}
            for number, question_id in enumerate(Paper.from_json(attempt.paper).question_ids):
                if right_answers is None or number < right_answers:
                    learning.save_answer(
                        session, attempt.id, question_id, known[question_id].right_response(), by=by, at=at
                    )
            learning.submit_attempt(session, attempt.id, by=by, at=at)

    # 6. Evidence and the meeting

    def evidence(self) -> None:
        storage = Storage(self.stage.settings.data_folder / "files")
        analysis = "Two people could approve a claim alone when the other was away. Nobody compared photographs with earlier claims. From now on a claim needs two people and the proof is checked against the archive."
        self._hand_in(StepKind.ROOT_CAUSE_ANALYSIS, analysis, (), "hands in the root cause analysis")
        self._accept(StepKind.ROOT_CAUSE_ANALYSIS, "accepts it")
        procedure = (
            b"Claims procedure, draft of March.\r\n1. Sales prepares the claim.\r\n2. Marketing approves it.\r\n"
        )
        first = self._kept(storage, "claims-procedure-draft.txt", procedure)
        self._hand_in(
            StepKind.CORRECTIVE_ACTION, "Our new claims procedure.", (first,), "uploads the corrected procedure"
        )
        reviewer = self._staff("second_analyst")
        with self.stage.act(reviewer, "returns it once: it is a draft, and it does not say who checks the proof") as (
            session,
            by,
            at,
        ):
            step = self._step(session, StepKind.CORRECTIVE_ACTION)
            revision = queries.latest_revision(session, step.id)
            if revision is None:
                raise RuntimeError("There should be a revision to review.")
            remediation.return_evidence(
                session,
                self.case_of(session),
                step,
                revision.number,
                reason="The document says “draft”: send the version in force.\nSay who checks the proof of execution before a claim is filed.",
                by=by,
                at=at,
            )
        better = self._kept(
            storage,
            "claims-procedure-in-force.txt",
            procedure.replace(b"draft of March", b"in force")
            + b"3. Finance checks the proof against the archive before filing.\r\n",
        )
        self._hand_in(
            StepKind.CORRECTIVE_ACTION,
            "The procedure in force; section 3 names who checks the proof.",
            (better,),
            "uploads the procedure in force",
        )
        self._accept(StepKind.CORRECTIVE_ACTION, "accepts the second revision")

    def _kept(self, storage: Storage, name: str, text: bytes) -> remediation.StoredFile:
        stored = storage.put(text)
        return remediation.StoredFile(name, "text/plain", stored.size, stored.sha256)

    def _hand_in(self, kind: StepKind, statement: str, files: tuple[remediation.StoredFile, ...], what: str) -> None:
        with self.stage.act(self.company.contact, what) as (session, by, at):
            remediation.submit_evidence(
                session,
                self.case_of(session),
                self._step(session, kind),
                statement=statement,
                files=files,
                effective_on=self._today(),
                by=by,
                at=at,
            )

    def _accept(self, kind: StepKind, what: str) -> None:
        with self.stage.act(self._staff("second_analyst"), what) as (session, by, at):
            step = self._step(session, kind)
            revision = queries.latest_revision(session, step.id)
            if revision is None:
                raise RuntimeError("There should be a revision to review.")
            remediation.accept_evidence(session, self.case_of(session), step, revision.number, by=by, at=at)

    def meet(self) -> None:
        analyst = self._staff("analyst")
        with self.stage.act(analyst, "plans the engagement session") as (session, by, at):
            meeting = remediation.plan_session(
                session,
                self.case_of(session),
                self._step(session, StepKind.ENGAGEMENT),
                agenda="What went wrong; the new claims procedure; questions.",
                place="Video call",
                starts_at=at + timedelta(hours=1),
                minutes_to_last=60,
                by=by,
                at=at,
            )
            meeting_id = meeting.id
        with self.stage.act(analyst, "holds it and writes the minutes") as (session, by, at):
            step = self._step(session, StepKind.ENGAGEMENT)
            live = queries.live_session(session, step.id)
            if live is None or live.id != meeting_id:
                raise RuntimeError("The planned session should be there.")
            later = at + timedelta(hours=3)
            remediation.write_minutes(
                session,
                self.case_of(session),
                step,
                live,
                held_at=at + timedelta(hours=1),
                attendees=[analyst.name, self.company.contact.name, self.company.executive.name],
                minutes="The partner presented its analysis and the procedure in force. We walked through two recent claims.",
                follow_ups=["Send the archive index by month's end"],
                by=by,
                at=later,
            )
        with self.stage.act(self.company.contact, "confirms the minutes") as (session, by, at):
            step = self._step(session, StepKind.ENGAGEMENT)
            live = queries.live_session(session, step.id)
            if live is None:
                raise RuntimeError("The session should be there.")
            remediation.confirm_session(session, self.case_of(session), step, live, by=by, at=at + timedelta(hours=4))

    # 7. Completion

    def sign_completion(self) -> None:
        executive = self.company.executive
        with self.stage.act(self._staff("analyst"), "freezes the evidence manifest") as (session, by, at):
            remediation.freeze_manifest(session, self.case_of(session), by=by, at=at)
        proof = self.stage.prove(executive)
        with self.stage.act(executive, "signs the completion attestation over the frozen manifest") as (
            session,
            by,
            at,
        ):
            case = self.case_of(session)
            manifest = queries.latest_manifest(session, case.id)
            if manifest is None:
                raise RuntimeError("The manifest should be frozen.")
            remediation.sign_attestation(
                session,
                case,
                manifest_digest=manifest.digest,
                vendor_name=self.stage.settings.vendor_name,
                proof=proof,
                by=by,
                at=max(at, proof.at),
            )

    def propose_determination(self) -> None:
        with self.stage.act(self._staff("analyst"), "proposes the determination “completed”") as (session, by, at):
            remediation.propose_determination(
                session,
                self.case_of(session),
                Outcome.COMPLETED,
                reason="All steps of the plan were completed. The new procedure is in force and was shown at work on two claims.",
                internal_reason="Every step is accepted; the coverage is complete.",
                by=by,
                at=at,
            )

    def determine(self) -> None:
        self.expect_refusal(self._staff("analyst"), DecisionKind.DETERMINATION, "approve the own determination")
        self.decide(
            DecisionKind.DETERMINATION, "approves the determination; the program completion certificate is issued"
        )

    def refer(self) -> None:
        self.decide(DecisionKind.REFERRAL, "approves the referral; the holds stay")

    # 9. Release

    def propose_release(self) -> None:
        with self.stage.act(
            self._staff("finance_analyst"), "proposes the release order on the strength of the certificate"
        ) as (session, by, at):
            case = self.case_of(session)
            certificate = self.stage.key_of(session, case.id)
            incentives.propose_release(
                session,
                case_ref(session, case.id),
                certificate,
                reason="The remediation was determined to be completed.",
                issuer=self.stage.issuer,
                by=by,
                at=at,
            )

    def release(self) -> None:
        self.expect_refusal(self._staff("finance_analyst"), DecisionKind.RELEASE_ORDER, "approve the own release order")
        self.expect_refusal(
            self._staff("approver"),
            DecisionKind.RELEASE_ORDER,
            "approve the release, having approved the determination",
        )
        self.decide(DecisionKind.RELEASE_ORDER, "approves the release order")

    def export(self) -> bytes:
        with self.stage.act(self._staff("finance_analyst"), "exports the order as a CSV file with control totals") as (
            session,
            by,
            at,
        ):
            file = incentives.export_release(session, self._order(session).id, by=by, at=at)
            content = bytes(file.content)
        return content

    def pay(self) -> bytes:
        session = reading()
        file = session.scalars(
            select(PaymentFile).where(PaymentFile.order_id == self._order(session).id).order_by(PaymentFile.id)
        ).first()
        if file is None:
            raise RuntimeError("The order should have been exported.")
        answer = acknowledgement_file(bytes(file.content), self._today())
        with self.stage.act(self._staff("finance_analyst"), "records the acknowledgement file: paid") as (
            session,
            by,
            at,
        ):
            incentives.acknowledge_payments(session, acknowledgements.read(answer, "acknowledgement.csv"), by=by, at=at)
        return answer

    def _order(self, session: Session) -> ReleaseOrder:
        return session.scalars(
            select(ReleaseOrder)
            .where(ReleaseOrder.case_id == self.case_of(session).id)
            .order_by(ReleaseOrder.id.desc())
        ).first()  # type: ignore[return-value]
