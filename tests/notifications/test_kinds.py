"""Whatever a room puts into the outbox, somebody has written the mail for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.notifications.letters import MAILS

APP = Path(__file__).resolve().parents[2] / "app"
# Modules that pass a kind on instead of naming one.
PASS_ON = {APP / "outbox" / "services.py", APP / "notifications" / "worker.py", APP / "notifications" / "reminders.py"}


def enqueued() -> Iterator[tuple[str, str]]:
    """Where a row is written, and the name under which its mail has to be known."""
    for path in sorted(APP.rglob("*.py")):
        if path in PASS_ON:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "enqueue":
                yield f"{path.relative_to(APP)}:{node.lineno}", _name(node)


def _name(call: ast.Call) -> str:
    kind = call.args[1].value if isinstance(call.args[1], ast.Constant) else "(not a constant)"
    if kind == "reminder" and isinstance(call.args[3], ast.Dict):
        for key, value in zip(call.args[3].keys, call.args[3].values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "about" and isinstance(value, ast.Constant):
                return str(value.value)
    return str(kind)


def test_every_row_that_a_room_writes_becomes_a_mail():
    found = list(enqueued())
    assert len(found) > 5
    unwritten = [f"{place} enqueues “{name}”" for place, name in found if name not in MAILS]
    assert not unwritten, f"Write a letter in app/notifications/letters for: {unwritten}"
