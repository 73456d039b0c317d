"""Numbers that people say to one another: H-2026-0007, RO-2026-0003. Counted within the year, without gaps."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.kernel.database import serialize


def next_number(session: Session, column: InstrumentedAttribute[str], prefix: str, at: datetime) -> str:
    """The number after the highest of this year. Nobody else takes one until the transaction ends."""
    serialize(session, f"numbers:{prefix}")
    begin = f"{prefix}-{at.year}-"
    highest = session.scalar(
        select(column)
        .where(column.startswith(begin, autoescape=True))
        .order_by(func.length(column).desc(), column.desc())
        .limit(1)
    )
    return f"{begin}{int(highest.removeprefix(begin)) + 1 if highest else 1:04d}"
