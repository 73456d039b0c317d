"""Questions about readiness materials: who may read which, who has read it, who asked for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased, undefer

from app.access.policy import Actor, Permission
from app.accounts.models import Person
from app.courses.models import MaterialGrant, MaterialReceipt, MaterialRequest, ReadinessMaterial
from app.kernel.errors import NotFound
from app.partners.models import Partner
from app.partners.queries import in_reach

READERS = 50


def materials_for(session: Session, *, by: Actor) -> Sequence[ReadinessMaterial]:
    """The materials that somebody can read now, by title: for a partner's people those granted to the partner, for staff all."""
    statement = (
        select(ReadinessMaterial)
        .where(ReadinessMaterial.retired_at.is_(None))
        .order_by(ReadinessMaterial.title, ReadinessMaterial.id)
    )
    return session.scalars(statement.where(_granted_to(by)) if by.partner_id is not None else statement).all()


def load_material(session: Session, material_id: int, *, by: Actor) -> ReadinessMaterial:
    """A material with its text; one that a newer text replaced is found too. NotFound where the partner was not given it."""
    statement = (
        select(ReadinessMaterial)
        .where(ReadinessMaterial.id == material_id)
        .options(undefer(ReadinessMaterial.html), undefer(ReadinessMaterial.source))
    )
    material = session.scalar(statement.where(_granted_to(by)) if by.partner_id is not None else statement)
    if material is None:
        raise NotFound
    return material


def current_text(session: Session, slug: str) -> ReadinessMaterial | None:
    """The text of a material that is read now; None when there is none of that name."""
    return session.scalar(
        select(ReadinessMaterial).where(ReadinessMaterial.slug == slug, ReadinessMaterial.retired_at.is_(None))
    )


def receipts_of(session: Session, *, by: Actor) -> dict[int, datetime]:
    """When the actor confirmed which material, by its id."""
    rows = session.execute(
        select(MaterialReceipt.material_id, MaterialReceipt.at).where(MaterialReceipt.person_id == by.person_id)
    )
    return {row.material_id: row.at for row in rows}


