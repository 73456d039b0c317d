"""What is going on about one certificate: who waits for what, and what it was corrected from."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind, Snapshot
from app.courses.models import Course, CourseVersion
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.learning.models import Assignment, AssignmentState, Registration
from app.partners.models import Partner

_ABOUT = (DecisionKind.CERTIFICATE_REVOCATION, DecisionKind.CERTIFICATE_CORRECTION)


@dataclass(frozen=True)
class Renewal:
    """For whom a course certificate names: from which day the course can be taken again, and whether it is on the list of tasks."""

    opens_on: date
    is_assigned: bool


@dataclass(frozen=True)
class Life:
    """For the page of one certificate. `name_now` is the partner's legal name where it is no longer the one that is printed.

    `record` is the number of the partner and the id of the training record that a course certificate follows.
    """

    stands: bool
    waiting: Decision | None = None
    name_now: str | None = None
    record: tuple[str, int] | None = None
    may_revoke: bool = False
    may_correct: bool = False
    renewal: Renewal | None = None


def life(session: Session, certificate: Certificate, *, by: Actor) -> Life:
    """What this actor may see and do about a certificate; two statements for staff, one for its holder, none for others."""
    stands = certificate.revoked_at is None and certificate.superseded_at is None
    if stands and certificate.person_id is not None and certificate.person_id == by.person_id:
        return Life(stands, renewal=_renewal(session, certificate))
    if not stands or not (by.may(Permission.CERTIFICATE_REVOKE) or by.may(Permission.CERTIFICATE_CORRECT)):
        return Life(stands)
    waiting = session.scalar(
        select(Decision).where(
            Decision.kind.in_(_ABOUT),
            Decision.subject_id == certificate.id,
            Decision.state == DecisionState.PROPOSED,
        )
    )
    partner = session.get_one(Partner, certificate.partner_id)
    of_program = certificate.kind is CertificateKind.PROGRAM_COMPLETION
    printed = Snapshot.from_canonical(certificate.snapshot.encode()).holder
    name_now = partner.legal_name if of_program and partner.legal_name != printed else None
    return Life(
        stands,
        waiting,
        name_now,
        None if certificate.training_record_id is None else (partner.number, certificate.training_record_id),
        may_revoke=waiting is None and by.may(Permission.CERTIFICATE_REVOKE),
        may_correct=waiting is None and by.may(Permission.CERTIFICATE_CORRECT),
    )


def _renewal(session: Session, certificate: Certificate) -> Renewal | None:
    """None where the course isn't renewed, or the certificate doesn't end."""
    if certificate.expires_on is None:
        return None
    on_the_list = exists().where(
        Assignment.person_id == certificate.person_id,
        Assignment.course_id == Registration.course_id,
        Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)),
    )
    row = session.execute(
        select(CourseVersion.renew_days, on_the_list.label("is_assigned"))
        .select_from(Registration)
        .join(Course, Course.id == Registration.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Registration.id == certificate.registration_id)
    ).one_or_none()
    if row is None or row.renew_days is None:
        return None
    return Renewal(certificate.expires_on - timedelta(days=row.renew_days), bool(row.is_assigned))
