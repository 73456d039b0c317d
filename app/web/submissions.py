"""One POST, one transaction, one answer: 303 to where it led, or the same page with what was wrong."""

import hashlib
from collections.abc import Callable

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.kernel import receipts
from app.kernel.canonical import digest
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError
from app.transactions import transaction
from app.web.forms import EffectForm
from app.web.guard import actor_or_none

# What `otherwise` gives: the page again, as text or as a response.
Page = str | Response

_NOT_ASKED = frozenset({"csrf_token", "idempotency_key", "submit"})


def submit(
    form: EffectForm,
    act: Callable[[Session], str],
    *,
    otherwise: Callable[[], Page],
    said: str | None = None,
) -> ResponseReturnValue:
    """Validate, then run `act(session)` in one transaction; it returns the address to go to (303).

    A form sent twice runs once: the second answer is the first one's. What the rules refuse is shown in the form by
    `otherwise()`, which renders the page (422, or 409 where somebody else was quicker). `said` is shown on the next page.
    """
    if not form.validate():
        return answer_with(otherwise(), 422)
    who = actor_or_none()
    key = f"{who.person_id if who else 'public'}:{form.idempotency_key.data}"
    asked = _asked()
    try:
        with transaction() as session:
            led_to = receipts.earlier(session, key, asked)
            if led_to is None:
                led_to = act(session)
                receipts.keep(session, key, asked, led_to, at=now())
                if said:
                    flash(said)
    except DomainError as error:
        form.reject(error)
        return answer_with(otherwise(), 409 if isinstance(error, Conflict) else 422)
    return redirect(led_to, 303)


def answer_with(page: Page, status: int) -> ResponseReturnValue:
    """A page under a status; a redirect keeps its own."""
    if isinstance(page, str):
        return page, status
    return page


def _asked() -> str:
    """A digest of what the request asks: address and fields, files by their content, passwords not at all."""
    fields = sorted(
        (name, value)
        for name, values in request.form.lists()
        if name not in _NOT_ASKED and "password" not in name
        for value in values
    )
    files = sorted((name, _file_digest(file)) for name, found in request.files.lists() for file in found)
    return digest(
        {"path": request.path, "fields": [list(pair) for pair in fields], "files": [list(pair) for pair in files]}
    )


def _file_digest(file: FileStorage) -> str:
    position = file.stream.tell()
    file.stream.seek(0)
    found = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(position)
    return found
