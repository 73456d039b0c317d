"""Everything that can be read in a PDF file that somebody holds: its signature, the data attached to it, its words.

The file is a stranger's and may be made to fill the memory or to keep a reader busy for ever. `confinement.py` reads it in
a process of its own that is ended in time; what was found until then counts.
"""

import io
import json
import logging
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from app.certificates.document.verification import Verdict, verify
from app.certificates.rules.file_names import ATTACHED_DATA

# pypdf tells what it makes of each oddity of a file; a stranger's file may have thousands.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_UNREAD = Verdict(False, "This file can't be read as a PDF document within a few seconds.")
_LARGEST_DATA = 256 * 1024
_MOST_WORDS = 100_000
_MOST_PAGES = 4
# The first of these revisions that is one of ours is what the file was made from.
_MOST_REVISIONS = 20
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
_PLAIN_ANNOTATIONS = ("/Link", "/Widget")


@dataclass(frozen=True)
class Examination:
    """What was found. `data` is the one attached certificate.json; `words` the text of the first pages; `facts` what else
    is worth comparing, by label; `drawing` a digest of what is drawn on the first page. None: not found, or not in time.
    """

    verdict: Verdict = _UNREAD
    data: bytes | None = None
    words: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    drawing: str | None = None


def examine(
    pdf: bytes, trusted: Sequence[x509.Certificate], *, timestamp_roots: Sequence[x509.Certificate] = ()
) -> Examination:
    """Read it here and now: for files that are ours, and where nobody else waits. Never raises."""
    return gathered(examined(pdf, trusted, timestamp_roots))


def examined(
    pdf: bytes, trusted: Sequence[x509.Certificate], timestamp_roots: Sequence[x509.Certificate]
) -> Iterator[dict[str, Any]]:
    """The findings one by one, the surest first."""
    yield {"verdict": verify(pdf, trusted, timestamp_roots=timestamp_roots)}
    yield from _read(pdf)


def gathered(findings: Iterator[dict[str, Any]]) -> Examination:
    found: dict[str, Any] = {}
    for finding in findings:
        found |= finding
    return Examination(**found)


def signed_revisions(pdf: bytes) -> Iterator[str]:
    """The SHA-256 of each beginning of the file that a signature in it claims to cover: an edit that only adds leaves it be."""
    ends = dict.fromkeys(
        int(match[2]) + int(match[3]) for match in _BYTE_RANGE.finditer(pdf) if int(match[2]) >= int(match[1])
    )
    for end in [end for end in ends if end <= len(pdf)][:_MOST_REVISIONS]:
        yield sha256(pdf[:end]).hexdigest()


def _read(pdf: bytes) -> Iterator[dict[str, Any]]:
    try:
        reader = PdfReader(io.BytesIO(pdf))
        kept = reader.attachments.get(ATTACHED_DATA, [])
        if len(kept) == 1 and len(kept[0]) <= _LARGEST_DATA:
            yield {"data": bytes(kept[0])}
        pages = [reader.pages[number] for number in range(min(len(reader.pages), _MOST_PAGES))]
        yield {"words": "\n".join(_words(page) for page in pages)[:_MOST_WORDS]}
        yield {"facts": _facts(reader, pages)}
        contents = pages[0].get_contents() if pages else None
        if contents is not None:
            yield {"drawing": sha256(contents.get_data()).hexdigest()}
    except Exception:
        # The file comes from a stranger and may be broken in any way. What was read until here was given already.
        return


def _words(page: PageObject) -> str:
    """The text of a page, and of the notes laid over it."""
    notes = [str(note.get("/Contents", "")) for note in _notes(page)]
    return "\n".join([page.extract_text(), *notes])


def _notes(page: PageObject) -> list[DictionaryObject]:
    found = [annotation.get_object() for annotation in page.annotations or ()]
    return [one for one in found if isinstance(one, DictionaryObject) and one.get("/Subtype") not in _PLAIN_ANNOTATIONS]


def _facts(reader: PdfReader, pages: Sequence[PageObject]) -> dict[str, str]:
    about = reader.metadata
    drawn = [page.get("/Resources", DictionaryObject()).get_object().get("/XObject") for page in pages]
    facts = {
        "Title of the file": str((about and about.title) or "")[:200],
        "Author of the file": str((about and about.author) or "")[:200],
        "Written with": str((about and about.producer) or "")[:200],
        "Pages": str(len(reader.pages)),
        "Pictures and drawings": str(sum(len(one.get_object()) for one in drawn if one is not None)),
        "Notes laid over the page": str(sum(len(_notes(page)) for page in pages)),
    }
    return {label: value for label, value in facts.items() if value}


def encoded(finding: Mapping[str, Any]) -> str:
    """A finding as one line of JSON, for the way from one process to another."""
    plain = dict(finding)
    if "data" in plain:
        plain["data"] = b64encode(plain["data"]).decode("ascii")
    if "verdict" in plain:
        verdict = asdict(plain["verdict"])
        plain["verdict"] = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in verdict.items()
        }
    return json.dumps(plain)


def decoded(line: str) -> dict[str, Any]:
    """The finding in such a line. Raises ValueError for what isn't one, as the half of a line is."""
    plain: dict[str, Any] = json.loads(line)
    if "data" in plain:
        plain["data"] = b64decode(plain["data"])
    if "verdict" in plain:
        verdict = plain["verdict"]
        for name in ("signed_at", "timestamped_at"):
            verdict[name] = datetime.fromisoformat(verdict[name]) if verdict[name] else None
        plain["verdict"] = Verdict(**verdict)
    return plain


def tell() -> None:
    """Read a request from standard input and write the findings, each as soon as there is one. The confined process's work."""
    head = json.loads(sys.stdin.buffer.readline())
    trusted, roots = (x509.load_pem_x509_certificates(pem.encode()) if pem else [] for pem in head)
    for finding in examined(sys.stdin.buffer.read(), trusted, roots):
        sys.stdout.write(f"{encoded(finding)}\n")
        sys.stdout.flush()
