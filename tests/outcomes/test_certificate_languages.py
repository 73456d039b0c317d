"""In which language a certificate is printed: chosen with the determination, or the one the course was taken in."""

import pytest

from app.certificates.rules.snapshot import Locale
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.outcomes import completion, course_certificates
from app.remediation import queries
from app.remediation.models import Determination
from app.settings import Mode, Settings
from tests.certificates.reading import letters, pdftotext
from tests.ground.pages import words
from tests.remediation.conftest import catalogue, stage

__all__ = ["catalogue", "stage"]


@pytest.mark.parametrize(
    ("taken_in", "elsewhere", "printed_in"),
    [
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("fr-CA", "en", "fr"),
        ("ar", "en", "ar"),
        ("de", "en", "en"),
        ("ja", "fr", "fr"),
    ],
)
def test_a_course_certificate_is_in_the_language_of_the_course_or_of_the_settings(
    taken_in, elsewhere, printed_in, tmp_path
):
    settings = Settings(mode=Mode.TESTING, data_folder=tmp_path, certificate_language=elsewhere)
    assert course_certificates.locale_for(taken_in, settings) == printed_in


def test_no_other_language_can_be_set():
    with pytest.raises(ValueError, match="certificate_language"):
        Settings(mode=Mode.TESTING, certificate_language="de")
    with pytest.raises(ValueError, match="certificate_paper"):
        Settings(mode=Mode.TESTING, certificate_paper="a3")


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("locale", "title"),
    [(Locale.FRENCH, "Certificat d’achèvement du programme"), (Locale.ARABIC, "شهادة إتمام البرنامج")],
)
def test_the_language_of_the_determination_is_judged_and_printed(stage, app, locale, title):
    number = stage.ready()
    stage.sign(number)
    made = stage.propose_determination(number, language=locale)
    with stage.reading() as session:
        decision = session.query(Decision).filter_by(kind=DecisionKind.DETERMINATION, subject_id=made).one()
        assert decision.content["language_of_the_certificate"] == locale.label
        prepared = completion.prepare_certificate(
            session, made, approver=stage.act(stage.priya), at=now(), settings=app.config["SETTINGS"]
        )
    assert prepared.snapshot.locale is locale
    assert letters(title)[:6] in letters(pdftotext(prepared.pdf))
    assert prepared.snapshot.printed().value("title") == title


@pytest.mark.one_engine
def test_the_form_offers_the_language_of_the_compliance_contact(stage, client):
    number = stage.ready()
    stage.sign(number)
    client.sign_in(stage.sam)
    page = client.get(f"/cases/{number}/determinations/new")
    assert words(page.page.select_one("#language [selected]")) == "English (English)"
    with stage.in_transaction() as session:
        session.merge(stage.nora).language = "fr-CA"
    page = client.get(f"/cases/{number}/determinations/new")
    assert words(page.page.select_one("#language [selected]")) == "French (Français)"
    with stage.reading() as session:
        assert queries.certificate_language(session, stage.case(session, number).partner_id) is Locale.FRENCH
        assert session.query(Determination).count() == 0
