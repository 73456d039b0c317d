"""Timestamps: on the signature when the authority answers, and nobody waits when it doesn't."""

import logging
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.certificates.document.keys import FileKey
from app.certificates.document.sign import sign, sign_and_stamp
from app.certificates.document.timestamps import REST_SECONDS, TimestampAuthority
from app.certificates.document.verification import verify
from app.settings import Mode, Settings
from tests.certificates.moments import ISSUED_AT
from tests.certificates.reading import findings
from tests.certificates.stamping import NAME, Authority, serving

# Whatever goes wrong may take this long, and a second of a busy machine's.
TIMEOUT = 1
SOON = TIMEOUT + 1.5


@pytest.fixture
def authority() -> Iterator[Authority]:
    with serving(ISSUED_AT + timedelta(seconds=2)) as found:
        yield found


def test_a_timestamp_is_on_the_signature_and_the_document_stays_archival(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    signed = sign_and_stamp(
        program_pdf, signing_key, at=ISSUED_AT, authority=TimestampAuthority(authority.url, timeout=5)
    )
    assert signed.timestamped_at == ISSUED_AT + timedelta(seconds=2)
    assert findings(signed.pdf) == []
    assert signed.pdf.startswith(program_pdf)
    verdict = verify(signed.pdf, [signing_key.certificate], timestamp_roots=[authority.root])
    assert verdict.ok, verdict.sentence
    assert (verdict.timestamped_by, verdict.timestamped_at) == (NAME, signed.timestamped_at)
    assert verdict.signed_at == ISSUED_AT
    assert authority.asked == 1


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler's tools are not installed")
def test_an_independent_program_calls_the_stamped_signature_valid(
    authority: Authority, program_pdf: bytes, signing_key: FileKey, tmp_path: Path
) -> None:
    signed = sign_and_stamp(
        program_pdf, signing_key, at=ISSUED_AT, authority=TimestampAuthority(authority.url, timeout=5)
    )
    (tmp_path / "stamped.pdf").write_bytes(signed.pdf)
    said = subprocess.run(["pdfsig", tmp_path / "stamped.pdf"], capture_output=True, text=True, timeout=60).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_an_authority_that_we_do_not_know_makes_nothing_invalid_and_is_not_quoted(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    signed = sign_and_stamp(
        program_pdf, signing_key, at=ISSUED_AT, authority=TimestampAuthority(authority.url, timeout=5)
    )
    with serving() as other:
        verdict = verify(signed.pdf, [signing_key.certificate], timestamp_roots=[other.root])
    assert verdict.ok, verdict.sentence
    assert verdict.timestamped_by is None


def test_a_token_with_many_certificates_finds_room(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    authority.bring_along(25)
    asked = TimestampAuthority(authority.url, timeout=5)
    first = sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked)
    second = sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked)
    for signed in (first, second):
        assert verify(signed.pdf, [signing_key.certificate], timestamp_roots=[authority.root]).timestamped_by == NAME
        assert findings(signed.pdf) == []
    # Asked again for the first document only: how much room there has to be is known from then on.
    assert authority.asked == 3


@pytest.mark.parametrize("does", ["hangs", "drips", "fails", "babbles", "empty", "stale", "huge", "redirects"])
def test_whatever_the_authority_does_the_document_is_signed_in_time(
    does: str, authority: Authority, program_pdf: bytes, signing_key: FileKey, caplog: pytest.LogCaptureFixture
) -> None:
    authority.does = does
    asked = TimestampAuthority(authority.url, timeout=TIMEOUT)
    sign(program_pdf, signing_key, at=ISSUED_AT)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="good_standing.certificates"):
        signed = sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked)
    assert time.monotonic() - began < SOON
    assert signed.timestamped_at is None
    assert verify(signed.pdf, [signing_key.certificate]).ok
    assert findings(signed.pdf) == []
    assert [record.levelname for record in caplog.records if record.name.startswith("good_standing")] == ["WARNING"]
    assert authority.url in caplog.text


def test_a_port_where_nobody_listens_and_a_name_that_nobody_has(program_pdf: bytes, signing_key: FileKey) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        addresses = [f"http://127.0.0.1:{closed.getsockname()[1]}/", "https://nobody.invalid/tsa"]
        for address in addresses:
            began = time.monotonic()
            signed = sign_and_stamp(
                program_pdf, signing_key, at=ISSUED_AT, authority=TimestampAuthority(address, timeout=TIMEOUT)
            )
            assert time.monotonic() - began < SOON
            assert signed.timestamped_at is None


def test_a_thousand_certificates_do_not_wait_for_an_authority_that_is_down(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    authority.does = "hangs"
    hours = [0.0]
    asked = TimestampAuthority(authority.url, timeout=TIMEOUT, clock=lambda: hours[0])
    for _ in range(12):
        assert sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked).timestamped_at is None
    assert authority.asked == 1
    authority.does = "answers"
    hours[0] = REST_SECONDS - 1.0
    assert sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked).timestamped_at is None
    hours[0] = REST_SECONDS + 1.0
    assert sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked).timestamped_at is not None


def test_an_exchange_that_drips_is_broken_off(authority: Authority, program_pdf: bytes, signing_key: FileKey) -> None:
    authority.does = "drips"
    sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=TimestampAuthority(authority.url, timeout=TIMEOUT))
    # The server notices that nobody listens any more.
    assert authority.released.wait(5)


def test_an_authority_may_want_a_name_and_a_password(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    asked = TimestampAuthority(authority.url, timeout=5, user="northwind", password="harbor")
    assert sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked).timestamped_at
    assert authority.headers[0]["Authorization"] == "Basic bm9ydGh3aW5kOmhhcmJvcg=="


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"timestamp_url": "tsa.example"}, "has to start with http"),
        ({"timestamp_url": "http://tsa.example", "timestamp_password": "x"}, "would be sent in the clear"),
        ({"timestamp_timeout_seconds": 0}, "timestamp_timeout_seconds"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(mode=Mode.TESTING, **given)  # type: ignore[arg-type]


def test_a_timestamp_of_another_signature_is_found(
    authority: Authority, program_pdf: bytes, signing_key: FileKey
) -> None:
    asked = TimestampAuthority(authority.url, timeout=5)
    one, other = (sign_and_stamp(program_pdf, signing_key, at=ISSUED_AT, authority=asked).pdf for _ in range(2))
    verdict = verify(_with_the_stamp_of(one, other), [signing_key.certificate], timestamp_roots=[authority.root])
    assert not verdict.ok
    assert "not one of this signature" in verdict.sentence


def _with_the_stamp_of(pdf: bytes, other: bytes) -> bytes:
    from asn1crypto import cms

    def container(signed: bytes) -> tuple[int, int, cms.ContentInfo]:
        start = signed.index(b"/Contents <") + 11
        end = signed.index(b">", start)
        return start, end, cms.ContentInfo.load(bytes.fromhex(signed[start:end].decode()))

    start, end, mine = container(pdf)
    theirs = container(other)[2]
    mine["content"]["signer_infos"][0]["unsigned_attrs"] = theirs["content"]["signer_infos"][0]["unsigned_attrs"]
    written = mine.dump(force=True).hex().encode()
    return pdf[:start] + written.ljust(end - start, b"0") + pdf[end:]
