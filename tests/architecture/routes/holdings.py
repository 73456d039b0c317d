"""What stands in the demo world, by whose it is: the material from which addresses are built.

An address names things (`/cases/<number>/steps/<step_id>` a case and one of its steps). `NAMES` says which thing an
argument after a word of the address means; `things_in` reads all of them from the database, those that belong together
in one `Thing`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certificates.models import Certificate, CertificateBundle, CertificateRefusal
from app.courses.models import (
    Course,
    CourseMedia,
    CourseUnit,
    CourseVersion,
    MaterialGrant,
    MaterialRequest,
    ReadinessMaterial,
    UnitKind,
)
from app.courses.rules.grading import Paper
from app.decisions.models import Decision
from app.incentives.models import AcknowledgementBatch, EarningBatch, Hold, PaymentFile, ReleaseOrder
from app.learning.models import (
    OPEN_STATES,
    Assignment,
    AssignmentBatch,
    AssignmentFile,
    Attempt,
    EquivalentTraining,
    Extension,
    Registration,
    Regrade,
    SavedView,
    TrainingRecord,
    VersionAcknowledgement,
)
from app.outbox.models import OutboxRow
from app.partners.models import CoveredPerson, Partner
from app.remediation.models import (
    CaseInfraction,
    CaseState,
    Determination,
    DeterminationReview,
    EngagementSession,
    EvidenceFile,
    EvidenceRevision,
    Infraction,
    Mark,
    Notice,
    NoticeState,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
)
from tests.certificates.verifier import header

# (word before the argument, argument) -> what it names.
NAMES: dict[tuple[str, str], str] = {
    ("invitations", "token"): "invitation",
    ("people", "person_id"): "person",
    ("people", "line_id"): "roster line",
    ("certificates", "number"): "certificate",
    ("certificate-refusals", "refusal_id"): "certificate refusal",
    ("certificate-bundles", "bundle_id"): "certificate bundle",
    ("verify", "number"): "public certificate",
    ("VERIFY", "number"): "public certificate",
    ("status", "list_number"): "status list",
    ("keys", "thumbprint"): "credential key",
    ("courses", "slug"): "course",
    ("versions", "version_id"): "course version",
    ("course-changes", "version_id"): "change to read",
    ("media", "content_hash"): "course content",
    ("media", "path"): "picture",
    ("lessons", "content_hash"): "course content",
    ("lessons", "unit_slug"): "lesson",
    ("materials", "material_id"): "material",
    ("material-requests", "request_id"): "material request",
    ("material-library", "material_id"): "material to ask for",
    ("partners", "number"): "partner",
    ("imports", "batch_id"): "earnings file",
    ("payment-acknowledgements", "batch_id"): "acknowledgement file",
    ("holds", "number"): "hold",
    ("release-orders", "number"): "release order",
    ("files", "sequence"): "payment file",
    ("assignments", "assignment_id"): "assignment",
    ("assignment-batches", "batch_id"): "assignment batch",
    ("assignment-files", "file_id"): "file of assignments",
    ("registrations", "registration_id"): "registration",
    ("units", "position"): "unit",
    ("checks", "check_id"): "check",
    ("attempts", "attempt_id"): "attempt",
    ("questions", "number"): "question's place",
    ("answers", "question_id"): "question",
    ("training-records", "record_id"): "training record",
    ("views", "view_id"): "saved view",
    ("completions", "record_id"): "completion",
    ("extensions", "extension_id"): "request for more time",
    ("team-assignments", "assignment_id"): "team's assignment",
    ("equivalents", "equivalent_id"): "outside training",
    ("regrades", "regrade_id"): "regrade",
    ("decisions", "decision_id"): "decision",
    ("cases", "number"): "case",
    ("steps", "step_id"): "step",
    ("evidence", "revision"): "revision",
    ("files", "file_id"): "evidence file",
    ("sessions", "session_id"): "engagement session",
    ("determinations", "determination_id"): "determination",
    ("determination-reviews", "review_id"): "review of a determination",
    ("infractions", "infraction_id"): "infraction",
    ("notices", "notice_id"): "notice",
    ("plans", "version"): "plan version",
    ("marks", "mark"): "mark",
}

# Well-formed where that matters, and nobody's.
MISSING: dict[str, str | int] = {
    "invitation": "n" * 43,
    "certificate": "0000-0000-0000-0000",
    "public certificate": "0000-0000-0000-0000",
    "course": "no-such-course",
    "course content": "0" * 64,
    "picture": "no/such/picture.png",
    "lesson": "no-such-lesson",
    "partner": "P-9999",
    "hold": "H-2026-9999",
    "release order": "RO-2026-9999",
    "check": "no-such-check",
    "question": "no-such-question",
    "case": "RC-2026-9999",
    "mark": "no_such_mark",
}
NO_SUCH_ID = 987_654_321

_ARGUMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")


class UnknownArgument(Exception):
    """An address has an argument that nobody has explained here."""


def named_in(rule: str) -> list[tuple[str, str]]:
    """(argument, what it names) of a rule, in order. Raises UnknownArgument with what to do."""
    found, word = [], ""
    for part in rule.strip("/").split("/"):
        argument = _ARGUMENT.search(part)
        if argument is None:
            word = part
            continue
        name = argument.group(1)
        if (word, name) not in NAMES:
            raise UnknownArgument(
                f"{rule} has the argument <{name}> after /{word}/. Say in NAMES, in tests/architecture/routes/holdings.py, "
                "what it names, and see that things_in finds such things."
            )
        found.append((name, NAMES[(word, name)]))
    return found


def missing(kind: str) -> str | int:
    return MISSING.get(kind, NO_SUCH_ID)


@dataclass(frozen=True)
class Thing:
    """Names that belong together, and whose they are.

    `inside` is what the partner and its representative must not know of, unless it is `of_staff`: then the representative may.
    """

    names: dict[str, str | int]
    partner_id: int | None = None
    person_id: int | None = None
    inside: bool = False
    of_staff: bool = False


def things_in(session: Session) -> list[Thing]:
    """Everything that an address can name."""
    return [
        *_of_partners(session),
        *_of_courses(session),
        *_of_learners(session),
        *_of_cases(session),
        *_of_money(session),
        *_of_everybody(session),
    ]


def _of_partners(session: Session) -> Iterator[Thing]:
    numbers = _numbers(session)
    for partner_id, number in numbers.items():
        yield Thing({"partner": number}, partner_id)
        for material_id in session.scalars(
            select(MaterialGrant.material_id).where(MaterialGrant.partner_id == partner_id).order_by(MaterialGrant.id)
        ):
            yield Thing({"partner": number, "material": material_id}, partner_id)
    for request in session.scalars(select(MaterialRequest).order_by(MaterialRequest.id)):
        names = {"partner": numbers[request.partner_id], "material request": request.id}
        yield Thing(names, request.partner_id)
    for line in session.scalars(select(CoveredPerson).order_by(CoveredPerson.id)):
        yield Thing(
            {"partner": numbers[line.partner_id], "roster line": line.id, "person": line.person_id}, line.partner_id
        )
    # Everybody at a partner may ask for whatever there is; its text is another thing.
    for material_id in session.scalars(select(ReadinessMaterial.id).where(ReadinessMaterial.retired_at.is_(None))):
        yield Thing({"material to ask for": material_id})
    for material_id in session.scalars(select(ReadinessMaterial.id)):
        yield Thing({"material": material_id}, inside=True, of_staff=True)


def _numbers(session: Session) -> dict[int, str]:
    return {row.id: row.number for row in session.execute(select(Partner.id, Partner.number).order_by(Partner.id))}


def _of_courses(session: Session) -> Iterator[Thing]:
    rows = session.execute(select(Course.slug, CourseVersion).join(CourseVersion, CourseVersion.course_id == Course.id))
    for slug, version in rows.all():
        named: dict[str, str | int] = {"course": slug, "course version": version.id}
        yield Thing(named)
        for unit in session.scalars(select(CourseUnit).where(CourseUnit.version_id == version.id)):
            yield Thing({**named, "unit": unit.position})
        for regrade_id in session.scalars(select(Regrade.id).where(Regrade.version_id == version.id)):
            yield Thing({**named, "regrade": regrade_id}, inside=True)
        # Media and links between lessons are for those who take the course; whose they are is said by the registration.
        takers = session.execute(
            select(Registration.person_id, Registration.partner_id).where(Registration.version_id == version.id)
        ).all()
        places = session.scalars(
            select(CourseUnit.slug).where(CourseUnit.version_id == version.id, CourseUnit.kind == UnitKind.LESSON)
        ).all()
        pictures = session.scalars(select(CourseMedia.path).where(CourseMedia.version_id == version.id)).all()
        content: list[dict[str, str | int]] = [
            {"course content": version.content_hash, "lesson": one} for one in places[:1]
        ] + [{"course content": version.content_hash, "picture": one} for one in pictures[:1]]
        for one in content:
            for person_id, partner_id in takers:
                yield Thing(one, partner_id, person_id)


def _of_learners(session: Session) -> Iterator[Thing]:
    numbers = _numbers(session)
    for assignment in session.scalars(select(Assignment).order_by(Assignment.id)):
        owner = (assignment.partner_id, assignment.person_id)
        yield Thing({"partner": numbers[assignment.partner_id], "assignment": assignment.id}, *owner)
    # Whoever made a batch or brought a file reads it, and staff who see all partners; the furnished ones are about one partner.
    for batch_id in session.scalars(select(AssignmentBatch.id)):
        about = select(Assignment.partner_id).where(Assignment.batch_id == batch_id).distinct()
        partner_id = session.scalars(about).one()
        yield Thing({"assignment batch": batch_id}, partner_id, inside=True, of_staff=True)
        for file_id in session.scalars(select(AssignmentFile.id)):
            yield Thing({"file of assignments": file_id}, partner_id, inside=True, of_staff=True)
    for registration in session.scalars(select(Registration).order_by(Registration.id)):
        owner = (registration.partner_id, registration.person_id)
        named: dict[str, str | int] = {"registration": registration.id}
        yield Thing(named, *owner)
        for unit in session.scalars(
            select(CourseUnit).where(CourseUnit.version_id == registration.version_id).order_by(CourseUnit.position)
        ):
            yield Thing({**named, "unit": unit.position}, *owner)
            for check in unit.checks[:1]:
                yield Thing({**named, "unit": unit.position, "check": check["id"]}, *owner)
        for attempt in session.scalars(
            select(Attempt).where(Attempt.registration_id == registration.id).order_by(Attempt.id)
        ):
            first = Paper.from_json(attempt.paper).question_ids[0]
            yield Thing({"attempt": attempt.id, "question's place": 1, "question": first}, *owner)
    for view in session.execute(
        select(SavedView.id, Person.id.label("person_id"), Person.partner_id).join(
            Person, Person.id == SavedView.person_id
        )
    ):
        yield Thing({"saved view": view.id}, view.partner_id, view.person_id)
    for record in session.scalars(select(TrainingRecord).order_by(TrainingRecord.id)):
        yield Thing({"training record": record.id}, record.partner_id, record.person_id)
        if record.needs_confirmation:
            yield Thing({"completion": record.id}, record.partner_id, inside=True)
    for asked in session.scalars(select(VersionAcknowledgement).order_by(VersionAcknowledgement.version_id)):
        yield Thing({"change to read": asked.version_id}, asked.partner_id, asked.person_id)
    for extension in session.scalars(select(Extension).order_by(Extension.id)):
        yield Thing({"request for more time": extension.id}, extension.partner_id, inside=True, of_staff=True)
    for assignment in session.scalars(select(Assignment).where(Assignment.state.in_(OPEN_STATES))):
        # The contact asks for anybody of the own partner.
        yield Thing({"team's assignment": assignment.id}, assignment.partner_id)
        names: dict[str, str | int] = {"partner": numbers[record.partner_id], "training record": record.id}
        yield Thing(names, record.partner_id, record.person_id)
    for found in session.scalars(select(EquivalentTraining).order_by(EquivalentTraining.id)):
        names = {"partner": numbers[found.partner_id], "outside training": found.id}
        yield Thing(names, found.partner_id, inside=True)


def _of_cases(session: Session) -> Iterator[Thing]:
    for case in session.scalars(select(RemediationCase).order_by(RemediationCase.id)):
        yield from _of_case(session, case, case.notified_at is None)
    cases = {row.infraction_id: row.case_id for row in session.scalars(select(CaseInfraction))}
    for infraction in session.scalars(select(Infraction).order_by(Infraction.id.desc())):
        number = session.get_one(RemediationCase, cases[infraction.id]).number if infraction.id in cases else ""
        named: dict[str, str | int] = {"infraction": infraction.id}
        yield Thing({**named, "case": number} if number else named, infraction.partner_id, inside=True)


def _of_case(session: Session, case: RemediationCase, draft: bool) -> Iterator[Thing]:
    named: dict[str, str | int] = {"case": case.number}
    owner = case.partner_id

    def thing(inside: bool, **names: str | int) -> Thing:
        return Thing(
            {**named, **{name.replace("_", " "): value for name, value in names.items()}}, owner, inside=inside
        )

    yield thing(draft)
    for mark in Mark:
        yield thing(draft, mark=mark.value)
    for notice in session.scalars(select(Notice).where(Notice.case_id == case.id)):
        yield thing(draft or notice.state is not NoticeState.SERVED, notice=notice.id)
    for plan in session.scalars(select(PlanVersion).where(PlanVersion.case_id == case.id)):
        hidden = draft or plan.state is not PlanState.ACCEPTED
        yield thing(hidden or case.state in (CaseState.NOTIFIED, CaseState.PLANNING), plan_version=plan.version)
        for step in session.scalars(
            select(PlanStep).where(PlanStep.plan_version_id == plan.id).order_by(PlanStep.position)
        ):
            yield thing(hidden, step=step.id)
            for meeting in session.scalars(select(EngagementSession).where(EngagementSession.step_id == step.id)):
                yield thing(hidden, step=step.id, engagement_session=meeting.id)
            for revision in session.scalars(select(EvidenceRevision).where(EvidenceRevision.step_id == step.id)):
                yield thing(hidden, step=step.id, revision=revision.number)
                for file in session.scalars(select(EvidenceFile).where(EvidenceFile.revision_id == revision.id)):
                    yield thing(hidden, step=step.id, revision=revision.number, evidence_file=file.id)
    for review in session.scalars(select(DeterminationReview).where(DeterminationReview.case_id == case.id)):
        yield Thing({"review of a determination": review.id}, owner, inside=True)
    for determination in session.scalars(select(Determination).where(Determination.case_id == case.id)):
        yield thing(True, determination=determination.id)


def _of_money(session: Session) -> Iterator[Thing]:
    for hold in session.scalars(select(Hold).order_by(Hold.id)):
        yield Thing({"hold": hold.number}, hold.partner_id, inside=hold.activated_at is None)
    for order in session.scalars(select(ReleaseOrder).order_by(ReleaseOrder.id)):
        yield Thing({"release order": order.number}, order.partner_id)
        for file in session.scalars(select(PaymentFile).where(PaymentFile.order_id == order.id)):
            yield Thing({"release order": order.number, "payment file": file.sequence}, order.partner_id)
    for certificate in session.scalars(select(Certificate).order_by(Certificate.id.desc())):
        yield Thing({"certificate": certificate.number}, certificate.partner_id, certificate.person_id)
        yield Thing({"public certificate": certificate.number})
        yield Thing({"status list": certificate.status_list})
    for credential in session.scalars(select(Certificate.credential).order_by(Certificate.id).limit(1)):
        yield Thing({"credential key": header(credential)["kid"].rpartition("/")[2]})
    for refusal in session.scalars(select(CertificateRefusal)):
        yield Thing({"certificate refusal": refusal.id}, refusal.partner_id, inside=True)
    # Whoever asked for a bundle has it; the furnished one is of one partner, asked for by its representative.
    for bundle in session.scalars(select(CertificateBundle)):
        yield Thing({"certificate bundle": bundle.id}, bundle.partner_id, inside=True, of_staff=True)
    for decision in session.scalars(select(Decision).order_by(Decision.id.desc())):
        yield Thing({"decision": decision.id}, decision.partner_id, inside=True)


def _of_everybody(session: Session) -> Iterator[Thing]:
    for batch_id in session.scalars(select(EarningBatch.id).order_by(EarningBatch.id)):
        yield Thing({"earnings file": batch_id}, inside=True)
    for batch_id in session.scalars(select(AcknowledgementBatch.id)):
        yield Thing({"acknowledgement file": batch_id}, inside=True)
    for row in session.scalars(select(OutboxRow).where(OutboxRow.kind == "invitation").order_by(OutboxRow.id)):
        yield Thing({"invitation": row.payload["token"]})


def fitting(things: Sequence[Thing], kinds: Sequence[str], most: int) -> list[tuple[str | int, ...]]:
    """Values for the arguments of an address, each tuple from one thing, without repeats, at most so many."""
    found = dict.fromkeys(
        tuple(thing.names[kind] for kind in kinds) for thing in things if all(kind in thing.names for kind in kinds)
    )
    return list(found)[:most]


def mixed(own: tuple[str | int, ...], other: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """Every way in which an address can begin with one's own and go on with somebody else's, and the other way round."""
    found = []
    for cut, _ in enumerate(pairwise(own), start=1):
        found += [own[:cut] + other[cut:], other[:cut] + own[cut:]]
    return [one for one in found if one not in (own, other)]
