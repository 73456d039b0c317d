"""What hostile people write into names, titles and conditions: printed letter by letter or refused with a sentence.

Each text is written everywhere at once: the holder, the vendor, programs, steps, conditions, officers, the course.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.errors import CertificateRefused
from app.certificates.document.render import render
from app.certificates.rules.file_names import ATTACHED_DATA
from app.certificates.rules.snapshot import CompletedStep, Locale, Officer, Outcome, Snapshot
from tests.certificates import specimens
from tests.certificates.reading import letters, pdftotext, reader

SECRET = "the secret of this machine"

PRINTED = {
    "image": '<img src="{url}">',
    "image, broken": '"><img src={url} onerror=alert(1)>',
    "script": "<script src={url}></script>",
    "iframe": "<iframe src={url}></iframe>",
    "object": "<object data={url}></object>",
    "embed": "<embed src={url}>",
    "stylesheet": '<link rel=stylesheet href="{url}">',
    "attachment": '<link rel=attachment href="{file}">',
    "attached link": "<a rel=attachment href='{file}'>x</a>",
    "link": "<a href={url}>click</a>",
    "base": '<base href="{url}/">',
    "refresh": '<meta http-equiv=refresh content="0;{url}">',
    "style element": "<style>@import '{url}';</style>",
    "style attribute": '" style="background:url({url})',
    "import rule": "@import url({url});",
    "CSS function": "url({url})",
    "CSS end": "}} * {{ background: url({url}) }} x {{",
    "CSS comment": "*/ body {{ display: none }} /*",
    "CSS escape": "\\75 rl({url})",
    "font face": "@font-face {{ font-family: x; src: url({url}) }}",
    "content": "::before {{ content: url({file}) }}",
    "SVG image": "<svg><image href='{url}'/></svg>",
    "SVG use": "<svg><use href='{file}#a'/></svg>",
    "SVG script": "<svg onload=alert(1)>",
    "data address": "data:text/html,<img src={url}>",
    "file address": "{file}",
    "web address": "{url}/a.png",
    "no protocol": "//127.0.0.1/x",
    "script address": "javascript:alert(1)",
    "entity": "&lt;b&gt; &amp; &#60;script&#62; &nbsp; &copy;",
    "entity declaration": '<!DOCTYPE x [<!ENTITY e SYSTEM "{file}">]> &e;',
    "CDATA": "<![CDATA[<img src={url}>]]>",
    "comment": "<!-- <img src={url}> --> x",
    "processing instruction": "<?xml-stylesheet href='{url}'?>",
    "XInclude": '<xi:include href="{file}" parse="text"/>',
    "end of page": "</p></body></html><img src={url}>",
    "Jinja expression": "{{{{ 7*7 }}}}",
    "Jinja objects": "{{{{ ''.__class__.__mro__ }}}}",
    "Jinja include": "{{% include 'certificate.css' %}}",
    "Jinja raw": "{{% raw %}} x {{% endraw %}} {{# x #}}",
    "Python format": "{{0.__class__}} {{title}} {{day}}",
    "percent format": "%(name)s %s %d %n",
    "template string": "${{7*7}} #{{7*7}} <%= 7*7 %>",
    "shell": "$(cat /etc/passwd) `id` ; rm -rf /",
    "SQL": "Robert'); DROP TABLE certificate;--",
    "PDF objects": "A) Tj ET endstream endobj << /JS (app.alert(1)) >>",
    "PDF name": "/OpenAction /Launch (x)",
    "XMP": "</rdf:RDF><pdfuaid:part>2</pdfuaid:part>",
    "spreadsheet": '=HYPERLINK("{url}","x")',
    "traversal": "../../../../etc/passwd",
    "quotes": "' \" ` ´ ’ ” « »",
    "emphasis": "ℌ𝔢𝔩𝔩𝔬 ① ﬁ",
}
REFUSED = {
    "null": "Ada\x00Lindqvist",
    "bell": "Ada\x07",
    "escape sequence": "\x1b[2J\x1b]8;;{url}\x07x",
    "line feed": "Ada\nVALID: yes",
    "carriage return": "Ada\rEve",
    "override of direction": "Ada\u202egro.elpmaxe",
    "embedding": "\u202bAda\u202c",
    "isolate": "\u2067Ada\u2069",
    "zero width space": "Ada\u200bLindqvist",
    "byte order mark": "\ufeffAda",
    "soft hyphen": "A\u00adda",
    "tag characters": "Ada\U000e0041",
    "line separator": "Ada\u2028Eve",
    "private character": "Ada\ue000",
    "half a character": "Ada\ud800",
    "unassigned": "Ada\u0378",
    "accents in a pile": "A" + "\u0301" * 40,
    "ten thousand letters": "W" * 10_000,
    "ten thousand marks": "<p>" * 10_000,
}


def _everywhere(words: str, kind: str) -> Snapshot:
    officer, signatory = Officer(words, words), Officer(words, "Chief Compliance Officer")
    if kind == "course":
        return specimens.course(words, partner_name=words, course_title=words, signatory=signatory)
    changed = specimens.program(
        words,
        program_names=(words, "Cloud Resale"),
        outcome=Outcome.COMPLETED_WITH_CONDITIONS,
        conditions=words,
        proposed_by=officer,
        approved_by=officer,
        steps=(CompletedStep(words, date(2026, 3, 1)),),
        locale=Locale.FRENCH,
    )
    return replace(changed, vendor_name=words, signatory=signatory)


def _written(words: str, address: str, folder: Path) -> str:
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    return words.format(url=address, file=secret.as_uri())


@pytest.mark.parametrize("kind", ["program", "course"])
@pytest.mark.parametrize("words", PRINTED.values(), ids=PRINTED.keys())
def test_hostile_words_are_printed_letter_by_letter(
    words: str, kind: str, watchman: tuple[str, list[str]], tmp_path: Path, brand: Brand
) -> None:
    address, seen = watchman
    written = _written(words, address, tmp_path)
    snapshot = _everywhere(written, kind)
    pdf = render(snapshot, brand=brand)
    read = pdftotext(pdf)
    assert letters(written) in letters(read)
    assert SECRET not in read
    assert "root:" not in read
    assert reader(pdf).attachments == {ATTACHED_DATA: [snapshot.canonical()]}
    assert SECRET.encode() not in pdf
    assert seen == []


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_printed_is_refused_with_a_sentence(
    words: str, watchman: tuple[str, list[str]], tmp_path: Path, brand: Brand
) -> None:
    address, seen = watchman
    for kind in ("program", "course"):
        with pytest.raises(CertificateRefused) as refusal:
            render(_everywhere(words.replace("{url}", address), kind), brand=brand)
        assert refusal.value.sentence.endswith(".")
        assert len(refusal.value.sentence) < 400
    assert seen == []
