from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.accounts import passwords, queries, services
from app.accounts.models import Credential, Invitation, UserSession
from app.accounts.rules import refuse_weak_password, wait_after
from app.accounts.views import own_path
from app.audit.models import AuditEvent
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.outbox.models import OutboxRow
from tests.ground.world import BUILDER, PASSWORD


@pytest.fixture
def ada(world):
    return world.learner("Ada Lovelace", world.partner(), password=PASSWORD)


def sign_in(client, email, password):
    return client.submit(client.get("/sign-in"), "Sign in", email=email, password=password)


def test_a_person_signs_in_with_their_password_and_lands_on_their_home_page(client, ada):
    answer = sign_in(client, ada.email.upper(), PASSWORD)
    assert answer.status_code == 200
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, ada):
    wrong = sign_in(client, ada.email, "something else entirely")
    unknown = sign_in(client, "nobody@nowhere.example", "something else entirely")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.errors == unknown.errors


def test_too_many_wrong_passwords_make_even_the_right_one_wait(client, clock, ada):
    for _ in range(7):
        sign_in(client, ada.email, "something else entirely")
    assert sign_in(client, ada.email, PASSWORD).status_code == 422
    clock.advance(minutes=16)
    assert sign_in(client, ada.email, PASSWORD).status_code == 200


def test_waiting_grows_but_never_beyond_a_quarter_of_an_hour():
    assert wait_after(4) == timedelta(0)
    assert wait_after(5) < wait_after(6) < wait_after(7)
    assert wait_after(1000) == timedelta(minutes=15)


def test_a_cookie_taken_before_signing_out_is_worth_nothing_afterwards(app, client, ada):
    client.sign_in(ada)
    thief = app.test_client()
    with client.session_transaction() as stolen, thief.session_transaction() as kept:
        kept.update(stolen)
    assert thief.get("/certificates").status_code == 200
    client.post("/sign-out")
    assert thief.get("/certificates").status_code == 303


def test_only_the_digest_of_a_session_token_is_kept(client, reading, ada):
    client.sign_in(ada)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with reading() as session:
        kept = session.scalars(select(UserSession.token_digest)).one()
    assert token not in kept
    assert kept == queries.token_digest(token)


@pytest.mark.parametrize("pause", [{"minutes": 61}, {"hours": 13}])
def test_a_session_ends_when_idle_or_old(client, clock, ada, pause):
    client.sign_in(ada)
    clock.advance(**pause)
    assert client.get("/certificates").status_code == 303


def test_a_closed_account_is_signed_out_at_once(client, in_transaction, world, ada):
    client.sign_in(ada)
    ruth = world.actor(world.administrator())
    with in_transaction() as session:
        services.deactivate(session, session.merge(ada), by=ruth, at=now())
    assert client.get("/certificates").status_code == 303
    client.post("/sign-in", data={"email": ada.email, "password": PASSWORD})
    assert client.get("/certificates").status_code == 303


def test_a_role_taken_away_is_gone_at_the_next_request(client, in_transaction, world):
    oskar = world.auditor()
    client.sign_in(oskar)
    assert client.get("/partners").status_code == 200
    ruth = world.actor(world.administrator())
    with in_transaction() as session:
        services.end_role(session, session.merge(oskar), Role.AUDITOR, by=ruth, at=now())
    client.sign_in(oskar)
    assert client.get("/partners").status_code == 403


def test_nobody_gives_themselves_a_role(in_transaction, world):
    ruth = world.administrator()
    with pytest.raises(DomainError, match="themselves"), in_transaction() as session:
        services.grant_role(session, session.merge(ruth), Role.COMPLIANCE_APPROVER, by=world.actor(ruth), at=now())


def test_a_partners_person_holds_no_role_of_the_vendor(in_transaction, ada):
    with pytest.raises(DomainError, match="vendor's side"), in_transaction() as session:
        services.grant_role(session, session.merge(ada), Role.FINANCE_APPROVER, by=BUILDER, at=now())


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\tb",
        "/a\nb",
        " /x",
        "",
        None,
        "/\x00",
        "http:/evil",
        "evil",
        "/a\\b",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(target):
    assert own_path(target) is None


def test_after_signing_in_one_returns_to_the_page_asked_for():
    assert own_path("/verify?number=7K3Q") == "/verify?number=7K3Q"


