"""A cookie that was checked a moment ago isn't checked again; nobody may notice."""

import time

import pytest
import time_machine
from flask import flash, get_flashed_messages, session
from flask_wtf.csrf import generate_csrf, validate_csrf

from app.web.signatures import csrf_token


@pytest.fixture
def cookie(app):
    """The cookie of a session in which somebody has something to be told."""
    with app.test_request_context():
        session["theme"] = "dark"
        flash("Saved.")
        generate_csrf()
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    return response.headers["Set-Cookie"].split(";")[0]


def opened(app, cookie):
    return app.test_request_context(headers={"Cookie": cookie})


@pytest.mark.one_engine
def test_the_second_request_finds_the_session_as_the_first_did(app, cookie):
    for _ in range(2):
        with opened(app, cookie):
            assert session["theme"] == "dark"
            assert not session.modified
            assert get_flashed_messages() == ["Saved."]


@pytest.mark.one_engine
def test_what_one_request_does_to_its_session_does_not_reach_the_next(app, cookie):
    with opened(app, cookie):
        session["theme"] = "light"
        session["_flashes"].append(("message", "Only here."))
    with opened(app, cookie):
        assert session["theme"] == "dark"
        assert get_flashed_messages() == ["Saved."]


@pytest.mark.one_engine
def test_a_cookie_that_was_tampered_with_opens_nothing_though_the_good_one_is_remembered(app, cookie):
    with opened(app, cookie):
        assert session["theme"] == "dark"
    for forged in (cookie[:-2] + "xx", cookie.replace("=", "=e", 1), cookie.rsplit(".", 1)[0], "session=x.y.z"):
        with opened(app, forged):
            assert "theme" not in session


@pytest.mark.one_engine
def test_a_remembered_cookie_still_runs_out(app, cookie):
    with opened(app, cookie):
        assert session["theme"] == "dark"
    later = time.time() + app.permanent_session_lifetime.total_seconds() + 600
    with time_machine.travel(later), opened(app, cookie):
        assert "theme" not in session


@pytest.mark.one_engine
def test_the_token_in_a_page_is_the_one_that_forms_are_checked_by(app, cookie):
    with opened(app, cookie):
        token = csrf_token()
        assert generate_csrf() == token
        validate_csrf(token)
    with opened(app, cookie):
        validate_csrf(csrf_token())
    with app.test_request_context():
        validate_csrf(csrf_token())


@pytest.mark.one_engine
def test_two_sessions_have_two_tokens(app, cookie):
    with opened(app, cookie):
        token = csrf_token()
    with app.test_request_context():
        assert csrf_token() != token
