"""A client that reads each page as a careful person would, and fills in forms the way a browser does."""

import re
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from flask import has_app_context, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from app.accounts.views import begin_session
from tests.ground.loops import loop_set_aside


class Answer(TestResponse):
    """A response, with its page parsed when it is one."""

    @cached_property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.get_data(as_text=True), "html.parser")

    @property
    def heading(self) -> str:
        """The text of the page's one h1."""
        return words(self.page.h1)

    @property
    def text(self) -> str:  # type: ignore[override]
        """What the page says, tags taken out and spaces made one; for anything but HTML, the body as it is."""
        return words(self.page) if self.mimetype == "text/html" else self.get_data(as_text=True)

    @property
    def errors(self) -> list[str]:
        """The sentences of the form's error summary."""
        return [words(item) for item in self.page.select("[role=alert] li, .error-summary li")]

    def link(self, label: str) -> str:
        """Where the link with this label leads."""
        found = [link for link in self.page.find_all("a") if words(link) == label]
        assert found, f"No link “{label}”; there are: {sorted({words(link) for link in self.page.find_all('a')})}"
        return str(found[0]["href"])

    def form(self, button: str) -> Tag:
        """The form that the button with this label sends."""
        for form in self.page.find_all("form"):
            if any(words(found) == button for found in _buttons(form)):
                return form
        offered = [words(found) for form in self.page.find_all("form") for found in _buttons(form)]
        raise AssertionError(f"No button “{button}” on “{self.heading}”; there are: {offered}")


class PageClient(FlaskClient):
    """Flask's test client. Every HTML answer is checked (see `faults_of`); every POST carries a valid CSRF token."""

    def __init__(self, application: Any, response_wrapper: Any = None, *args: Any, **kwargs: Any) -> None:
        answer = type("Answer", (Answer, response_wrapper), {})
        super().__init__(application, answer, *args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> Any:
        assert not has_app_context(), (
            "A request inside an open app context would share its database session and hide stale reads; "
            "close `in_transaction()` or `app.app_context()` first."
        )
        with loop_set_aside():
            answer = super().open(*args, **kwargs)
        if answer.request.path.startswith("/static/"):
            # A file is streamed: read it here, so that nobody has to remember to close it.
            answer.get_data()
            answer.close()
        shown = answer.request.method != "HEAD" and answer.status_code not in (301, 302, 303, 307, 308)
        if answer.mimetype == "text/html" and shown:
            faults = faults_of(answer.page)
            assert not faults, f"{answer.request.path} ({answer.status_code}):\n" + "\n".join(faults)
        return answer

    def get(self, *args: Any, **kwargs: Any) -> Answer:
        answer: Answer = super().get(*args, **kwargs)  # type: ignore[assignment]
        return answer

    def post(self, *args: Any, csrf: bool = True, **kwargs: Any) -> Answer:
        """POST as a page of ours would; `csrf=False` posts as a page of somebody else's."""
        if csrf:
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self.csrf_token()}
        answer: Answer = super().post(*args, **kwargs)  # type: ignore[assignment]
        return answer

    def sign_in(self, person: Any) -> None:
        """Sign a person (or the key of one) in, by the portal's own means but without a password to hash."""
        person_id = person if isinstance(person, int) else person.id
        with loop_set_aside(), self.application.test_request_context("/sign-in", method="POST"):
            begin_session(person_id)
            cookie = dict(session)
        with self.session_transaction() as kept:
            kept.clear()
            kept.update(cookie)

    def csrf_token(self) -> str:
        """A token that the session of this client accepts."""
        with self.session_transaction() as kept:
            raw = kept.get("csrf_token")
            with self.application.test_request_context():
                session["csrf_token"] = raw or "0" * 40
                token: str = generate_csrf()
            kept["csrf_token"] = raw or "0" * 40
        return token

    def submit(self, answer: Answer, button: str, *, follow: bool = True, **fields: Any) -> Answer:
        """Fill in the form on a page and press its button, as a browser does: hidden fields, defaults, then `fields`.

        A field that the form does not have is an error, and so is a choice that it does not offer: what a page cannot
        send is posted with `post`. A file is given as `(BytesIO, name)`; a checkbox as True or False.
        """
        form = answer.form(button)
        data = filled(form, button, fields)
        target = urljoin(answer.request.url, str(form.get("action") or answer.request.url))
        if str(form.get("method", "get")).lower() == "get":
            return self.get(target, query_string=data, follow_redirects=follow)
        return self.post(target, data=data, follow_redirects=follow, csrf=False)


def words(tag: Tag | None) -> str:
    """The text of a tag with every run of white space made one space."""
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""