def acknowledged(session: Session, slugs: Sequence[str], person_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Which of these people confirmed which of these materials, as (person id, slug), in whichever text stood at the time."""
    if not slugs or not person_ids:
        return set()
    rows = session.execute(
        select(MaterialReceipt.person_id, ReadinessMaterial.slug)
        .join(ReadinessMaterial, ReadinessMaterial.id == MaterialReceipt.material_id)
        .where(ReadinessMaterial.slug.in_(slugs), MaterialReceipt.person_id.in_(person_ids))
    )
    return {(row.person_id, row.slug) for row in rows}


@dataclass(frozen=True)
class Grantable:
    """A material, since when a partner has it (None: it hasn't), and how many of its people confirmed the text that stands now."""

    material: ReadinessMaterial
    granted_at: datetime | None
    granted_by_id: int | None
    confirmed: int


def grantable(session: Session, partner_id: int) -> Sequence[Grantable]:
    """Every material that is read now, by title, with what the partner has of it. The caller has loaded the partner by reach."""
    first = aliased(ReadinessMaterial)
    grants = {
        row.slug: row
        for row in session.execute(
            select(first.slug, MaterialGrant.granted_at, MaterialGrant.granted_by_id)
            .join(first, first.id == MaterialGrant.material_id)
            .where(MaterialGrant.partner_id == partner_id)
        )
    }
    confirmed = {
        row.material_id: row.people
        for row in session.execute(
            select(MaterialReceipt.material_id, func.count().label("people"))
            .where(MaterialReceipt.partner_id == partner_id)
            .group_by(MaterialReceipt.material_id)
        )
    }
    found = session.scalars(
        select(ReadinessMaterial)
        .where(ReadinessMaterial.retired_at.is_(None))
        .order_by(ReadinessMaterial.title, ReadinessMaterial.id)
    ).all()
    return [
        Grantable(
            material,
            grants[material.slug].granted_at if material.slug in grants else None,
            grants[material.slug].granted_by_id if material.slug in grants else None,
            confirmed.get(material.id, 0),
        )
        for material in found
    ]


def _granted_to(by: Actor) -> ColumnElement[bool]:
    """A grant goes by the material's name, so that a partner keeps its access when the text is revised."""
    given = aliased(ReadinessMaterial)
    return ReadinessMaterial.slug.in_(
        select(given.slug)
        .join(MaterialGrant, MaterialGrant.material_id == given.id)
        .where(MaterialGrant.partner_id == by.partner_id)
    )


def document(session: Session, material_id: int, *, by: Actor) -> ReadinessMaterial:
    """A material that is a PDF, with its bytes; NotFound for any other, and where the partner was not given it."""
    statement = (
        select(ReadinessMaterial)
        .where(ReadinessMaterial.id == material_id, ReadinessMaterial.document.is_not(None))
        .options(undefer(ReadinessMaterial.document))
    )
    material = session.scalar(statement.where(_granted_to(by)) if by.partner_id is not None else statement)
    if material is None:
        raise NotFound
    return material


def texts_of(session: Session, slug: str) -> Sequence[ReadinessMaterial]:
    """Every text that a material had, the newest first."""
    return session.scalars(
        select(ReadinessMaterial).where(ReadinessMaterial.slug == slug).order_by(ReadinessMaterial.id.desc())
    ).all()


def to_ask_for(session: Session, *, by: Actor) -> Sequence[ReadinessMaterial]:
    """What the library has besides, by title, for a partner's people: title and summary can be read, the text can't."""
    if by.partner_id is None:
        return []
    return session.scalars(
        select(ReadinessMaterial)
        .where(ReadinessMaterial.retired_at.is_(None), ~_granted_to(by))
        .order_by(ReadinessMaterial.title, ReadinessMaterial.id)
    ).all()


def load_to_ask_for(session: Session, material_id: int, *, by: Actor) -> ReadinessMaterial:
    """One of `to_ask_for`, or one that was given meanwhile; NotFound for a text that is read no more."""
    found = session.scalar(
        select(ReadinessMaterial).where(ReadinessMaterial.id == material_id, ReadinessMaterial.retired_at.is_(None))
    )
    if found is None or by.partner_id is None:
        raise NotFound
    return found


class Asked(NamedTuple):
    """A request for a material: by whom, when, why, and what was answered."""

    request_id: int
    slug: str
    title: str
    person_name: str
    asked_at: datetime
    reason: str
    answered_at: datetime | None
    refusal: str | None


def requests_of(session: Session, partner_id: int) -> list[Asked]:
    """A partner's requests for what is in the library now, newest first. The caller has loaded the partner by reach."""
    rows = session.execute(
        select(
            MaterialRequest.id,
            MaterialRequest.slug,
            ReadinessMaterial.title,
            Person.name,
            MaterialRequest.asked_at,
            MaterialRequest.reason,
            MaterialRequest.answered_at,
            MaterialRequest.refusal,
        )
        .join(Person, Person.id == MaterialRequest.asked_by_id)
        .join(
            ReadinessMaterial,
            and_(ReadinessMaterial.slug == MaterialRequest.slug, ReadinessMaterial.retired_at.is_(None)),
        )
        .where(MaterialRequest.partner_id == partner_id)
        .order_by(MaterialRequest.id.desc())
    )
    return [Asked(*row) for row in rows]


def load_request(session: Session, request_id: int, *, partner: Partner) -> MaterialRequest:
    """A request of a partner that was loaded for the actor; NotFound for any other."""
    found = session.scalar(
        select(MaterialRequest).where(MaterialRequest.id == request_id, MaterialRequest.partner_id == partner.id)
    )
    if found is None:
        raise NotFound
    return found


class Reader(NamedTuple):
    """Somebody at a partner, and since when they have confirmed a material: this text of it, or an earlier one."""

    person_id: int
    name: str
    confirmed_at: datetime | None
    earlier_at: datetime | None


@dataclass(frozen=True)
class Readers:
    """A page of a partner's people by name, and how many of them have confirmed the text that is read now."""

    lines: Sequence[Reader]
    confirmed: int
    people: int
    following: int | None


def readers(session: Session, material: ReadinessMaterial, partner_id: int, *, after: int | None) -> Readers:
    """Who at a partner has confirmed a material, and who not yet. The caller has loaded the partner by reach."""
    here = and_(Person.partner_id == partner_id, Person.deactivated_at.is_(None))
    earlier = aliased(ReadinessMaterial)
    earlier_receipt = aliased(MaterialReceipt)
    before = (
        select(func.max(earlier_receipt.at, type_=MaterialReceipt.at.type))
        .join(earlier, earlier.id == earlier_receipt.material_id)
        .where(earlier.slug == material.slug, earlier.id != material.id, earlier_receipt.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    counted = session.execute(
        select(func.count(Person.id).label("people"), func.count(MaterialReceipt.id).label("confirmed"))
        .outerjoin(
            MaterialReceipt,
            and_(MaterialReceipt.person_id == Person.id, MaterialReceipt.material_id == material.id),
        )
        .where(here)
    ).one()
    page = (
        select(Person.id, Person.name, MaterialReceipt.at, before)
        .outerjoin(
            MaterialReceipt,
            and_(MaterialReceipt.person_id == Person.id, MaterialReceipt.material_id == material.id),
        )
        .where(here)
        .order_by(Person.name, Person.id)
        .limit(READERS + 1)
    )
    if after is not None:
        last = aliased(Person)
        name = select(last.name).where(last.id == after, last.partner_id == partner_id).scalar_subquery()
        page = page.where(tuple_(Person.name, Person.id) > tuple_(name, literal_column(str(int(after)))))
    found = [Reader(*row) for row in session.execute(page)]
    lines = found[:READERS]
    return Readers(lines, counted.confirmed, counted.people, lines[-1].person_id if len(found) > READERS else None)


def given_to(session: Session, material: ReadinessMaterial, *, by: Actor, limit: int = 50) -> Sequence[Partner]:
    """The partners in the actor's reach that have a material, by name."""
    if not by.may(Permission.TEAM_TRAINING_READ):
        return []
    given = aliased(ReadinessMaterial)
    return session.scalars(
        select(Partner)
        .where(
            in_reach(by, Partner.id),
            Partner.id.in_(
                select(MaterialGrant.partner_id)
                .join(given, given.id == MaterialGrant.material_id)
                .where(given.slug == material.slug)
            ),
        )
        .order_by(Partner.legal_name, Partner.id)
        .limit(limit)
    ).all()
