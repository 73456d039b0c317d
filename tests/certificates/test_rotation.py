"""A key gives way to another: what either signed verifies on the page, on the command line, for the money, and offline."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.certificates import offline
from app.certificates.document.confinement import examine_confined
from app.certificates.document.errors import KeyRefused
from app.certificates.document.keys import make_self_signed
from app.certificates.document.verification import verify
from app.certificates.issuer import Issuer, issuer, signing_key
from app.certificates.models import Certificate
from app.certificates.queries import Finding, fits, recognise
from app.kernel.clock import now
from app.settings import Settings
from tests.certificates import edits
from tests.certificates.stamping import NAME, serving
from tests.ground.world import InTransaction, World
from tests.incentives.books import Books

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def books(app: Flask, world: World, in_transaction: InTransaction, reading: InTransaction, clock: object) -> Books:
    partner = world.partner("Brightwater")
    return Books(app, world, in_transaction, reading, partner, world.program("CLOUD", enrolled=(partner,)))


def settings_of(books: Books) -> Settings:
    found: Settings = books.app.config["SETTINGS"]
    return found


def replace_key(settings: Settings) -> None:
    """What an operator does: another key file in the place of the first."""
    path = settings.data_folder / "signing-key.p12"
    make_self_signed(path.with_name("next.p12"), vendor_name=settings.vendor_name, now=now())
    path.with_name("next.p12").rename(path)


def issued(books: Books) -> tuple[Certificate, bytes, int]:
    # A partner has one open case in a program, and each certificate is of a case of its own.
    books.made += 1
    case = books.case(program=books.world.program(f"PROGRAM-{books.made}", enrolled=(books.partner,)))
    number = books.certify(case).number
    with books.reading() as session:
        found = session.scalars(
            select(Certificate).where(Certificate.number == number).options(undefer(Certificate.pdf))
        ).one()
        return found, found.pdf, case.id


def command(books: Books, *arguments: str) -> Result:
    return books.app.test_cli_runner().invoke(args=["certificates", *arguments])


def test_what_either_key_signed_verifies_everywhere(books: Books, client: object, tmp_path: Path) -> None:
    first, first_pdf, first_case = issued(books)
    replace_key(settings_of(books))
    second, second_pdf, second_case = issued(books)
    assert first.signing_key != second.signing_key

    keys = tmp_path / "certificate-keys.pem"
    keys.write_bytes(client.get("/.well-known/certificate-keys.pem").data)  # type: ignore[attr-defined]
    for certificate, pdf, case_id in ((first, first_pdf, first_case), (second, second_pdf, second_case)):
        with books.reading() as session:
            fit = fits(session, certificate.id, case_id=case_id, at=now(), issuer=books.issuer)
            assert fit.ok, fit.sentence
        form = client.get("/verify")  # type: ignore[attr-defined]
        answer = client.submit(form, "Check the file", document=(io.BytesIO(pdf), "certificate.pdf"))  # type: ignore[attr-defined]
        assert "Genuine and valid" in answer.text
        path = tmp_path / f"{certificate.number}.pdf"
        path.write_bytes(pdf)
        said = command(books, "verify", str(path))
        assert said.exit_code == 0, said.output
        assert "genuine and valid" in said.output
        assert offline.main([str(path), "--keys", str(keys)]) == 0


def test_another_process_learns_of_the_new_key_at_once(books: Books) -> None:
    settings = settings_of(books)
    signing_key(settings)
    before: Issuer = issuer(settings)
    replace_key(settings)
    # A worker of its own uses the new key first; this process hasn't looked at the file since.
    program = (
        "import sys\nfrom pathlib import Path\nfrom app.certificates.issuer import signing_key\n"
        "from app.settings import Mode, Settings\n"
        "print(signing_key(Settings(mode=Mode.TESTING, data_folder=Path(sys.argv[1]))).fingerprint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(settings.data_folder)],
        cwd=ROOT,
        env={**os.environ, "GOOD_STANDING_BASE_URL": "http://localhost"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    after = issuer(settings)
    assert len(after.trusted) == len(before.trusted) + 1
    assert done.stdout.strip() in {one.fingerprint(one.signature_hash_algorithm).hex() for one in after.trusted}  # type: ignore[arg-type]


def test_a_verdict_is_taken_anew_when_the_trusted_keys_change(books: Books) -> None:
    certificate, _, case_id = issued(books)
    kept = settings_of(books).data_folder / "signing-certificates" / f"{certificate.signing_key}.pem"
    content = kept.read_bytes()
    kept.unlink()
    with books.reading() as session:
        assert not fits(session, certificate.id, case_id=case_id, at=now(), issuer=books.issuer).ok
    kept.write_bytes(content)
    with books.reading() as session:
        assert fits(session, certificate.id, case_id=case_id, at=now(), issuer=books.issuer).ok


def test_a_kept_certificate_that_is_damaged_is_named(books: Books) -> None:
    certificate, _, _ = issued(books)
    kept = settings_of(books).data_folder / "signing-certificates" / f"{certificate.signing_key}.pem"
    kept.write_bytes(b"rubbish")
    kept.rename(kept.with_name("other.pem"))
    with pytest.raises(KeyRefused, match="other.pem has no certificate .* Put it back from a backup"):
        issuer(settings_of(books))


# Published keys


def test_the_published_keys_are_for_everybody_and_may_be_kept(books: Books, client: object) -> None:
    empty = client.get("/.well-known/certificate-keys.pem")  # type: ignore[attr-defined]
    assert empty.status_code == 200
    assert b"BEGIN" not in empty.data
    certificate, pdf, _ = issued(books)
    answer = client.get("/.well-known/certificate-keys.pem")  # type: ignore[attr-defined]
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert b"PRIVATE" not in answer.data
    keys = x509.load_pem_x509_certificates(answer.data)
    assert verify(pdf, keys).ok
    assert certificate.signing_key in answer.text


# The command line


def test_the_keys_are_listed_with_what_each_signed(books: Books) -> None:
    issued(books)
    issued(books)
    replace_key(settings_of(books))
    issued(books)
    said = command(books, "keys").output
    assert said.count("self-made") == 2
    assert said.count("  present") == 1
    assert said.count("  retired") == 1
    assert "signed 2 certificates" in said
    assert "signed 1 certificate," in said


def test_a_key_that_is_refused_is_told_and_the_others_are_listed(books: Books) -> None:
    issued(books)
    (settings_of(books).data_folder / "signing-key.p12").chmod(0o644)
    said = command(books, "keys")
    assert said.exit_code == 0
    assert "No certificate can be issued now." in said.output
    assert "chmod 600" in said.output
    assert "retired" in said.output


def test_verify_says_what_differs_and_exits_1(books: Books, tmp_path: Path) -> None:
    certificate, pdf, _ = issued(books)
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(pdf)
    bad.write_bytes(edits.with_note(pdf, "Extended until 2035"))
    said = command(books, "verify", str(good), str(bad))
    assert said.exit_code == 1
    assert f"{good}: genuine and valid" in said.output
    assert f"{bad}: altered" in said.output
    assert "Extended until 2035" in said.output
    read = json.loads(command(books, "verify", "--json", str(good), str(bad)).output)
    assert [one["finding"] for one in read] == ["genuine", "altered"]
    assert [one["number"] for one in read] == [certificate.number] * 2
    assert read[0]["signature"]["key"] == certificate.signing_key
    assert read[1]["differences"]


def test_verify_exits_1_for_a_genuine_file_that_was_revoked(books: Books, tmp_path: Path) -> None:
    certificate, pdf, _ = issued(books)
    books.revoke(certificate)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    said = command(books, "verify", str(tmp_path / "certificate.pdf"))
    assert said.exit_code == 1
    assert "genuine and revoked" in said.output


# A key that somebody else had


def test_a_distrusted_key_unlocks_nothing_and_the_register_still_tells_its_files_from_forgeries(
    books: Books, client: object, tmp_path: Path
) -> None:
    certificate, pdf, case_id = issued(books)
    forged = books.prepare_certificate("RC-2026-0099").pdf
    said = command(books, "distrust", certificate.signing_key, "--reason", "The old server was broken into.")
    assert said.exit_code == 0, said.output
    with books.reading() as session:
        fit = fits(session, certificate.id, case_id=case_id, at=now(), issuer=books.issuer)
        assert not fit.ok
        assert "declared compromised" in fit.sentence
        # What was unlocked before stays explained.
        assert fits(session, certificate.id, case_id=case_id, at=now() - timedelta(hours=1), issuer=books.issuer).ok
        ours = recognise(session, pdf, issuer=books.issuer, at=now())
        theirs = recognise(session, forged, issuer=books.issuer, at=now())
    assert ours.finding is Finding.GENUINE
    assert "tells it apart from a forgery" in ours.sentence
    assert theirs.finding is Finding.UNKNOWN
    assert "anybody may have made it" in theirs.sentence
    listed = command(books, "keys").output
    assert "present, distrusted" in listed
    assert "The old server was broken into." in listed
    published = client.get("/.well-known/certificate-keys.pem")  # type: ignore[attr-defined]
    assert b"BEGIN" not in published.data
    assert "Distrusted since 2026-03-02" in published.text


def test_nothing_is_issued_with_a_distrusted_key(books: Books) -> None:
    certificate, _, _ = issued(books)
    command(books, "distrust", certificate.signing_key, "--reason", "Lost.")
    with pytest.raises(KeyRefused, match="Put a new one in its place"):
        issued(books)
    replace_key(settings_of(books))
    assert issued(books)[0].signing_key != certificate.signing_key


def test_a_key_is_distrusted_once_with_a_reason_and_by_its_whole_fingerprint(books: Books) -> None:
    certificate, _, _ = issued(books)
    for fingerprint, reason, says in (
        ("0" * 64, "Lost.", "No kept signing key has this fingerprint"),
        (certificate.signing_key[:16], "Lost.", "No kept signing key has this fingerprint"),
        (certificate.signing_key, "  ", "Say why"),
    ):
        said = command(books, "distrust", fingerprint, "--reason", reason)
        assert said.exit_code == 1
        assert says in said.output
    pairs = ":".join(certificate.signing_key[at : at + 2].upper() for at in range(0, 64, 2))
    assert command(books, "distrust", pairs, "--reason", "Lost.").exit_code == 0
    again = command(books, "distrust", certificate.signing_key, "--reason", "Lost.")
    assert again.exit_code == 1
    assert "distrusted already" in again.output


# Timestamps of issued certificates


def test_an_issued_certificate_keeps_when_it_was_timestamped(books: Books, client: object, tmp_path: Path) -> None:
    with serving(now()) as authority:
        roots = tmp_path / "roots.pem"
        roots.write_bytes(authority.root.public_bytes(encoding=Encoding.PEM))
        settings = settings_of(books).model_copy(update={"timestamp_url": authority.url, "timestamp_roots": roots})
        books.kept_issuer = issuer(settings)
        certificate, pdf, _ = issued(books)
        assert certificate.timestamped_at == now()
        books.kept_issuer = None
        verdict = verify(pdf, books.issuer.trusted, timestamp_roots=[authority.root])
        assert verdict.timestamped_by == NAME
        authority.does = "fails"
        books.kept_issuer = issuer(settings)
        assert issued(books)[0].timestamped_at is None


# Offline


def test_the_offline_check_needs_no_portal(books: Books, client: object, tmp_path: Path) -> None:
    certificate, pdf, _ = issued(books)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    (tmp_path / "keys.pem").write_bytes(client.get("/.well-known/certificate-keys.pem").data)  # type: ignore[attr-defined]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "app.certificates.offline",
            str(tmp_path / "certificate.pdf"),
            "--keys",
            str(tmp_path / "keys.pem"),
        ],
        cwd=ROOT,
        # Whoever has no portal has no settings: a database that can't be there, and nothing else.
        env={"DATABASE_URL": "postgresql://nobody@nowhere.invalid/none", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "signed by the issuer and unchanged since" in done.stdout
    assert certificate.signing_key in done.stdout
    assert f"Awarded to: {books.partner.legal_name}" in done.stdout
    assert offline.REVOCATION in done.stdout
    assert f"/verify/{certificate.number}" in done.stdout


def test_the_offline_check_prints_nothing_of_an_altered_file(
    books: Books, client: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, pdf, _ = issued(books)
    (tmp_path / "altered.pdf").write_bytes(edits.with_note(pdf, "more"))
    (tmp_path / "keys.pem").write_bytes(client.get("/.well-known/certificate-keys.pem").data)  # type: ignore[attr-defined]
    assert offline.main([str(tmp_path / "altered.pdf"), "--keys", str(tmp_path / "keys.pem")]) == 1
    said = capsys.readouterr().out
    assert "changed after it was signed" in said
    assert "Nothing that it says can be relied on" in said
    assert books.partner.legal_name not in said


def test_the_offline_check_names_the_file_that_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "some.pdf").write_bytes(b"%PDF-")
    (tmp_path / "no.pem").write_bytes(b"no")
    assert offline.main([str(tmp_path / "some.pdf"), "--keys", str(tmp_path / "absent.pem")]) == 2
    assert "absent.pem can't be read" in capsys.readouterr().err
    assert offline.main([str(tmp_path / "some.pdf"), "--keys", str(tmp_path / "no.pem")]) == 2
    assert "no.pem has no certificate" in capsys.readouterr().err


def test_a_confined_reader_is_told_of_every_trusted_key(books: Books) -> None:
    _, first_pdf, _ = issued(books)
    replace_key(settings_of(books))
    issued(books)
    assert examine_confined(first_pdf, books.issuer.trusted).verdict.ok
