"""The acts that end a case: evidence, the meeting, the signature, the determination, or a referral."""

from datetime import timedelta

from sqlalchemy import select

from app.certificates import queries as certificates
from app.certificates.models import Certificate
from app.cli.demo.acts.act import Act
from app.cli.demo.stage import partner_of
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged
from app.kernel.clock import now
from app.kernel.storage import Storage
from app.partners import services as partners
from app.partners.models import RosterCategory
from app.remediation import queries
from app.remediation import services as remediation
from app.remediation.models import (
    Outcome,
    StepKind,
)
from app.transactions import reading


class CompletionActs(Act):
    """From the evidence to the determination."""

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
        reviewer = self.staff("second_analyst")
        with self.stage.act(reviewer, "returns it once: it is a draft, and it does not say who checks the proof") as (
            session,
            by,
            at,
        ):
            step = self.step(session, StepKind.CORRECTIVE_ACTION)
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
                self.step(session, kind),
                statement=statement,
                files=files,
                effective_on=self.today(),
                by=by,
                at=at,
            )

    def _accept(self, kind: StepKind, what: str) -> None:
        with self.stage.act(self.staff("second_analyst"), what) as (session, by, at):
            step = self.step(session, kind)
            revision = queries.latest_revision(session, step.id)
            if revision is None:
                raise RuntimeError("There should be a revision to review.")
            remediation.accept_evidence(session, self.case_of(session), step, revision.number, by=by, at=at)

    def meet(self) -> None:
        analyst = self.staff("analyst")
        with self.stage.act(analyst, "plans the engagement session") as (session, by, at):
            meeting = remediation.plan_session(
                session,
                self.case_of(session),
                self.step(session, StepKind.ENGAGEMENT),
                agenda="What went wrong; the new claims procedure; questions.",
                place="Video call",
                starts_at=at + timedelta(hours=1),
                minutes_to_last=60,
                by=by,
                at=at,
            )
            meeting_id = meeting.id
        with self.stage.act(analyst, "holds it and writes the minutes") as (session, by, at):
            step = self.step(session, StepKind.ENGAGEMENT)
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
            step = self.step(session, StepKind.ENGAGEMENT)
            live = queries.live_session(session, step.id)
            if live is None:
                raise RuntimeError("The session should be there.")
            remediation.confirm_session(session, self.case_of(session), step, live, by=by, at=at + timedelta(hours=4))

    # 7. Completion

    def sign_completion(self) -> None:
        executive = self.company.executive
        with self.stage.act(self.staff("analyst"), "freezes the evidence manifest") as (session, by, at):
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
        with self.stage.act(self.staff("analyst"), "proposes the determination “completed”") as (session, by, at):
            remediation.propose_determination(
                session,
                self.case_of(session),
                Outcome.COMPLETED,
                reason="All steps of the plan were completed. The new procedure is in force and was shown at work on two claims.",
                internal_reason="Every step is accepted; the coverage is complete.",
                by=by,
                at=at,
            )

    def outdate(self) -> None:
        """Somebody joins after the proposal: what was judged is no longer what stands, so it can't be approved and is taken back."""
        newcomer = self.company.contact
        with self.stage.act(newcomer, "puts herself on the roster too: she approves claims now") as (session, by, at):
            partner = partner_of(session, self.company.number)
            partners.add_covered_person(
                session,
                partner,
                newcomer.name,
                newcomer.email,
                RosterCategory.MANAGEMENT,
                joined_on=self.today(),
                by=by,
                at=at,
            )
            self.outcomes.after_roster_change(session, partner.id, at=at)
        self.expect_refusal(
            self.staff("approver"),
            DecisionKind.DETERMINATION,
            "approve what was proposed before somebody joined",
            because=ContentChanged,
        )
        with self.stage.act(self.staff("analyst"), "takes the proposal back") as (session, by, at):
            made = queries.determinations_of(session, self.case_of(session).id)[-1]
            remediation.withdraw_determination(
                session, made.id, reason="A covered person joined who isn't trained yet.", by=by, at=at
            )

    def verify(self) -> None:
        """Anybody types the certificate's number into the public page."""
        session = reading()
        number = session.scalars(
            select(Certificate.number).where(Certificate.case_id == self.case_of(session).id)
        ).one()
        found = certificates.public(session, number, at=now())
        self.stage.say(
            "Anybody",
            f"checks certificate {number} at its public address: {found.standing.value}, with all {len(found.fields)} lines that are printed on it",
        )

    def determine(self) -> None:
        self.expect_refusal(self.staff("analyst"), DecisionKind.DETERMINATION, "approve the own determination")
        self.decide(
            DecisionKind.DETERMINATION, "approves the determination; the program completion certificate is issued"
        )

    def refer(self) -> None:
        self.decide(DecisionKind.REFERRAL, "approves the referral; the holds stay")