def faults_of(page: BeautifulSoup) -> list[str]:
    """What is wrong with a page whatever it shows, one sentence each."""
    faults = []
    html = page.find("html")
    if not isinstance(html, Tag) or not html.get("lang"):
        faults.append("The page does not say its language.")
    headings = [words(heading) for heading in page.find_all("h1")]
    if len(headings) != 1:
        faults.append(f"It has {len(headings)} h1 headings: {headings}.")
    title = words(page.title)
    if headings and not title.removeprefix("Error: ").startswith(headings[0]):
        faults.append(f"Its title “{title}” does not start with its heading “{headings[0]}”.")
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    faults += [
        f"The id “{repeated}” is used more than once." for repeated in sorted({i for i in ids if ids.count(i) > 1})
    ]
    known = set(ids)
    for tag in page.find_all(True):
        faults += _inline_code(tag) + _dangling(tag, known)
    for form in page.find_all("form"):
        if str(form.get("method", "get")).lower() == "post":
            token = form.find("input", attrs={"name": "csrf_token"})
            if not isinstance(token, Tag) or not token.get("value"):
                faults.append(f"The form to {form.get('action') or 'its own page'} has no CSRF token.")
    for control in page.find_all(["input", "select", "textarea"]):
        if control.get("type") not in ("hidden", "submit", "button", "image") and not _is_named(control, page):
            faults.append(f"The control “{control.get('name')}” has no label.")
    faults += [
        f"The image {image.get('src')} has no alt." for image in page.find_all("img") if image.get("alt") is None
    ]
    return faults


def _inline_code(tag: Tag) -> list[str]:
    faults = []
    if tag.name == "style" or (tag.name == "script" and not tag.get("src")):
        faults.append(f"There is an inline <{tag.name}>.")
    for attribute, value in tag.attrs.items():
        if attribute == "style" or re.fullmatch(r"on[a-z]+", attribute):
            faults.append(f"<{tag.name}> has an inline {attribute}=.")
        if attribute in ("href", "src", "action") and str(value).strip().lower().startswith("javascript:"):
            faults.append(f"<{tag.name}> has a javascript: address.")
    return faults


def _dangling(tag: Tag, known: set[str]) -> list[str]:
    """References inside the page that lead nowhere."""
    named: list[str] = []
    for attribute in (
        "for",
        "aria-describedby",
        "aria-labelledby",
        "aria-controls",
        "aria-errormessage",
        "list",
        "form",
    ):
        value = tag.get(attribute)
        named += value if isinstance(value, list) else str(value or "").split()
    href = str(tag.get("href") or "")
    if href.startswith("#") and len(href) > 1:
        named.append(href[1:])
    return [f"<{tag.name}> refers to “{name}”, which is not on the page." for name in named if name not in known]


def _is_named(control: Tag, page: BeautifulSoup) -> bool:
    if control.get("aria-label") or control.get("aria-labelledby") or control.find_parent("label"):
        return True
    return bool(control.get("id")) and page.find("label", attrs={"for": str(control["id"])}) is not None


def _buttons(form: Tag) -> list[Tag]:
    return [button for button in form.find_all("button") if button.get("type", "submit") == "submit"]


def _controls(form: Tag) -> list[Tag]:
    """The form's own controls, and those elsewhere on the page that say by its id that they belong to it."""
    kinds = ["input", "select", "textarea"]
    own = [control for control in form.find_all(kinds) if not control.get("form")]
    page = next((parent for parent in form.parents if parent.name == "[document]"), form)
    named = page.find_all(kinds, attrs={"form": form["id"]}) if form.get("id") else []
    return [*own, *named]


def filled(form: Tag, pressed: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What a browser sends when these fields are filled in and the named button is pressed."""
    data: dict[str, Any] = {}
    offered: dict[str, set[str]] = {}
    for control in _controls(form):
        name = str(control.get("name") or "")
        if not name or control.has_attr("disabled"):
            continue
        kind = str(control.get("type") or "text") if control.name == "input" else control.name
        if kind == "select":
            options = control.find_all("option")
            offered[name] = {str(option.get("value", words(option))) for option in options}
            chosen = [option for option in options if option.has_attr("selected")] or (
                [] if control.has_attr("multiple") else options[:1]
            )
            data[name] = [str(option.get("value", words(option))) for option in chosen]
        elif kind in ("checkbox", "radio"):
            value = str(control.get("value", "on"))
            offered.setdefault(name, set()).add(value)
            data.setdefault(name, [])
            if control.has_attr("checked"):
                data[name].append(value)
        elif kind == "textarea":
            data[name] = control.get_text().removeprefix("\n")
        elif kind == "file":
            data.setdefault(name, [])
        elif kind not in ("submit", "button", "image", "reset"):
            # A name that stands in several inputs, as hidden lists do, is sent once for each.
            value = str(control.get("value", ""))
            data[name] = [*_listed(data[name]), value] if name in data else value
    for name, value in fields.items():
        assert name in data, f"The form has no field “{name}”; it has {sorted(data)}."
        data[name] = _chosen(name, value, offered[name]) if name in offered else value
    for button in _buttons(form):
        if words(button) == pressed and button.get("name"):
            data[str(button["name"])] = str(button.get("value", ""))
    return data


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _chosen(name: str, value: Any, offered: set[str]) -> list[str]:
    if value is True:
        assert len(offered) == 1, f"“{name}” has several boxes; name the ones to tick."
        return list(offered)
    if value is False:
        return []
    wanted = [str(one) for one in (value if isinstance(value, list | tuple | set | frozenset) else [value])]
    missing = set(wanted) - offered
    assert not missing, f"“{name}” does not offer {sorted(missing)}; it offers {sorted(offered)}."
    return wanted
