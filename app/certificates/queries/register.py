"""The register of certificates: what anyone may see of one, and who may load it whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, undefer

from app.access.policy import Actor, Permission
from app.certificates.models import Certificate
from app.certificates.queries.standing import Issued, Standing, standing
from app.certificates.rules.numbers import normalise
from app.certificates.rules.snapshot import Printed, Snapshot
from app.kernel.errors import NotFound
from app.partners.queries import in_reach


@dataclass(frozen=True)
class Public:
    """What anyone may see of a certificate: its standing and every field that is printed on it."""

    certificate: Issued
    standing: Standing
    printed: Printed

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """What is printed as (label, value), in the certificate's language."""
        return self.printed.pairs()


_certificate = Certificate.__table__
_PUBLIC = select(*(_certificate.c[name] for name in Issued._fields)).where(_certificate.c.number == bindparam("number"))


def public(session: Session, number: str, *, at: datetime) -> Public:
    """A certificate by its number, however typed; NotFound for unknown and malformed alike. A revoked one is found."""
    normal = normalise(number)
    row = session.execute(_PUBLIC, {"number": normal}).one_or_none() if normal else None
    if row is None:
        raise NotFound
    issued = Issued(*row)
    return Public(issued, standing(issued, at=at), printed(issued))


def printed(certificate: Certificate | Issued) -> Printed:
    """Every field that is printed on it, in the language that it is printed in."""
    return _printed_of(certificate.snapshot)


@lru_cache(maxsize=512)
def _printed_of(snapshot: str) -> Printed:
    return Snapshot.from_canonical(snapshot.encode()).printed()


def credential(session: Session, number: str) -> str:
    """The stored credential of a certificate, whatever its standing, by its number however typed; NotFound for unknown and malformed alike."""
    normal = normalise(number)
    found = session.scalar(select(Certificate.credential).where(Certificate.number == normal)) if normal else None
    if found is None:
        raise NotFound
    return found


def load(session: Session, number: str, *, by: Actor, with_pdf: bool = False) -> Certificate:
    """A certificate of a party to it: the person it names, its partner's case people, or staff in whose reach the partner is."""
    statement = select(Certificate).where(Certificate.number == (normalise(number) or ""))
    found = session.scalar(statement.options(undefer(Certificate.pdf)) if with_pdf else statement)
    if found is None or not _is_party(session, found, by):
        raise NotFound
    return found


def _is_party(session: Session, certificate: Certificate, by: Actor) -> bool:
    if certificate.person_id is not None and certificate.person_id == by.person_id:
        return True
    if not by.may(Permission.CERTIFICATE_READ):
        return False
    if by.partner_id is not None and certificate.person_id is not None:
        return False
    return (
        session.scalar(
            select(Certificate.id).where(Certificate.id == certificate.id, in_reach(by, Certificate.partner_id))
        )
        is not None
    )


def own(session: Session, *, by: Actor, limit: int = 100) -> Sequence[Certificate]:
    """The actor's own course certificates, and their partner's program certificates where they may see those; newest first."""
    wanted = Certificate.person_id == by.person_id
    if by.partner_id is not None and by.may(Permission.CERTIFICATE_READ):
        wanted = wanted | ((Certificate.partner_id == by.partner_id) & Certificate.case_id.is_not(None))
    elif by.may(Permission.CERTIFICATE_READ):
        wanted = in_reach(by, Certificate.partner_id) & Certificate.case_id.is_not(None)
    return session.scalars(select(Certificate).where(wanted).order_by(Certificate.id.desc()).limit(limit)).all()
