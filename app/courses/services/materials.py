"""Verbs about readiness materials: publish, grant, ask for, acknowledge."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.courses.models import MaterialGrant, MaterialReceipt, MaterialRequest, ReadinessMaterial
from app.courses.rules.materials import LONGEST_SUMMARY, MINUTES_A_PAGE, pages_of, read_material
from app.decisions import services as decisions
from app.kernel.canonical import digest
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, RefusedAct, constraint_says
from app.outbox.services import enqueue
from app.partners import queries as partners
from app.partners.models import Partner

LARGEST_MATERIAL = 512 * 1024
PDF = "application/pdf"

constraint_says("uq_material_grant_material_id_partner_id", "The partner has access to this material already.")
constraint_says("uq_material_receipt_material_id_person_id", "You have confirmed this material already.")
constraint_says("one_open_request_a_material", "Somebody at your company asked for this material a moment ago.")


def publish_material(
    session: Session, slug: str, title: str, source: str, *, by: Actor, at: datetime
) -> ReadinessMaterial:
    """Publish a Markdown text as it is. The same text again is the same material; a changed one takes the place of the last.

    `title` may be empty: then the front matter or the first heading gives it.
    """
    _may_publish(slug, by=by)
    if len(source.encode()) > LARGEST_MATERIAL:
        raise DomainError(f"A material may have {LARGEST_MATERIAL:,} bytes; this text has more.", field="source")
    read = read_material(source, file=f"{slug}.md", title=title.strip())
    if not read.title:
        raise DomainError("Give the material a title, or a heading to take it from.", field="title")
    if not read.html:
        raise DomainError("The material has no text.", field="source")
    declared = read.meta.get("lang")
    return _published(
        session,
        ReadinessMaterial(
            slug=slug,
            title=read.title,
            summary=read.summary,
            language=declared[:20] if isinstance(declared, str) and declared else "en",
            source=source,
            html=read.html,
            minutes=read.minutes,
            content_hash=digest({"title": read.title, "source": source}),
            published_by_id=by.person_id,
            published_at=at,
        ),
        by=by,
        at=at,
    )


def publish_document(
    session: Session, slug: str, title: str, summary: str, document: bytes, *, by: Actor, at: datetime
) -> ReadinessMaterial:
    """Publish a PDF as it is, to the byte. The same file under the same title is the same material; another takes its place."""
    _may_publish(slug, by=by)
    title, summary = " ".join(title.split()), " ".join(summary.split())
    if not title:
        raise DomainError("Give the document a title. It is what partners see in their list.", field="title")
    pages = pages_of(document)
    return _published(
        session,
        ReadinessMaterial(
            slug=slug,
            title=title[:300],
            summary=summary[:LONGEST_SUMMARY],
            media_type=PDF,
            document=document,
            source="",
            html="",
            minutes=pages * MINUTES_A_PAGE,
            content_hash=digest({"title": title, "document": sha256(document).hexdigest()}),
            published_by_id=by.person_id,
            published_at=at,
        ),
        by=by,
        at=at,
    )


def _may_publish(slug: str, *, by: Actor) -> None:
    decisions.require(Permission.COURSE_PUBLISH, by=by, act=RefusedAct("material.published", "material", slug))
    if by.person_id is None:
        raise DomainError("A material is published by a person.")
    if not slug or len(slug) > 100 or not all(character.isalnum() or character in "-_" for character in slug):
        raise DomainError("Name the material in letters, digits, - and _, at most 100 of them.", field="slug")


def _published(session: Session, fresh: ReadinessMaterial, *, by: Actor, at: datetime) -> ReadinessMaterial:
    """The material of that name with this very content, live from now on; what was live before is kept, and read no more."""
    serialize(session, f"material:{fresh.slug}")
    rows = session.scalars(select(ReadinessMaterial).where(ReadinessMaterial.slug == fresh.slug)).all()
    material = next((row for row in rows if row.content_hash == fresh.content_hash), None)
    if material is not None and material.retired_at is None:
        return material
    replaced = [row for row in rows if row.retired_at is None]
    for row in replaced:
        row.retired_at = at
    if material is None:
        material = fresh
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
        details={
            "slug": material.slug,
            "content_hash": material.content_hash,
            "replaced": [row.id for row in replaced],
        },
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
    asked = open_request(session, partner.id, material.slug)
    if asked is not None:
        _answer(session, asked, None, by=by, at=at)
    return grant


def open_request(session: Session, partner_id: int, slug: str) -> MaterialRequest | None:
    """The partner's request for a material that nobody has answered yet."""
    return session.scalar(
        select(MaterialRequest).where(
            MaterialRequest.partner_id == partner_id,
            MaterialRequest.slug == slug,
            MaterialRequest.answered_at.is_(None),
        )
    )


