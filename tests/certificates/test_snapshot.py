"""What a certificate says is frozen, has one spelling, and one list of what is printed."""

import json
from datetime import date
from hashlib import sha256

import pytest

from app.certificates.rules.snapshot import (
    CertificateKind,
    CourseCompletion,
    Locale,
    Outcome,
    Snapshot,
    UnreadableSnapshot,
    long_date,
)
from tests.certificates import specimens

BOTH = [specimens.program(), specimens.course()]


@pytest.mark.parametrize("snapshot", BOTH, ids=["program", "course"])
def test_a_stored_snapshot_reads_back_as_it_was(snapshot: Snapshot) -> None:
    assert Snapshot.from_canonical(snapshot.canonical()) == snapshot


def test_the_two_kinds_are_told_apart() -> None:
    assert specimens.program().kind is CertificateKind.PROGRAM_COMPLETION
    assert specimens.course().kind is CertificateKind.COURSE_COMPLETION


def test_the_digest_is_that_of_the_canonical_bytes() -> None:
    snapshot = specimens.program()
    assert snapshot.digest() == sha256(snapshot.canonical()).hexdigest()


def test_canonical_bytes_are_sorted_compact_utf_8() -> None:
    canonical = specimens.course("欧阳明月").canonical()
    again = json.dumps(json.loads(canonical), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical == again.encode()
    assert "欧阳明月".encode() in canonical


def test_the_canonical_form_stays_what_it_is() -> None:
    # Stored digests depend on it. Whoever means to change it raises FORMAT and keeps reading the old one.
    assert specimens.program().digest() == PROGRAM_DIGEST
    assert specimens.course().digest() == COURSE_DIGEST


PROGRAM_DIGEST = "ef21f89f457f9f078f1277e1f223c085e126fc277e8f04faf4f6b217f11f098d"
COURSE_DIGEST = "eb68a07c6eee5647221e5dc947eca86bef83f02e98a4929ef5121d14bd1864da"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {**data, "format": "good-standing-certificate/2"},
        lambda data: {**data, "kind": "course_completion"},
        lambda data: {**data, "remark": "one thing more"},
        lambda data: {**data, "issued_on": "15.04.2026"},
        lambda data: {**data, "signatory": {"name": "Ingrid Solberg"}},
        lambda data: {**data, "completion": None},
        lambda data: {key: value for key, value in data.items() if key != "holder"},
        lambda data: [],
    ],
)
def test_bytes_that_say_anything_else_are_refused(change: object) -> None:
    data = json.loads(specimens.program().canonical())
    altered = json.dumps(change(data), sort_keys=True, separators=(",", ":")).encode()  # type: ignore[operator]
    with pytest.raises(UnreadableSnapshot):
        Snapshot.from_canonical(altered)


@pytest.mark.parametrize("stored", [b"", b"\xff", b"null", b"{}", specimens.program().canonical() + b"\n"])
def test_bytes_that_are_no_snapshot_are_refused(stored: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        Snapshot.from_canonical(stored)


def test_every_fact_of_a_program_completion_is_printed() -> None:
    snapshot = specimens.program(
        outcome=Outcome.COMPLETED_WITH_CONDITIONS, conditions="Every claim above EUR 5,000 is reviewed by two."
    )
    printed = dict(snapshot.printed_fields())
    assert printed["Certificate"] == "Certificate of Program Completion"
    assert printed["Awarded to"] == "Brightwater Systems GmbH"
    assert printed["Programs"] == "Cloud Resale and Managed Services"
    assert printed["Case"] == "RC-2026-0042"
    assert printed["Determination"] == "Completed with conditions"
    assert printed["Conditions"] == "Every claim above EUR 5,000 is reviewed by two."
    assert printed["Proposed by"] == "Sam Okafor, Compliance analyst"
    assert printed["Approved by"] == "Ana Reyes, Compliance approver"
    assert printed["Step 3"] == "Engagement session (20 March 2026), waived"
    assert printed["Valid until"] == "14 April 2029"
    _assert_all_text_is_among(snapshot, printed)


def test_every_fact_of_a_course_completion_is_printed() -> None:
    snapshot = specimens.course(case_number="RC-2026-0042")
    printed = dict(snapshot.printed_fields())
    assert printed["Score"] == "92 % (80 % needed)"
    assert printed["Passed on"] == "2 March 2026"
    assert printed["Partner"] == "Brightwater Systems GmbH"
    assert printed["Case"] == "RC-2026-0042"
    _assert_all_text_is_among(snapshot, printed)


def _assert_all_text_is_among(snapshot: Snapshot, printed: dict[str, str]) -> None:
    """Any text, number or date in the data is somewhere in what is printed: nothing is attached in secret."""
    everything = " ".join(printed.values())

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, str) and value:
            try:
                value = long_date(date.fromisoformat(value), Locale.ENGLISH)
            except ValueError:
                pass
            assert value in everything or value in INTERNAL, value
        elif isinstance(value, int):
            assert str(value) in everything

    walk(json.loads(snapshot.canonical()))


INTERNAL = {
    "good-standing-certificate/1",
    "program_completion",
    "course_completion",
    "completed_with_conditions",
    "accepted",
    "waived",
    "en",
}


def test_what_does_not_apply_is_not_printed() -> None:
    labels = {label for label, _ in specimens.course(score=None, mastery_score=None).printed_fields()}
    assert not labels & {"Score", "Case", "Conditions"}
    assert ("Valid until", "No end date") in specimens.course(expires_on=None).printed_fields()


@pytest.mark.parametrize("name", ["number", "vendor_name", "holder", "partner_number", "verify_url"])
def test_a_certificate_without_its_essentials_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="without its"):
        specimens.course(**{name: " "} if name != "holder" else {}, holder=" " if name == "holder" else "Ada")


def test_a_program_certificate_is_held_by_the_partner_itself() -> None:
    with pytest.raises(ValueError, match="partner itself"):
        specimens.program(partner_name="Somebody else")


def test_a_certificate_cannot_end_before_it_is_issued() -> None:
    with pytest.raises(ValueError, match="before it is issued"):
        specimens.program(expires_on=date(2026, 4, 14))


def test_conditions_and_outcome_have_to_agree() -> None:
    with pytest.raises(ValueError, match="say what they are"):
        specimens.program(outcome=Outcome.COMPLETED_WITH_CONDITIONS)
    with pytest.raises(ValueError, match="can't list any"):
        specimens.program(conditions="None whatever.")


@pytest.mark.parametrize(("score", "needed"), [(79, 80), (101, 80), (None, 80), (92, None)])
def test_a_course_certificate_needs_a_score_that_passes(score: int | None, needed: int | None) -> None:
    with pytest.raises(ValueError, match="score"):
        specimens.course(score=score, mastery_score=needed)


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, "A" * 64])
def test_a_digest_has_to_be_one(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        specimens.program(manifest_digest=digest)
    with pytest.raises(ValueError, match="digest"):
        CourseCompletion("Title", "1", digest, "English", None, None, date(2026, 1, 1))
