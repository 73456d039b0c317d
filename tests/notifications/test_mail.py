import email
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest

from app.notifications.delivery import FolderDelivery, delivery_of
from app.notifications.letters import MAILS
from app.notifications.rendering import TEMPLATES, Letter, Recipient, isolated, message_id, rendered
from app.settings import Mode, Settings
from tests.notifications.conftest import body_of, page_of

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = Settings(
    mode=Mode.TESTING, secret_key="a secret that only the tests know, 32 and more", base_url="https://portal.example/"
)


def invitation(name="Ada Byron", organization="Acme", time_zone="UTC", **more) -> Letter:
    to = Recipient(7, name, "ada@acme.example", time_zone)
    return Letter(to, "invitation", "/invitations/abc", {"organization": organization, "expires_at": AT, **more})


def mail(letter=None, key="invitation:1", settings=SETTINGS):
    return rendered(letter or invitation(), key=key, settings=settings, at=AT)


def test_a_mail_has_all_its_words_as_plain_text_and_as_html():
    message = mail()
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain = " ".join(body_of(message).split())
    for words in (
        "Dear Ada Byron,",
        f"Acme works with {SETTINGS.vendor_name}",
        "https://portal.example/invitations/abc",
    ):
        assert words in plain
        assert words.removeprefix("Dear ").removesuffix(",") in page_of(message)


def test_the_html_has_one_button_and_no_script_or_foreign_address():
    page = page_of(mail())
    assert page.count("<a href=") == 1
    assert "Set your password</a>" in page
    for banned in ("<script", "<img", "javascript:", "onclick", "http://"):
        assert banned not in page


def test_the_text_can_be_read_in_a_window_of_eighty_columns():
    assert max(len(line) for line in body_of(mail()).splitlines() if "://" not in line) <= 76


def test_a_name_cannot_add_a_header():
    message = mail(invitation(name="Ada\r\nBcc: everyone@acme.example"))
    assert message["Bcc"] is None
    raw = email.message_from_bytes(message.as_bytes(), policy=policy.default)
    assert raw["Bcc"] is None
    assert [address.addr_spec for address in raw["To"].addresses] == ["ada@acme.example"]


def test_a_company_whose_name_has_a_line_break_leaves_the_mail_whole():
    message = mail(invitation(organization="Acme\r\nSubject: You won\r\n\r\nClick"))
    assert message["Subject"] == "You have an account at Good Standing: set your password by 2 March 2026, 09:00 UTC"


def test_markup_in_a_name_is_text():
    page = page_of(mail(invitation(name="<b>Ada</b>", organization="<script>alert(1)</script>")))
    assert "<b>Ada" not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("name", ["محمد الهاشمي", "王芳", "Sukarno", "Zoë " + "x" * 190])
def test_every_name_reaches_the_mailbox(name):
    raw = email.message_from_bytes(mail(invitation(name=name)).as_bytes(), policy=policy.default)
    # Where an encoded name is folded, Python's reader keeps the spaces that RFC 2047 drops.
    assert raw["To"].addresses[0].display_name.replace(" ", "") == name.replace(" ", "")
    assert name in raw.get_body(("plain",)).get_content().replace("\u2068", "").replace("\u2069", "")


def test_a_name_from_right_to_left_is_kept_from_turning_the_sentence():
    assert isolated("محمد") == "\u2068محمد\u2069"
    assert isolated("Ada") == "Ada"


def test_times_are_those_of_the_reader():
    assert "by 2 March 2026, 18:00 JST" in mail(invitation(time_zone="Asia/Tokyo"))["Subject"]


def test_the_message_id_is_the_same_for_the_same_row_and_gives_nothing_away():
    assert mail()["Message-ID"] == mail()["Message-ID"] == message_id("invitation:1", SETTINGS)
    assert mail()["Message-ID"] != mail(key="invitation:2")["Message-ID"]
    assert "invitation" not in mail()["Message-ID"]
    assert mail()["Message-ID"].endswith("@portal.example>")


def test_machines_are_told_that_a_machine_wrote():
    assert mail()["Auto-Submitted"] == "auto-generated"


def test_the_sender_is_a_setting():
    settings = SETTINGS.model_copy(update={"mail_from": "no-reply@vendor.example"})
    assert mail(settings=settings)["From"].addresses[0].addr_spec == "no-reply@vendor.example"
    assert mail(settings=settings)["Reply-To"].addresses[0].addr_spec == settings.support_email


def test_a_mail_sent_twice_into_the_folder_is_one_file_that_only_the_portal_reads(tmp_path: Path):
    delivery = FolderDelivery(tmp_path / "mail")
    delivery.send(mail())
    delivery.send(mail())
    [file] = (tmp_path / "mail").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert email.message_from_bytes(file.read_bytes(), policy=policy.default)["To"].addresses[0].username == "ada"


def test_an_address_with_letters_beyond_ascii_is_kept(tmp_path: Path):
    to = Recipient(7, "Lucía", "lucía@casaverde.example")
    FolderDelivery(tmp_path).send(mail(Letter(to, "invitation", "/", {"organization": None, "expires_at": AT})))
    [file] = tmp_path.iterdir()
    kept = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert str(kept["To"]) == "Lucía <lucía@casaverde.example>"
    assert "To: Lucía <lucía@casaverde.example>\r\n".encode() in file.read_bytes()


def test_without_a_server_mail_goes_to_the_folder():
    assert isinstance(delivery_of(SETTINGS), FolderDelivery)
    assert not isinstance(delivery_of(SETTINGS.model_copy(update={"smtp_host": "mail.example"})), FolderDelivery)


def test_every_kind_has_its_words():
    missing = [kind for kind in MAILS if not (TEMPLATES / "emails" / f"{kind}.txt").exists()]
    assert not missing, f"Write templates/emails/ for: {missing}"
