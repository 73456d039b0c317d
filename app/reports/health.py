"""Is the portal alive, and is it ready to work?"""

from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.certificates.document import environment

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    sentence: str


def readiness(session: Session) -> list[Finding]:
    """Database, migrations, and what PDFs need, each with a sentence that says how to mend it."""
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return [
            Finding("database", False, "The database does not answer. Check DATABASE_URL and that its server runs.")
        ]
    current = MigrationContext.configure(session.connection()).get_current_revision()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    migrated = Finding(
        "migrations",
        current == head,
        "The schema is up to date."
        if current == head
        else f"The schema is at {current or 'nothing'}, this program needs {head}: run `flask db upgrade`.",
    )
    return [
        Finding("database", True, "The database answers."),
        migrated,
        *(Finding(check.name, check.ok, check.sentence) for check in environment.checks()),
    ]
