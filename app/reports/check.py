"""What must always hold, asked of a live database: every room's own questions, and those that lie between rooms."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.access.policy import Role, Side
from app.accounts.models import Person, RoleGrant
from app.audit import queries as audit
from app.certificates import queries as certificates
from app.certificates.models import Certificate, CertificateRefusal
from app.courses import queries as courses
from app.decisions.models import Decision, DecisionState, Signature
from app.decisions.queries import seal_holds
from app.incentives import queries as incentives
from app.kernel.canonical import digest
from app.kernel.clock import now
from app.kernel.faults import Fault
from app.kernel.storage import Storage
from app.learning.models import Assignment, EquivalentTraining, Registration, TrainingRecord
from app.learning.queries import faults as learning
from app.outbox.queries import dead
from app.outcomes import course_certificates
from app.partners.models import CoveredPerson, Partner
from app.remediation import queries as remediation
from app.remediation.models import (
    EngagementSession,
    EvidenceFile,
    EvidenceRevision,
    Infraction,
    PlanStep,
    RemediationCase,
)

CHAIN = "the audit chain verifies"
TWO_PEOPLE = "a decision is made by a second person, about what was proposed"
TWO_HANDS = "who recorded does not judge, who uploaded does not review, who wrote does not confirm"
SEALS = "a signature is about what was signed, by whom and when"
ONE_PARTNER = "no row ties one partner's people or papers to another partner"
SIDES = "a person's roles are of the side that the person is on"
FILES = "an evidence file is stored and has its digest"
OUTBOX = "no message was given up"
EARNED = "a certificate that was earned is issued, or waits for a person to mend it"


class Broken(Protocol):
    """A fault, whichever room found it."""

    @property
    def invariant(self) -> str: ...
    @property
    def row(self) -> str: ...
    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True)
class Room:
    """Who asks, and what must hold according to it. A test compares `invariants` with what the room can report."""

    faults: Callable[[Session], Iterable[Broken]]
    invariants: tuple[str, ...]


ROOMS: dict[str, Room] = {
    "incentives": Room(
        incentives.faults,
        (
            "postings add up to nothing, per transaction and currency",
            "held money is never below nothing, at every point of the ledger",
            "a release names an approved order, two people and a certificate that was valid then",
            "an active hold has an open case, or a certificate that unlocks it",
            "what was exported is what is stored",
            "an earning's money is all there, and nothing besides",
            "an active hold withholds its share of every earning that it covers",
            "a hold in force was approved by a second person",
            "an imported file's lines are all accounted for",
        ),
    ),
    "remediation": Room(
        remediation.faults,
        (
            "every change of a case's state has an actor, a reason and a time, and follows the table",
            "every change of a step's state has an actor, a reason and a time, and follows the table",
            "original due dates never change",
            "a plan is approved by a second person",
            "acceptance never survives a replacement",
            "a manifest has the digest of its content",
            "coverage's numerator is at most its denominator",
            "an attestation is a signature over exactly its manifest",
            "a determination is proposed by one person, approved by another, and names the manifest it judged",
            "a training step is what its computation says",
            "a case is completed by a determination",
            "every exit of a case says what becomes of its holds",
        ),
    ),
    "learning": Room(
        learning.faults,
        (
            "a training record's content hash leads to a retrievable course version",
            "a training record is made by passing, and by nothing else",
            "a satisfied assignment has its training record",
            "attempts stay within the number allowed",
            "an attempt keeps what was shown, answered and scored",
            "a corrected training record says what the old one said, but for what was corrected",
            "a regrade reaches every attempt that it is about",
            "a learner has one open registration of a course, and one open attempt in it",
            "original due dates never change",
        ),
    ),
    "courses": Room(
        courses.faults,
        (
            "a training record's content hash leads to a retrievable course version",
            "a course version is published by two people",
            "a published version can be read from beginning to end",
        ),
    ),
    "certificates": Room(certificates.faults, ("certificate data at issue = at any later download",)),
}
BETWEEN_ROOMS = (CHAIN, TWO_PEOPLE, TWO_HANDS, SEALS, ONE_PARTNER, SIDES, FILES, OUTBOX, EARNED)


def invariants() -> tuple[str, ...]:
    """Everything that `faults` asks, each once."""
    return tuple(dict.fromkeys([*BETWEEN_ROOMS, *(one for room in ROOMS.values() for one in room.invariants)]))


def faults(session: Session, *, storage: Storage | None = None) -> list[Fault]:
    """Every row that breaks an invariant, with a sentence that says how. Reads only; takes as long as there are rows.

    Without `storage` the evidence files themselves are not read, only their rows.
    """
    found: list[Fault] = []
    for ask in (_chain, _decisions, _hands, _signatures, _partners, _sides, _outbox, _earned):
        found += ask(session)
    if storage is not None:
        found += _files(session, storage)
        found += _evidence_of_equivalents(session, storage)
    for room in ROOMS.values():
        found += (Fault(_as_listed(one.invariant), one.row, one.sentence) for one in room.faults(session))
    return found


def _as_listed(invariant: str) -> str:
    return invariant[:1].lower() + invariant[1:]


def _chain(session: Session) -> Iterator[Fault]:
    verdict = audit.verify(session)
    if not verdict.ok:
        yield Fault(CHAIN, f"audit_event {verdict.broken_at}", f"{verdict.reason}")


def _decisions(session: Session) -> Iterator[Fault]:
    for decision in session.scalars(select(Decision).order_by(Decision.id).execution_options(yield_per=500)):
        row = f"decision {decision.id}"
        if digest(decision.content) != decision.content_digest:
            yield Fault(TWO_PEOPLE, row, "its content is no longer what was proposed")
        if decision.state not in (DecisionState.APPROVED, DecisionState.REJECTED):
            continue
        if decision.decided_by_id is None:
            yield Fault(TWO_PEOPLE, row, f"it is {decision.state.value} by nobody")
        elif decision.decided_by_id == decision.proposed_by_id:
            yield Fault(TWO_PEOPLE, row, f"person {decision.decided_by_id} proposed and decided it")
        else:
            for phrase, person_id in decision.took_part.items():
                if person_id == decision.decided_by_id:
                    yield Fault(TWO_PEOPLE, row, f"person {person_id} decided it and {phrase}")


def _hands(session: Session) -> Iterator[Fault]:
    questions: tuple[tuple[str, str, Select[Any]], ...] = (
        (
            "infraction",
            "was judged by the person who recorded it",
            select(Infraction.id).where(Infraction.judged_by_id == Infraction.recorded_by_id),
        ),
        (
            "evidence_revision",
            "was reviewed by the person who uploaded it",
            select(EvidenceRevision.id).where(EvidenceRevision.reviewed_by_id == EvidenceRevision.uploaded_by_id),
        ),
        (
            "engagement_session",
            "was confirmed by the person who wrote its minutes",
            select(EngagementSession.id).where(EngagementSession.confirmed_by_id == EngagementSession.minuted_by_id),
        ),
    )
    yield from _rows(session, TWO_HANDS, questions)


def _signatures(session: Session) -> Iterator[Fault]:
    for signature in session.scalars(select(Signature).order_by(Signature.id).execution_options(yield_per=500)):
        if not seal_holds(signature):
            yield Fault(SEALS, f"signature {signature.id}", "it was altered, or moved to another record")


def _partners(session: Session) -> Iterator[Fault]:
    def strays(key: Any, person_id: Any, partner_id: Any) -> Select[Any]:
        return (
            select(key)
            .join(Person, Person.id == person_id)
            .where(or_(Person.partner_id.is_(None), Person.partner_id != partner_id))
            .order_by(key)
        )

    said = "is about a person of another partner"
    evidence = (
        select(EvidenceRevision.id)
        .join(PlanStep, PlanStep.id == EvidenceRevision.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .join(Person, Person.id == EvidenceRevision.uploaded_by_id)
        .where(Person.partner_id.is_not(None), Person.partner_id != RemediationCase.partner_id)
    )
    questions: tuple[tuple[str, str, Select[Any]], ...] = (
        ("covered_person", said, strays(CoveredPerson.id, CoveredPerson.person_id, CoveredPerson.partner_id)),
        ("assignment", said, strays(Assignment.id, Assignment.person_id, Assignment.partner_id)),
        ("registration", said, strays(Registration.id, Registration.person_id, Registration.partner_id)),
        ("training_record", said, strays(TrainingRecord.id, TrainingRecord.person_id, TrainingRecord.partner_id)),
        ("certificate", said, strays(Certificate.id, Certificate.person_id, Certificate.partner_id)),
        ("evidence_revision", "was uploaded by somebody of another partner", evidence),
    )
    yield from _rows(session, ONE_PARTNER, questions)


def _sides(session: Session) -> Iterator[Fault]:
    of_partners = [role for role in Role if role.side is Side.PARTNER]
    strays = (
        select(RoleGrant.id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.ended_at.is_(None),
            or_(
                and_(Person.partner_id.is_(None), RoleGrant.role.in_(of_partners)),
                and_(Person.partner_id.is_not(None), RoleGrant.role.not_in(of_partners)),
            ),
        )
    )
    yield from _rows(session, SIDES, (("role_grant", "gives a role of the other side", strays),))


def _rows(session: Session, invariant: str, questions: Iterable[tuple[str, str, Select[Any]]]) -> Iterator[Fault]:
    for table, sentence, statement in questions:
        for key in session.scalars(statement):
            yield Fault(invariant, f"{table} {key}", f"it {sentence}")


def _files(session: Session, storage: Storage) -> Iterator[Fault]:
    for file in session.scalars(select(EvidenceFile).order_by(EvidenceFile.id).execution_options(yield_per=500)):
        row = f"evidence_file {file.id}"
        try:
            content = storage.get(file.sha256)
        except FileNotFoundError:
            yield Fault(FILES, row, "the file is gone from the storage folder")
        except ValueError as error:
            yield Fault(FILES, row, str(error))
        else:
            if len(content) != file.size:
                yield Fault(FILES, row, f"it is {len(content)} bytes long, not {file.size}")


def _evidence_of_equivalents(session: Session, storage: Storage) -> Iterator[Fault]:
    for found in session.scalars(select(EquivalentTraining).order_by(EquivalentTraining.id)):
        row = f"equivalent_training {found.id}"
        try:
            storage.get(found.evidence_digest)
        except FileNotFoundError:
            yield Fault(FILES, row, "the file is gone from the storage folder")
        except ValueError as error:
            yield Fault(FILES, row, str(error))


def _outbox(session: Session) -> Iterator[Fault]:
    for row in dead(session):
        yield Fault(
            OUTBOX, f"outbox_row {row.id}", f"{row.kind} ({row.key}) failed {row.tries} times; last: {row.last_error}"
        )


def _earned(session: Session) -> Iterator[Fault]:
    for record_id in course_certificates.overdue(session, at=now()):
        yield Fault(
            EARNED,
            f"training_record {record_id}",
            "its course gives a certificate, and none was issued; nor was anybody told why",
        )


def certificates_to_mend(session: Session) -> list[tuple[str, str]]:
    """Whose certificates could not be made, and what to mend: no fault of the data, but somebody who runs the portal may have to act."""
    rows = session.execute(
        select(func.coalesce(TrainingRecord.person_name, Partner.legal_name), CertificateRefusal.sentence)
        .join(Partner, Partner.id == CertificateRefusal.partner_id)
        .outerjoin(TrainingRecord, TrainingRecord.id == CertificateRefusal.training_record_id)
        .where(CertificateRefusal.settled_at.is_(None))
        .order_by(CertificateRefusal.id)
    )
    return [(holder, sentence) for holder, sentence in rows]
