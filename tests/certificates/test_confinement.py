"""Files made to keep a reader busy or to fill its memory: an answer all the same, within seconds."""

import resource
import time
from collections.abc import Callable

import pytest

from app.certificates.document.confinement import SECONDS, examine_confined
from app.certificates.document.examination import examine
from app.certificates.document.keys import FileKey
from tests.certificates import edits

# Ten seconds for the reading, and what a busy machine takes to start a process.
PATIENCE = SECONDS + 5


def test_a_certificate_is_read_in_confinement_as_it_is_outside(signed_pdf: bytes, signing_key: FileKey) -> None:
    confined = examine_confined(signed_pdf, [signing_key.certificate])
    assert confined == examine(signed_pdf, [signing_key.certificate])
    assert confined.verdict.ok
    assert confined.words is not None
    assert confined.data is not None


@pytest.mark.parametrize(
    "made",
    [
        edits.bomb,
        edits.nested_bomb,
        edits.deep,
        edits.circular_xref,
        edits.circular_pages,
        edits.circular_form,
        edits.endless_words,
        edits.many_objects,
    ],
)
def test_a_file_made_to_do_harm_is_answered_within_seconds(made: Callable[[], bytes]) -> None:
    pdf = made()
    assert len(pdf) < 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found = examine_confined(pdf, [])
    assert time.monotonic() - began < PATIENCE
    assert not found.verdict.ok
    # Nothing of it comes to this process but a few words (kilobytes).
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.parametrize(
    "junk", [b"", b"\n", b"%PDF-1.7", b"\xff" * 3000, b'[["x"]]\n%PDF-1.7', b"%PDF-\n" + b"<<" * 9000]
)
def test_no_file_makes_the_check_itself_fail(junk: bytes, signing_key: FileKey) -> None:
    assert not examine(junk, [signing_key.certificate]).verdict.ok


def test_a_file_without_a_line_is_no_trouble_on_the_way_to_the_other_process() -> None:
    assert not examine_confined(b"", []).verdict.ok


def test_what_was_found_before_the_end_counts(signed_pdf: bytes, signing_key: FileKey) -> None:
    # The signature and the data are read first; then the page unpacks to more than there is room for.
    found = examine_confined(_bombed(signed_pdf), [signing_key.certificate])
    assert found.data is not None
    assert found.words is None
    assert "changed after it was signed" in found.verdict.sentence


def _bombed(pdf: bytes) -> bytes:
    import zlib

    from pypdf.generic import EncodedStreamObject, NameObject

    packed = zlib.compress(b"BT (x) Tj ET " * 30_000_000, 9)
    stream = EncodedStreamObject()
    stream._data = packed
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer = edits.appending(pdf)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    return edits.written(writer)
