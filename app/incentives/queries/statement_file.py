"""The statement as a file, with the very figures of the page."""

from app.incentives.queries.statements import Statement
from app.incentives.rules.delimited import neutral, write_table

COLUMNS = (
    "partner",
    "program",
    "currency",
    "earned",
    "free",
    "held",
    "releasable",
    "ordered",
    "sent",
    "paid",
    "forfeited",
    "as_of",
)


def write(statement: Statement) -> bytes:
    """One line a program and currency. Currencies are never added together, so there is no line of totals."""
    return write_table(
        COLUMNS,
        [
            (
                neutral(statement.partner.number),
                neutral(line.program.code),
                line.currency,
                *(
                    money.plain()
                    for money in (
                        line.earned,
                        line.free,
                        line.held,
                        line.releasable,
                        line.ordered,
                        line.exported,
                        line.paid,
                        line.forfeited,
                    )
                ),
                f"{statement.at:%Y-%m-%dT%H:%M:%SZ}",
            )
            for line in statement.lines
        ],
    )
