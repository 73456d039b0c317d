"""Whatever a room puts into the outbox, somebody has written the mail for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.notifications.letters import MAILS
from app.outcomes import course_certificates, publication

APP = Path(__file__).resolve().parents[2] / "app"
# Modules that pass a kind on instead of naming one.
PASS_ON = {APP / "outbox" / "services.py", APP / "notifications" / "worker.py", APP / "notifications" / "reminders.py"}


# A function of a room that is told by its callers what the row is about: they are looked at instead.
PASSED_ON = "(as its caller says)"
# What the worker does besides sending mail.
OTHER_WORK = {course_certificates.KIND, publication.KIND}


def enqueued() -> Iterator[tuple[str, str]]:
    """Where a row is written, and the name under which its mail has to be known."""
    for path in sorted(APP.rglob("*.py")):
        if path in PASS_ON:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = f"{path.relative_to(APP)}:{node.lineno}"
            if called in ("enqueue", "enqueue_all") and _name(node) != PASSED_ON:
                yield place, _name(node)
            elif called == "_tell":
                yield place, _text(node.args[1])


def _name(call: ast.Call) -> str:
    kind = _text(call.args[1])
    if kind == "reminder" and isinstance(call.args[3], ast.Dict):
        for key, value in zip(call.args[3].keys, call.args[3].values, strict=True):
            if key is not None and _text(key) == "about":
                return PASSED_ON if isinstance(value, ast.Name) else _text(value)
    return kind


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Name) and node.id == "KIND":
        return course_certificates.KIND
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def test_every_row_that_a_room_writes_becomes_a_mail():
    found = list(enqueued())
    assert len(found) > 5
    unwritten = [f"{place} enqueues “{name}”" for place, name in found if name not in {*MAILS, *OTHER_WORK}]
    assert not unwritten, f"Write a letter in app/notifications/letters for: {unwritten}"
