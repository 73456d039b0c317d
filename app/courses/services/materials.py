"""Verbs about readiness materials: publish, grant, ask for, acknowledge."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.courses.models import MaterialGrant, MaterialReceipt, ReadinessMaterial
from app.courses.rules.materials import read_material
from app.decisions import services as decisions
from app.kernel.canonical import digest
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, RefusedAct, constraint_says
from app.partners import queries as partners
from app.partners.models import Partner

LARGEST_MATERIAL = 512 * 1024

constraint_says("uq_material_grant_material_id_partner_id", "The partner has access to this material already.")
constraint_says("uq_material_receipt_material_id_person_id", "You have confirmed this material already.")


def publish_material(
    session: Session, slug: str, title: str, source: str, *, by: Actor, at: datetime
) -> ReadinessMaterial:
    """Publish a Markdown text as it is. The same text again is the same material; a changed one takes the place of the last.

    `title` may be empty: then the front matter or the first heading gives it.
    """
    act = RefusedAct("material.published", "material", slug)
    decisions.require(Permission.COURSE_PUBLISH, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A material is published by a person.")
    if not slug or len(slug) > 100 or not all(character.isalnum() or character in "-_" for character in slug):
        raise DomainError("Name the material in letters, digits, - and _, at most 100 of them.", field="slug")
    if len(source.encode()) > LARGEST_MATERIAL:
        raise DomainError(f"A material may have {LARGEST_MATERIAL:,} bytes; this text has more.", field="source")
    read = read_material(source, file=f"{slug}.md", title=title.strip())
    if not read.title:
        raise DomainError("Give the material a title, or a heading to take it from.", field="title")
    if not read.html:
        raise DomainError("The material has no text.", field="source")
    named = digest({"title": read.title, "source": source})
    serialize(session, f"material:{slug}")
    rows = session.scalars(select(ReadinessMaterial).where(ReadinessMaterial.slug == slug)).all()
    material = next((row for row in rows if row.content_hash == named), None)
    if material is not None and material.retired_at is None:
        return material
    replaced = [row for row in rows if row.retired_at is None]
    for row in replaced:
        row.retired_at = at
    if material is None:
        material = ReadinessMaterial(
            slug=slug,
            title=read.title,
            summary=read.summary,
            source=source,
            html=read.html,
            minutes=read.minutes,
            content_hash=named,
            published_by_id=by.person_id,
            published_at=at,
        )
        session.add(material)
    else:
        material.retired_at = None
    session.flush()
    audit.record(
        session,
        "material.published",
        "material",
        material.id,
        by=by,
        at=at,
        details={"slug": slug, "content_hash": named, "replaced": [row.id for row in replaced]},
    )
    return material


def grant_material(
    session: Session, material: ReadinessMaterial, partner: Partner, *, by: Actor, at: datetime
) -> MaterialGrant:
    """Give a partner's people access to a material. Once given, giving it again changes nothing."""
    act = RefusedAct("material.granted", "material", str(material.id), partner.id)
    decisions.require(Permission.MATERIAL_GRANT, by=by, act=act)
    partners.load_by_id(session, partner.id, by=by)
    serialize(session, f"material-grant:{partner.id}")
    grant = session.scalar(
        select(MaterialGrant)
        .join(ReadinessMaterial, ReadinessMaterial.id == MaterialGrant.material_id)
        .where(ReadinessMaterial.slug == material.slug, MaterialGrant.partner_id == partner.id)
    )
    if grant is not None:
        return grant
    if material.retired_at is not None:
        raise Conflict("A newer text has taken this material's place. Give access to that one.")
    grant = MaterialGrant(material_id=material.id, partner_id=partner.id, granted_by_id=by.person_id, granted_at=at)
    session.add(grant)
    session.flush()
    audit.record(session, "material.granted", "material", material.id, by=by, at=at, partner_id=partner.id)
    return grant


def acknowledge_material(session: Session, material: ReadinessMaterial, *, by: Actor, at: datetime) -> MaterialReceipt:
    """Confirm, as a partner's person, having read exactly this text. The second time is the first one again.

    `material` comes from `queries.load_material`, which finds only what this person was given.
    """
    act = RefusedAct("material.acknowledged", "material", str(material.id), by.partner_id)
    decisions.require(Permission.MATERIAL_READ, by=by, act=act)
    if by.person_id is None or by.partner_id is None:
        raise DomainError("Materials are confirmed by the partner's own people.")
    serialize(session, f"material-receipt:{by.person_id}")
    receipt = session.scalar(
        select(MaterialReceipt).where(
            MaterialReceipt.material_id == material.id, MaterialReceipt.person_id == by.person_id
        )
    )
    if receipt is not None:
        return receipt
    if material.retired_at is not None:
        raise Conflict("A newer text has taken this material's place. Read and confirm that one.")
    receipt = MaterialReceipt(
        material_id=material.id,
        person_id=by.person_id,
        partner_id=by.partner_id,
        content_hash=material.content_hash,
        at=at,
    )
    session.add(receipt)
    session.flush()
    audit.record(
        session,
        "material.acknowledged",
        "material",
        material.id,
        by=by,
        at=at,
        partner_id=by.partner_id,
        details={"content_hash": material.content_hash},
    )
    return receipt
