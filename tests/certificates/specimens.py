"""Certificates to test with: one of each kind, with whatever the test wants different."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from app.certificates.rules.numbers import new_number
from app.certificates.rules.snapshot import (
    CompletedStep,
    CourseCompletion,
    Locale,
    Officer,
    Outcome,
    ProgramCompletion,
    Snapshot,
    StepStatus,
    TrainingCoverage,
)

ARABIC = "شركة النور للأنظمة المتكاملة والحلول الرقمية"
CHINESE = "上海明湖信息技术有限公司"
TWO_HUNDRED = (
    "Internationale Gesellschaft für Informationsverarbeitung, Rechenzentrumsbetrieb und Beratungsdienstleistungen "
    "im öffentlichen Dienst, Zweigniederlassung Nordrhein-Westfalen, GmbH und Compagnie KG aA"
).ljust(200, "x")

HOSTILE_NAMES = {
    "Arabic": ARABIC,
    "Arabic and Latin mixed": "شركة Brightwater النور (GmbH) 2026",
    "Hebrew": "חברת אור בע״מ",
    "Chinese": CHINESE,
    "Japanese": "株式会社あかつき",
    "Korean": "한빛정보기술 주식회사",
    "Hindi": "सूर्योदय प्रौद्योगिकी प्राइवेट लिमिटेड",
    "Thai": "บริษัท แสงอรุณ จำกัด",
    "Persian with joiner": "می‌نویسم",
    "one word": "Suharto",
    "one letter": "Ō",
    "200 characters": TWO_HUNDRED,
    "200 characters without a space": "W" * 200,
    "200 ideographs": (CHINESE * 20)[:200],
    "markup": '<script>alert(1)</script> & Söhne <img src=x> "O\'Neill" {{ 7*7 }} {% raw %}',
    "decomposed accents": "Bjo\u0308rn A\u030angstro\u0308m",
    "parentheses and backslash": "A) (B \\) endstream endobj",
}


def steps(count: int, title: str = "Step of a long plan") -> tuple[CompletedStep, ...]:
    """So many accepted steps."""
    return tuple(CompletedStep(f"{title} {number}", date(2026, 3, 1)) for number in range(count))


PROGRAM = ProgramCompletion(
    case_number="RC-2026-0042",
    program_names=("Cloud Resale", "Managed Services"),
    outcome=Outcome.COMPLETED,
    conditions="",
    determination_reference="DT-2026-0017",
    determined_on=date(2026, 4, 14),
    proposed_by=Officer("Sam Okafor", "Compliance analyst"),
    approved_by=Officer("Ana Reyes", "Compliance approver"),
    steps=(
        CompletedStep("Training: partner code of conduct", date(2026, 3, 2)),
        CompletedStep("Root cause analysis", date(2026, 3, 9)),
        CompletedStep("Engagement session", date(2026, 3, 20), StepStatus.WAIVED),
        CompletedStep("Completion attestation by the executive", date(2026, 4, 7)),
    ),
    coverage=(TrainingCoverage(24, 24, date(2026, 3, 2), waived=1),),
    manifest_digest=sha256(b"evidence manifest").hexdigest(),
)

COURSE = CourseCompletion(
    course_title="Anti-corruption for resellers and service providers",
    course_version="3",
    content_hash=sha256(b"course content").hexdigest(),
    language="English",
    score=92,
    mastery_score=80,
    passed_on=date(2026, 3, 2),
)


def program(holder: str = "Brightwater Systems GmbH", *, seed: bytes = b"program", **changes: Any) -> Snapshot:
    """A program completion. `changes` are fields of the snapshot or of its completion."""
    number = new_number(sha256(seed).digest()[:10])
    snapshot = Snapshot(
        number=number,
        completion=PROGRAM,
        vendor_name="Northwind Harbor",
        holder=holder,
        partner_name=holder,
        partner_number="P-10482",
        issued_on=date(2026, 4, 15),
        expires_on=date(2029, 4, 14),
        signatory=Officer("Ingrid Solberg", "Chief Compliance Officer"),
        verify_url=f"https://partners.northwind-harbor.example/verify/{number}",
    )
    return _changed(snapshot, changes)


def course(holder: str = "Ada Lindqvist", *, seed: bytes = b"course", **changes: Any) -> Snapshot:
    """A course completion. `changes` are fields of the snapshot or of its completion."""
    number = new_number(sha256(seed).digest()[:10])
    snapshot = Snapshot(
        number=number,
        completion=COURSE,
        vendor_name="Northwind Harbor",
        holder=holder,
        partner_name="Brightwater Systems GmbH",
        partner_number="P-10482",
        issued_on=date(2026, 3, 2),
        expires_on=date(2028, 3, 1),
        signatory=Officer("Ingrid Solberg", "Chief Compliance Officer"),
        verify_url=f"https://partners.northwind-harbor.example/verify/{number}",
    )
    return _changed(snapshot, changes)


def _changed(snapshot: Snapshot, changes: dict[str, Any]) -> Snapshot:
    own = {name: value for name, value in changes.items() if hasattr(snapshot, name)}
    inner = {name: value for name, value in changes.items() if name not in own}
    return replace(snapshot, completion=replace(snapshot.completion, **inner), **own)


# Names in every script that a name may use.
SCRIPTS = {
    "Latin": "Łukasz Ñandú-Žďár & Ærøskøbing",
    "Cyrillic": "ТОВ «Київські системи» Ёлкин",
    "Greek": "Ελληνικά Συστήματα Α.Ε.",
    "Arabic": ARABIC,
    "Hebrew": "חברת אור בע״מ",
    "Devanagari": "सूर्योदय प्रौद्योगिकी",
    "Thai": "บริษัท แสงอรุณ จำกัด",
    "simplified Chinese": CHINESE,
    "traditional Chinese": "臺灣國際資訊股份有限公司",
    "Japanese": "株式会社あかつき",
    "Korean": "한빛정보기술 주식회사",
}

IN_LANGUAGE = {Locale.ENGLISH: "English", Locale.FRENCH: "Français", Locale.ARABIC: "العربية"}


def of_kind(kind: str, name: str = "Brightwater Systems GmbH", *, locale: Locale = Locale.ENGLISH) -> Snapshot:
    """A certificate of either kind, with the name wherever a name stands."""
    if kind == "program":
        return program(name, locale=locale)
    return course(name, partner_name=name, locale=locale, language=IN_LANGUAGE[locale])