def request_material(
    session: Session, material: ReadinessMaterial, reason: str, *, by: Actor, at: datetime
) -> MaterialRequest:
    """Ask the partner's representatives for a material. One request of a partner for a material is open at a time."""
    act = RefusedAct("material.requested", "material", str(material.id), by.partner_id)
    decisions.require(Permission.MATERIAL_REQUEST, by=by, act=act)
    if by.person_id is None or by.partner_id is None:
        raise DomainError("Materials are asked for by the partner's own people.")
    serialize(session, f"material-grant:{by.partner_id}")
    if is_granted(session, by.partner_id, material.slug):
        raise Conflict("Your company has access to this material already. You find it under Materials.")
    asked = open_request(session, by.partner_id, material.slug)
    if asked is not None:
        return asked
    asked = MaterialRequest(
        partner_id=by.partner_id,
        slug=material.slug,
        asked_by_id=by.person_id,
        asked_at=at,
        reason=" ".join(reason.split()),
    )
    session.add(asked)
    session.flush()
    audit.record(
        session,
        "material.requested",
        "material",
        material.id,
        by=by,
        at=at,
        partner_id=by.partner_id,
        reason=asked.reason or None,
        details={"request": asked.id},
    )
    enqueue(
        session,
        "material_requested",
        f"material_requested:{asked.id}",
        {"request_id": asked.id, "partner_id": asked.partner_id},
        at=at,
    )
    return asked


def is_granted(session: Session, partner_id: int, slug: str) -> bool:
    """Whether a partner's people may read a material, whichever text of it."""
    found = session.scalar(
        select(MaterialGrant.id)
        .join(ReadinessMaterial, ReadinessMaterial.id == MaterialGrant.material_id)
        .where(ReadinessMaterial.slug == slug, MaterialGrant.partner_id == partner_id)
    )
    return found is not None


def refuse_request(session: Session, asked: MaterialRequest, reason: str, *, by: Actor, at: datetime) -> None:
    """Say no to a request, and why: the person who asked reads it. `asked` comes from `queries.load_request`."""
    act = RefusedAct("material-request.refused", "material-request", str(asked.id), asked.partner_id)
    decisions.require(Permission.MATERIAL_GRANT, by=by, act=act)
    partners.load_by_id(session, asked.partner_id, by=by)
    session.refresh(asked, with_for_update=True)
    if asked.answered_at is not None:
        raise Conflict("Somebody answered this request already. Nothing was changed.")
    if not reason.strip():
        raise DomainError("Say why not, and what would help instead. The person who asked reads it.", field="reason")
    _answer(session, asked, reason.strip(), by=by, at=at)


def _answer(session: Session, asked: MaterialRequest, refusal: str | None, *, by: Actor, at: datetime) -> None:
    asked.answered_at, asked.answered_by_id, asked.refusal = at, by.person_id, refusal
    session.flush()
    audit.record(
        session,
        "material-request.refused" if refusal else "material-request.granted",
        "material-request",
        asked.id,
        by=by,
        at=at,
        partner_id=asked.partner_id,
        reason=refusal,
        details={"material": asked.slug, "asked_by": asked.asked_by_id},
    )
    enqueue(
        session,
        "material_answered",
        f"material_answered:{asked.id}",
        {"request_id": asked.id, "person_id": asked.asked_by_id},
        at=at,
    )


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