def test_opening_an_invitation_changes_nothing_and_using_it_works_once(client, in_transaction, reading, world):
    person = world.learner("Grace Hopper", world.partner())
    with in_transaction() as session:
        token = services.invite(session, session.merge(person), by=BUILDER, at=now())
    page = client.get(f"/invitations/{token}")
    client.get(f"/invitations/{token}")
    with reading() as session:
        assert session.scalars(select(Invitation.used_at)).one() is None
    client.submit(page, "Set password", password=PASSWORD, repeated=PASSWORD)
    assert client.get(f"/invitations/{token}").status_code == 404
    assert sign_in(client, person.email, PASSWORD).status_code == 200


def test_an_invitation_runs_out_after_three_days(client, clock, in_transaction, world):
    person = world.learner("Grace Hopper", world.partner())
    with in_transaction() as session:
        token = services.invite(session, session.merge(person), by=BUILDER, at=now())
    clock.advance(hours=73)
    assert client.get(f"/invitations/{token}").status_code == 404


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "adalovelace123456", "Password1234", "x" * 257, "ada@p-1001.example"]
)
def test_weak_passwords_are_refused_in_words(password):
    with pytest.raises(DomainError) as refused:
        refuse_weak_password(password, name="Ada Lovelace", email="ada@p-1001.example", brand="Good Standing")
    assert "haracters" in refused.value.sentence or "password" in refused.value.sentence


@pytest.mark.parametrize(
    "password", [PASSWORD, "  spaces are kept  ", "πλοίο φάρος ήσυχο σφενδάμι", "🦊" * 4 + "lantern quiet"]
)
def test_long_unusual_passwords_of_any_script_are_welcome(password):
    refuse_weak_password(password, name="Ada Lovelace", email="ada@acme.example", brand="Good Standing")


def test_a_password_hash_is_argon2id_of_at_least_19_mib():
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in passwords.hash_password(PASSWORD, "standard")


def test_an_old_hash_is_made_anew_at_the_next_sign_in(client, in_transaction, reading, ada):
    from pwdlib.hashers.argon2 import Argon2Hasher

    weaker = Argon2Hasher(memory_cost=16, time_cost=1, parallelism=1).hash(PASSWORD)
    with in_transaction() as session:
        session.get_one(Credential, ada.id).password_hash = weaker
    sign_in(client, ada.email, PASSWORD)
    with reading() as session:
        assert session.get_one(Credential, ada.id).password_hash != weaker


def test_no_password_or_token_is_in_the_trail(client, in_transaction, reading, world):
    person = world.learner("Grace Hopper", world.partner())
    with in_transaction() as session:
        token = services.invite(session, session.merge(person), by=BUILDER, at=now())
    client.submit(client.get(f"/invitations/{token}"), "Set password", password=PASSWORD, repeated=PASSWORD)
    sign_in(client, person.email, PASSWORD)
    sign_in(app_client(client), person.email, "wrong " + PASSWORD)
    with reading() as session:
        trail = " ".join(f"{event.reason} {event.details}" for event in session.scalars(select(AuditEvent)))
        assert session.scalars(select(OutboxRow.kind)).one() == "invitation"
    assert PASSWORD not in trail
    assert token not in trail
    assert person.email not in trail


def app_client(client):
    return client.application.test_client()


def test_an_administrator_invites_a_colleague_and_closes_an_account(client, reading, world):
    ruth = world.administrator()
    client.sign_in(ruth)
    form = client.get("/people/new")
    answer = client.submit(
        form, "Add colleague and send invitation", name="Nia Adeyemi", email="nia@vendor.example", roles=["auditor"]
    )
    assert "Nia Adeyemi" in answer.text
    answer = client.submit(answer, "Close account of Nia Adeyemi")
    assert "Closed" in answer.text


def test_a_second_person_with_the_same_address_is_refused_beside_the_field(client, world):
    ruth = world.administrator()
    client.sign_in(ruth)
    answer = client.submit(
        client.get("/people/new"),
        "Add colleague and send invitation",
        name="Ruth Again",
        email=ruth.email,
        roles=["auditor"],
    )
    assert answer.status_code == 409
    assert "already has an account" in answer.text


def test_the_theme_is_kept_with_the_person(client, ada):
    client.sign_in(ada)
    client.post("/theme", data={"theme": "dark"})
    assert client.get("/certificates").page.html["data-theme"] == "dark"
