"""Check a certificate without the portal and without a network: `python -m app.certificates.offline FILE --keys FILE`.

All it takes is the PDF file and the vendor's published keys. It opens no database and reads no settings.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from app.certificates.document.examination import Examination, examine
from app.certificates.rules.snapshot import Snapshot, UnreadableSnapshot

_LARGEST_FILE = 5 * 1024 * 1024
REVOCATION = "Whether it was revoked or replaced since can't be known offline"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: signed with one of the keys and unchanged. 1: not. 2: a file can't be read."""
    parser = argparse.ArgumentParser(
        prog="python -m app.certificates.offline",
        description="Check a certificate without the portal. The keys are published at /.well-known/certificate-keys.pem.",
    )
    parser.add_argument("file", type=Path, help="the certificate, a PDF file")
    parser.add_argument("--keys", type=Path, required=True, help="the vendor's published keys, a PEM file")
    parser.add_argument("--timestamp-roots", type=Path, help="timestamp authorities to believe, a PEM file")
    chosen = parser.parse_args(arguments)
    try:
        keys = _certificates(chosen.keys)
        roots = _certificates(chosen.timestamp_roots) if chosen.timestamp_roots else []
        with chosen.file.open("rb") as file:
            pdf = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        return _complain(f"{error.filename} can't be read: {error.strerror}.")
    except ValueError as error:
        return _complain(str(error))
    found = examine(pdf, keys, timestamp_roots=roots)
    sys.stdout.write("\n".join([f"{chosen.file.name}: {found.verdict.sentence}", *_told(found), ""]))
    return 0 if found.verdict.ok else 1


def _certificates(path: Path) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} has no certificate in PEM form.") from error


def _told(found: Examination) -> list[str]:
    verdict = found.verdict
    if not verdict.ok or verdict.signed_at is None:
        return ["Nothing that it says can be relied on. Ask for the certificate's number and check it with the issuer."]
    lines = [
        f"Signed by: {verdict.signer} (key {verdict.key})",
        f"Signed at: {verdict.signed_at:%Y-%m-%d %H:%M:%S %Z}, by the signer's own clock",
    ]
    if verdict.timestamped_at is not None:
        lines.append(f"Confirmed: {verdict.timestamped_at:%Y-%m-%d %H:%M:%S %Z}, by {verdict.timestamped_by}")
    said, address = _said(found.data)
    ask = f": see {address}" if address else "; ask the issuer"
    return [*lines, "", "The data in it says:", *said, "", f"{REVOCATION}{ask}."]


def _said(data: bytes | None) -> tuple[list[str], str]:
    """The attached data, line by line, and the address of the certificate's page, where there is one."""
    if data is None:
        return ["  (there is none)"], ""
    try:
        snapshot = Snapshot.from_canonical(data)
    except UnreadableSnapshot:
        # Made by a later version, in a format that isn't known here; it is signed all the same.
        return [f"  {line}" for line in json.dumps(json.loads(data), indent=2, ensure_ascii=False).splitlines()], ""
    return [f"  {label}: {value}" for label, value in snapshot.printed_fields()], snapshot.verify_url


def _complain(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
