"""What the credential says: the certificate's facts in the words of Open Badges 3.0. Values in, values out.

It says nothing that isn't printed on the certificate, and less: no step, no case, no colleague's name. The holder is
known by name alone; a hash of an e-mail address would be found again by whoever has a list of addresses.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from app.certificates.rules.snapshot import CourseCompletion, Locale, Outcome, ProgramCompletion, Snapshot, long_date
from app.kernel.clock import end_of_day

CONTEXT = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
_SCHEMA = {
    "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
    "type": "1EdTechJsonSchemaValidator2019",
}


@dataclass(frozen=True)
class Slot:
    """The place of a certificate in the lists of those revoked: bit `index` of list `number`."""

    number: int
    index: int

    def url(self, base_url: str) -> str:
        """Where the list is served."""
        return list_url(base_url, self.number)


def list_url(base_url: str, number: int) -> str:
    """Where status list `number` is served."""
    return f"{base_url.rstrip('/')}/credentials/status/{number}"


def credential_url(snapshot: Snapshot) -> str:
    """The credential's own name, which is also where anyone fetches it."""
    return f"{snapshot.verify_url}/credential"


def issuer_profile(base_url: str, vendor_name: str) -> dict[str, Any]:
    """Who issues: the portal's address names the vendor, because there its keys are."""
    address = base_url.rstrip("/")
    return {"id": address, "type": ["Profile"], "name": vendor_name, "url": address}


def payload(snapshot: Snapshot, *, base_url: str, slot: Slot, time_zone: str) -> dict[str, Any]:
    """The claims to sign: an OpenBadgeCredential, with the registered claims that Open Badges 3.0 asks for beside it.

    Valid from the beginning of the day of issue to the end of the last day, both in the holder's `time_zone` (IANA).
    Everything comes from the arguments, so the same certificate always makes the same claims.
    """
    holder = f"{snapshot.verify_url}#holder"
    valid_from = _start_of_day(snapshot.issued_on, time_zone)
    achievement, results = _achievement(snapshot, base_url)
    subject: dict[str, Any] = {
        "id": holder,
        "type": ["AchievementSubject"],
        "identifier": _identities(snapshot),
        "licenseNumber": snapshot.number,
        "achievement": achievement,
    }
    if results:
        subject["result"] = results
    claims: dict[str, Any] = {
        "@context": list(CONTEXT),
        "id": credential_url(snapshot),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement["name"],
        "description": achievement["description"],
        "issuer": issuer_profile(base_url, snapshot.vendor_name),
        "validFrom": instant(valid_from),
        "credentialSubject": subject,
        "evidence": [_evidence(snapshot)],
        "credentialSchema": [dict(_SCHEMA)],
        "credentialStatus": {
            "id": f"{slot.url(base_url)}#{slot.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(slot.index),
            "statusListCredential": slot.url(base_url),
        },
        "iss": base_url.rstrip("/"),
        "sub": holder,
        "jti": credential_url(snapshot),
        "nbf": int(valid_from.timestamp()),
    }
    if snapshot.expires_on is not None:
        valid_until = end_of_day(snapshot.expires_on, time_zone)
        claims |= {"validUntil": instant(valid_until), "exp": int(valid_until.timestamp())}
    return claims


def instant(at: datetime) -> str:
    """`2026-03-01T23:00:00Z`, as the specifications write an instant."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _start_of_day(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _identities(snapshot: Snapshot) -> list[dict[str, Any]]:
    known_by = [("name", snapshot.holder)]
    if isinstance(snapshot.completion, ProgramCompletion):
        known_by.append(("identifier", snapshot.partner_number))
    return [
        {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}
        for kind, value in known_by
    ]


def _achievement(snapshot: Snapshot, base_url: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was achieved, and the results that the certificate prints of it."""
    if isinstance(snapshot.completion, ProgramCompletion):
        return _program(snapshot, snapshot.completion, base_url), []
    return _course(snapshot, snapshot.completion, base_url)


def _course(snapshot: Snapshot, course: CourseCompletion, base_url: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    achievement = _described(
        base_url,
        f"course:{course.content_hash}",
        kind="Course",
        name=course.course_title,
        description=f"Passed the online course “{course.course_title}” of {snapshot.vendor_name}.",
    )
    needed = "" if course.mastery_score is None else f" with at least {course.mastery_score} % in its graded quiz"
    achievement["criteria"] = {
        "narrative": f"Complete every unit of version {course.course_version} of the course{needed}."
    }
    achievement["version"] = course.course_version
    achievement["otherIdentifier"] = [
        {"type": "IdentifierEntry", "identifier": course.content_hash, "identifierType": "ext:sha256"}
    ]
    if course.score is None:
        return achievement, []
    score = f"{achievement['id']}#score"
    achievement["resultDescription"] = [
        {
            "id": score,
            "type": ["ResultDescription"],
            "name": "Score",
            "resultType": "Percent",
            "valueMin": "0",
            "valueMax": "100",
            "requiredValue": str(course.mastery_score),
        }
    ]
    return achievement, [{"type": ["Result"], "resultDescription": score, "value": str(course.score)}]


def _program(snapshot: Snapshot, program: ProgramCompletion, base_url: str) -> dict[str, Any]:
    names = next(field.value for field in snapshot.fields() if field.key == "programs")
    achievement = _described(
        base_url,
        "program:" + "\n".join(program.program_names),
        kind="CertificateOfCompletion",
        name=f"Program completion: {names}",
        description=f"Completed the compliance remediation program of {snapshot.vendor_name} for {names}.",
    )
    achievement["criteria"] = {
        "narrative": "Complete every step of the plan that was agreed. "
        f"{snapshot.vendor_name} judges the evidence: one person proposes the determination, another approves it."
    }
    return achievement


def _described(base_url: str, key: str, *, kind: str, name: str, description: str) -> dict[str, Any]:
    """An achievement with a name of its own, which is the same for everybody who achieved the same thing here."""
    return {
        "id": uuid5(NAMESPACE_URL, f"{base_url.rstrip('/')}/{key}").urn,
        "type": ["Achievement"],
        "achievementType": kind,
        "name": name,
        "description": description,
    }


def _evidence(snapshot: Snapshot) -> dict[str, Any]:
    """The page that shows all that is printed, and whether it still counts."""
    completion = snapshot.completion
    if isinstance(completion, CourseCompletion):
        narrative = f"Passed on {long_date(completion.passed_on, Locale.ENGLISH)}."
    elif completion.outcome is Outcome.COMPLETED_WITH_CONDITIONS:
        narrative = f"Determined on {long_date(completion.determined_on, Locale.ENGLISH)}, with conditions: {completion.conditions}"
    else:
        narrative = f"Determined on {long_date(completion.determined_on, Locale.ENGLISH)}, without conditions."
    return {
        "id": snapshot.verify_url,
        "type": ["Evidence"],
        "name": f"Certificate {snapshot.number}",
        "narrative": narrative,
    }
