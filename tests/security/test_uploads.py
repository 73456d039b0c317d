"""Evidence files through the page: what lies is refused and leaves nothing, what is taken comes back as a harmless download."""

import zipfile
from io import BytesIO
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select

from app.remediation.models import EvidenceFile, EvidenceRevision, PlanStep, RemediationCase, StepKind
from app.transactions import reading
from tests.ground.furnished import Furnished

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]

CONTACT = "anke@kestrel.example"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"


def _archive(**parts: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def _bomb() -> bytes:
    """Some 400 KB that unpack to more than 300 MB."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(310):
                part.write(bytes(1024 * 1024))
    return made.getvalue()


LIARS = {
    "HTML as PDF": ("notes.pdf", lambda: HTML),
    "a program as Word": ("report.docx", lambda: b"MZ\x90\x00" + bytes(200)),
    "a program as text": ("report.txt", lambda: b"MZ\x90\x00" + bytes(200)),
    "an archive as Word": ("report.docx", lambda: _archive(a=b"x")),
    "Word with macros": (
        "report.docx",
        lambda: _archive(
            **{"[Content_Types].xml": b"<Types/>", "word__document.xml": b"<w/>", "word__vbaProject.bin": b"x"}
        ),
    ),
    "Word that unpacks to 310 MB": ("report.docx", _bomb),
    "a drawing": ("drawing.svg", lambda: SVG),
    "a drawing as PNG": ("drawing.png", lambda: SVG),
    "a page": ("page.html", lambda: HTML),
    "nothing": ("empty.pdf", lambda: b""),
    "more than fits": ("large.txt", lambda: b"a" * (15 * 1024 * 1024 + 1)),
    "two extensions, the last one bad": ("report.pdf.exe", lambda: PDF),
    "two extensions, the first one bad": ("page.html.png", lambda: HTML),
    "no extension": ("report", lambda: PDF),
    "a cut PDF": ("cut.pdf", lambda: PDF[:20]),
    "a picture that is a program too": ("both.png", lambda: b"\x89PNG\r\n\x1a\n" + b"MZ" + HTML),
    "a spreadsheet as Word": (
        "table.docx",
        lambda: _archive(**{"[Content_Types].xml": b"<Types/>", "xl__workbook.xml": b"<w/>"}),
    ),
}


def _step(furnished: Furnished) -> tuple[str, int]:
    with furnished.app.app_context():
        found = reading().execute(
            select(RemediationCase.number, PlanStep.id)
            .join(PlanStep, PlanStep.case_id == RemediationCase.id)
            .join(EvidenceRevision, EvidenceRevision.step_id == PlanStep.id)
            .join(EvidenceFile, EvidenceFile.revision_id == EvidenceRevision.id)
            .where(EvidenceFile.name.startswith("wayzgoose"), PlanStep.kind == StepKind.CORRECTIVE_ACTION)
        )
        return tuple(found.first())  # type: ignore[return-value]


def _send(furnished: Furnished, *files: tuple[str, bytes]):
    number, step_id = _step(furnished)
    return furnished.client(CONTACT).post(
        f"/cases/{number}/steps/{step_id}/evidence",
        data={
            "statement": "See the file.",
            "effective_on": "2026-03-01",
            "files": [(BytesIO(content), name) for name, content in files],
            "idempotency_key": "k" * 20,
        },
        content_type="multipart/form-data",
    )


def _kept(furnished: Furnished) -> tuple[int, int, list[str]]:
    """Revisions, files, and what stands in the folder of files."""
    with furnished.app.app_context():
        counts = [reading().scalar(select(func.count()).select_from(one)) for one in (EvidenceRevision, EvidenceFile)]
    folder = furnished.settings.data_folder / "files"
    return counts[0], counts[1], sorted(file.name for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("liar", LIARS)
def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(furnished: Furnished, liar: str) -> None:
    name, content = LIARS[liar]
    before = _kept(furnished)
    answer = _send(furnished, (name, content()))
    assert answer.status_code == 422
    assert answer.errors
    assert _kept(furnished) == before


def test_one_bad_file_among_good_ones_leaves_nothing(furnished: Furnished) -> None:
    before = _kept(furnished)
    assert _send(furnished, ("good.pdf", PDF), ("bad.pdf", HTML)).status_code == 422
    assert _kept(furnished) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\anke\\claims.txt", None),
        ("a" * 300 + ".txt", None),
        ("\u202etxt.exe.txt", "txt.exe.txt"),
        ("claims;x=y.txt", "claims;x=y.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("請求手順.txt", "請求手順.txt"),
        ("إجراءات.txt", "إجراءات.txt"),
        ("🙂.txt", "🙂.txt"),
        ("report.html.txt", "report.html.txt"),
    ],
)
def test_a_name_is_only_a_name(furnished: Furnished, name: str, shown: str | None) -> None:
    number, step_id = _step(furnished)
    assert _send(furnished, (name, HTML)).status_code == 303
    with furnished.app.app_context():
        file, revision = (
            reading()
            .execute(
                select(EvidenceFile, EvidenceRevision.number)
                .join(EvidenceRevision, EvidenceRevision.id == EvidenceFile.revision_id)
                .order_by(EvidenceFile.id.desc())
            )
            .first()
        )
    assert len(file.name) <= 150
    if shown is not None:
        assert file.name == shown
    assert len(list((furnished.settings.data_folder / "files").rglob(file.sha256))) == 1
    for who in (CONTACT, "jonas@aldermoor.example"):
        answer = furnished.client(who).get(f"/cases/{number}/steps/{step_id}/evidence/{revision}/files/{file.id}")
        assert answer.status_code == 200
        assert answer.get_data() == HTML
        assert answer.mimetype == "text/plain"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert "X-Evil" not in answer.headers
        if shown is not None and not shown.isascii():
            assert shown in unquote(answer.headers["Content-Disposition"])
        page = furnished.client(who).get(f"/cases/{number}/steps/{step_id}")
        assert page.status_code == 200
        assert b"<img src=x" not in page.get_data()


def test_text_where_a_file_belongs_is_no_file(furnished: Furnished) -> None:
    """A field called like the file's, or a name with a line break that falls apart on the way, breaks nothing."""
    number, step_id = _step(furnished)
    before = _kept(furnished)
    answer = furnished.client(CONTACT).post(
        f"/cases/{number}/steps/{step_id}/evidence",
        data={"statement": "Only words.", "effective_on": "2026-03-01", "files": "text", "idempotency_key": "k" * 20},
    )
    assert answer.status_code == 303
    assert _kept(furnished)[1:] == before[1:]
    assert _send(furnished, ("claims\r\nX-Evil: 1.txt", HTML)).status_code in (303, 409, 422)


def test_a_representative_may_not_fetch_the_papers(furnished: Furnished) -> None:
    number, step_id = _step(furnished)
    with furnished.app.app_context():
        file, revision = (
            reading()
            .execute(
                select(EvidenceFile.id, EvidenceRevision.number)
                .join(EvidenceRevision, EvidenceRevision.id == EvidenceFile.revision_id)
                .where(EvidenceRevision.step_id == step_id)
            )
            .first()
        )
    path = f"/cases/{number}/steps/{step_id}/evidence/{revision}/files/{file}"
    assert furnished.client(CONTACT).get(path).status_code == 200
    assert furnished.client("ines@aldermoor.example").get(path).status_code == 404
