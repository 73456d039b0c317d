"""What audit events are about: names and pages for their subjects, and everything that belongs to a case, hold or order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.certificates.rules.numbers import normalise
from app.courses.models import Course, CourseVersion, ReadinessMaterial
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.incentives.models import Acknowledgement, Hold, Payment, PaymentFile, ReleaseOrder
from app.learning.models import Assignment, EquivalentTraining, Registration, TrainingRecord
from app.partners.models import CoveredPerson, Partner, Program
from app.remediation.models import (
    CaseInfraction,
    Determination,
    DeterminationReview,
    EngagementSession,
    EvidenceManifest,
    Infraction,
    Notice,
    PlanStep,
    PlanVersion,
    Referral,
    RemediationCase,
)


@dataclass(frozen=True)
class Subject:
    """`label` as people say it; `endpoint` and `values` of its page where it has one."""

    label: str
    endpoint: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """How a type of subject is called, how its names are read (id, name, and what the page's address takes), and its page.

    `by_name` says that the address takes what was read instead of the key.
    """

    noun: str
    name: Callable[[Sequence[int]], Select[Any, Any, Any]] | None = None
    endpoint: str | None = None
    argument: str = ""
    by_name: bool = False


def _column(key: InstrumentedAttribute[int], name: Any) -> Callable[[Sequence[int]], Select[Any, Any, Any]]:
    return lambda ids: select(key.label("id"), name.label("name"), name.label("address")).where(key.in_(ids))


_covered = aliased(Person)


def _covered_people(ids: Sequence[int]) -> Select[Any, Any, Any]:
    return (
        select(CoveredPerson.id.label("id"), _covered.name.label("name"), _covered.name.label("address"))
        .join(_covered, _covered.id == CoveredPerson.person_id)
        .where(CoveredPerson.id.in_(ids))
    )


def _versions(ids: Sequence[int]) -> Select[Any, Any, Any]:
    return (
        select(
            CourseVersion.id.label("id"),
            (Course.slug + " " + CourseVersion.version).label("name"),
            Course.slug.label("address"),
        )
        .join(Course, Course.id == CourseVersion.course_id)
        .where(CourseVersion.id.in_(ids))
    )


def _of_case(model: Any) -> Callable[[Sequence[int]], Select[Any, Any, Any]]:
    """Parts of a case are named by the case's number."""
    return lambda ids: (
        select(model.id.label("id"), RemediationCase.number.label("name"), RemediationCase.number.label("address"))
        .join(RemediationCase, RemediationCase.id == model.case_id)
        .where(model.id.in_(ids))
    )


def _steps(ids: Sequence[int]) -> Select[Any, Any, Any]:
    return (
        select(
            PlanStep.id.label("id"),
            ("“" + PlanStep.title + "” of " + RemediationCase.number).label("name"),
            RemediationCase.number.label("address"),
        )
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .where(PlanStep.id.in_(ids))
    )


def _sessions(ids: Sequence[int]) -> Select[Any, Any, Any]:
    return (
        select(
            EngagementSession.id.label("id"),
            RemediationCase.number.label("name"),
            RemediationCase.number.label("address"),
        )
        .join(PlanStep, PlanStep.id == EngagementSession.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .where(EngagementSession.id.in_(ids))
    )


_CASE = Kind("case", _column(RemediationCase.id, RemediationCase.number), "remediation.case", "number", by_name=True)
_STEP = Kind("step", _steps, "remediation.case", "number", by_name=True)

KINDS: dict[str, Kind] = {
    "partner": Kind("partner", _column(Partner.id, Partner.number), "partners.partner", "number", by_name=True),
    "program": Kind("program", _column(Program.id, Program.code)),
    "person": Kind("account of", _column(Person.id, Person.name)),
    "covered_person": Kind("roster line of", _covered_people),
    "case": _CASE,
    "remediation_case": _CASE,
    "infraction": Kind("infraction", None, "remediation.infraction", "infraction_id"),
    "notice": Kind("notice of", _of_case(Notice), "remediation.case", "number", by_name=True),
    "plan": Kind("plan of", _of_case(PlanVersion), "remediation.case", "number", by_name=True),
    "step": _STEP,
    "engagement_session": Kind("meeting of", _sessions, "remediation.case", "number", by_name=True),
    "evidence_manifest": Kind("evidence of", _of_case(EvidenceManifest), "remediation.case", "number", by_name=True),
    "determination": Kind("determination of", _of_case(Determination), "remediation.case", "number", by_name=True),
    "determination_review": Kind(
        "review of", _of_case(DeterminationReview), "remediation.case", "number", by_name=True
    ),
    "referral": Kind("referral of", _of_case(Referral), "remediation.case", "number", by_name=True),
    "decision": Kind(
        "decision about", _column(Decision.id, Decision.subject_label), "outcomes.decision", "decision_id"
    ),
    "hold": Kind("hold", _column(Hold.id, Hold.number), "incentives.hold", "number", by_name=True),
    "release_order": Kind(
        "order", _column(ReleaseOrder.id, ReleaseOrder.number), "incentives.order", "number", by_name=True
    ),
    "certificate": Kind(
        "certificate", _column(Certificate.id, Certificate.number), "certificates.verified", "number", by_name=True
    ),
    "certificate_refusal": Kind("certificate that was refused"),
    "certificate_bundle": Kind("certificates in bulk", None, "certificates.one_bundle", "bundle_id"),
    "distrusted_key": Kind("signing key"),
    "course": Kind("course", _column(Course.id, Course.slug), "courses.course", "slug", by_name=True),
    "course-version": Kind("course version", _versions, "courses.course", "slug", by_name=True),
    "course_publication": Kind("course version", _versions, "courses.course", "slug", by_name=True),
    "material": Kind(
        "material", _column(ReadinessMaterial.id, ReadinessMaterial.title), "courses.material", "material_id"
    ),
    "earning_batch": Kind("earnings file", None, "incentives.earnings_import", "batch_id"),
    "acknowledgement_batch": Kind("acknowledgement file", None, "incentives.acknowledgement", "batch_id"),
    "assignment": Kind("assignment"),
    "assignment_batch": Kind("assignments made together", None, "learning.assignment_batch", "batch_id"),
    "assignment_file": Kind("file of assignments", None, "learning.assignment_file", "file_id"),
    "registration": Kind("registration"),
    "attempt": Kind("attempt"),
    "training_record": Kind("training record"),
    "training_waiver": Kind("waiver"),
    "waiver": Kind("waiver"),
    "extension": Kind("request for more time"),
    "material-request": Kind("request for a material"),
    "regrade": Kind("regrade"),
    "record_correction": Kind("correction"),
    "equivalent_training": Kind("outside training", _column(EquivalentTraining.id, EquivalentTraining.title)),
    "location": Kind("location"),
    "address": Kind("page"),
}


def named(session: Session, events: Iterable[AuditEvent]) -> dict[tuple[str, str], Subject]:
    """A Subject for each (type, id) that the events are about, in one statement."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        wanted[event.subject_type].add(event.subject_id)
    names = _names(session, wanted)
    return {(kind, key): _subject(kind, key, names.get((kind, key))) for kind, keys in wanted.items() for key in keys}


@dataclass(frozen=True)
class _Name:
    text: str
    address: str


def _names(session: Session, wanted: dict[str, set[str]]) -> dict[tuple[str, str], _Name]:
    parts = []
    for kind, keys in wanted.items():
        about = KINDS.get(kind)
        ids = sorted(int(key) for key in keys if key.isdigit() and len(key) < 16)
        if about is not None and about.name is not None and ids:
            found = about.name(ids).subquery()
            parts.append(
                select(
                    literal(kind).label("kind"),
                    found.c.id,
                    cast(found.c.name, String).label("name"),
                    cast(found.c.address, String).label("address"),
                )
            )
    if not parts:
        return {}
    rows = session.execute(union_all(*parts))
    return {(row.kind, str(row.id)): _Name(row.name, row.address) for row in rows}


def _subject(kind: str, key: str, name: _Name | None) -> Subject:
    about = KINDS.get(kind)
    if about is None:
        return Subject(f"{kind.replace('_', ' ')} {key}")
    label = f"{about.noun} {name.text if name else key}"
    if about.endpoint is None:
        return Subject(label)
    if about.by_name:
        # Some are recorded by the very name that their page's address takes.
        address = name.address if name else (None if key.isdigit() else key)
        return Subject(label, about.endpoint, {about.argument: address}) if address else Subject(label)
    return Subject(label, about.endpoint, {about.argument: int(key)}) if key.isdigit() else Subject(label)


Keys = Select[Any] | Sequence[int | str]


def about(session: Session, text: str) -> ColumnElement[bool] | None:
    """The events about what a number names: a partner, a case with all its parts, a hold, an order, a certificate; None if none has it."""
    text = text.strip().upper()
    partner_id = session.scalar(select(Partner.id).where(Partner.number == text))
    if partner_id is not None:
        return or_(AuditEvent.partner_id == partner_id, _of("partner", [partner_id]))
    case_id = session.scalar(select(RemediationCase.id).where(RemediationCase.number == text))
    if case_id is not None:
        return of_case(case_id, text)
    hold_id = session.scalar(select(Hold.id).where(Hold.number == text))
    if hold_id is not None:
        return _with_decisions("hold", DecisionKind.HOLD, [hold_id])
    order_id = session.scalar(select(ReleaseOrder.id).where(ReleaseOrder.number == text))
    if order_id is not None:
        return _with_decisions("release_order", DecisionKind.RELEASE_ORDER, [order_id])
    certificate_id = session.scalar(select(Certificate.id).where(Certificate.number == (normalise(text) or "")))
    if certificate_id is None:
        return None
    return or_(
        _with_decisions("certificate", DecisionKind.CERTIFICATE_REVOCATION, [certificate_id]),
        _of("decision", _decisions(DecisionKind.CERTIFICATE_CORRECTION, [certificate_id])),
    )


def of_case(case_id: int, number: str) -> ColumnElement[bool]:
    """The events of a case: its own, those of its parts, of training earned for it, its holds, orders, payments and certificates, and of the decisions about them.

    Single lessons and answers are left out: they stand under the person and the partner.
    """

    def part(model: Any) -> Select[Any]:
        return select(model.id).where(model.case_id == case_id)

    joined = select(CaseInfraction.infraction_id).where(CaseInfraction.case_id == case_id)
    steps = part(PlanStep)
    assigned = select(Assignment.id).where(Assignment.case_step_id.in_(steps))
    earned = (
        select(TrainingRecord.id)
        .join(Registration, Registration.id == TrainingRecord.registration_id)
        .where(Registration.assignment_id.in_(assigned))
    )
    answered = (
        select(Acknowledgement.batch_id)
        .join(Payment, Payment.id == Acknowledgement.payment_id)
        .join(PaymentFile, PaymentFile.id == Payment.payment_file_id)
        .where(PaymentFile.order_id.in_(part(ReleaseOrder)))
    )
    return or_(
        _of("case", [number]),
        _of("remediation_case", [case_id]),
        _of("infraction", select(Infraction.id).where(Infraction.id.in_(joined))),
        _of("step", steps),
        _of("engagement_session", select(EngagementSession.id).where(EngagementSession.step_id.in_(steps))),
        _of("assignment", assigned),
        _of("training_record", earned),
        _of("evidence_manifest", part(EvidenceManifest)),
        _with_decisions("certificate", DecisionKind.CERTIFICATE_REVOCATION, part(Certificate)),
        _of("decision", _decisions(DecisionKind.CERTIFICATE_CORRECTION, part(Certificate))),
        _with_decisions("determination_review", DecisionKind.DETERMINATION_REVIEW, part(DeterminationReview)),
        _of("acknowledgement_batch", answered),
        _with_decisions("notice", DecisionKind.NOTICE, part(Notice)),
        _with_decisions("plan", DecisionKind.PLAN, part(PlanVersion)),
        _with_decisions("determination", DecisionKind.DETERMINATION, part(Determination)),
        _with_decisions("referral", DecisionKind.REFERRAL, part(Referral)),
        _with_decisions("hold", DecisionKind.HOLD, part(Hold)),
        _with_decisions("release_order", DecisionKind.RELEASE_ORDER, part(ReleaseOrder)),
    )


def _of(kind: str, keys: Keys) -> ColumnElement[bool]:
    if isinstance(keys, Select):
        found = keys.subquery()
        ids: Any = select(cast(found.c[0], String))
    else:
        ids = [str(key) for key in keys]
    return and_(AuditEvent.subject_type == kind, AuditEvent.subject_id.in_(ids))


def _with_decisions(kind: str, decided: DecisionKind, keys: Keys) -> ColumnElement[bool]:
    return or_(_of(kind, keys), _of("decision", _decisions(decided, keys)))


def _decisions(decided: DecisionKind, keys: Keys) -> Select[int]:
    return select(Decision.id).where(Decision.kind == decided, Decision.subject_id.in_(keys))
