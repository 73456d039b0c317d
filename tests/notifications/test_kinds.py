"""Whatever a room puts into the outbox, somebody has written the mail for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.notifications.letters import MAILS
from app.outcomes import assignment_batches, bundles, course_certificates, publication, records

APP = Path(__file__).resolve().parents[2] / "app"
# Modules that pass a kind on instead of naming one.
PASS_ON = {APP / "outbox" / "services.py", APP / "notifications" / "worker.py", APP / "notifications" / "reminders.py"}


# A function of a room that is told by its callers what the row is about: they are looked at instead.
PASSED_ON = "(as its caller says)"
# What the worker does besides sending mail.
OTHER_WORK = {one.KIND for one in (course_certificates, publication, assignment_batches, records, bundles)}


def enqueued() -> Iterator[tuple[str, str]]:
    """Where a row is written, and the name under which its mail has to be known."""
    for path, tree in _modules():
        own = _kind_of(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = f"{path.relative_to(APP)}:{node.lineno}"
            if called in ("enqueue", "enqueue_all") and path not in PASS_ON and _name(node, own) != PASSED_ON:
                yield place, _name(node, own)
            elif called == "_tell":
                yield place, _text(node.args[1], own)
            elif called == "Due" and path == APP / "notifications" / "reminders.py":
                yield place, _text(node.args[0], own)


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(APP.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _kind_of(tree: ast.Module) -> str:
    """What the module's own KIND says; nothing where it has none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KIND":
            return str(node.value.value) if isinstance(node.value, ast.Constant) else ""
    return ""


def _name(call: ast.Call, own: str) -> str:
    kind = _text(call.args[1], own)
    if kind == "reminder" and isinstance(call.args[3], ast.Dict):
        for key, value in zip(call.args[3].keys, call.args[3].values, strict=True):
            if key is not None and _text(key, own) == "about":
                return PASSED_ON if isinstance(value, ast.Name) else _text(value, own)
    return kind


def _text(node: ast.expr, own: str) -> str:
    if isinstance(node, ast.Name) and node.id == "KIND":
        return own
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def test_every_row_that_a_room_writes_becomes_a_mail():
    found = list(enqueued())
    assert {"training_nudge", "course_to_retake", "course_assigned", "training_reminder"} <= {name for _, name in found}
    unwritten = [f"{place} enqueues “{name}”" for place, name in found if name not in {*MAILS, *OTHER_WORK}]
    assert not unwritten, f"Write a letter in app/notifications/letters for: {unwritten}"


def test_rows_are_written_by_the_outbox_alone():
    """What is written past `enqueue` and `enqueue_all` would escape the test above."""
    written = [
        f"{path.relative_to(APP)}:{node.lineno}"
        for path, tree in _modules()
        if path != APP / "outbox" / "services.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) == "OutboxRow" or ast.unparse(node).startswith("insert(OutboxRow"))
    ]
    assert written == []
