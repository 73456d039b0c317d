"""The acknowledgement file: what the vendor's ERP says became of each payment. The format is written down in docs/earnings-file.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from app.incentives.rules.delimited import FileRefused, Table, as_meant, read_table, unseen_characters
from app.incentives.rules.earnings_file import clean_file_name
from app.incentives.rules.states import Outcome
from app.kernel.errors import DomainError
from app.kernel.money import Money, parse

REQUIRED = ("payment", "outcome", "happened_on", "currency", "amount")
OPTIONAL = ("bank_reference", "reason")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN = 10


@dataclass(frozen=True)
class Answer:
    """What became of one payment."""

    line: int
    payment: str
    outcome: Outcome
    happened_on: date
    money: Money
    bank_reference: str
    reason: str


@dataclass(frozen=True)
class AcknowledgementFile:
    """A file whose control totals and lines are all right by themselves."""

    name: str
    content: bytes
    table: Table
    answers: tuple[Answer, ...]
    sha256: str


@dataclass(frozen=True)
class Sent:
    """A payment that left: its key, its amount, and what the ERP has said of it so far."""

    payment_id: int
    money: Money
    outcomes: frozenset[Outcome]


@dataclass(frozen=True)
class Sorted:
    """The answers that say something new, with their payments, and how many were known before."""

    new: tuple[tuple[Answer, int], ...]
    known_before: int


def read(content: bytes, name: str = "acknowledgements.csv") -> AcknowledgementFile:
    """The file as values. All or nothing: an answer that can't be read makes the whole file refused (FileRefused)."""
    table = read_table(content, required=REQUIRED, optional=OPTIONAL)
    answers: list[Answer] = []
    wrong: list[str] = []
    for row in table.rows:
        try:
            if any(unseen_characters(cell) for cell in row.cells.values()):
                raise DomainError("it holds characters that can't be seen.")
            outcome = row["outcome"].lower()
            if outcome not in {known.value for known in Outcome}:
                raise DomainError(f"the outcome is “{row['outcome'][:40]}”; it has to be paid or returned.")
            if not _DAY.fullmatch(row["happened_on"]):
                raise DomainError(f"“{row['happened_on'][:40]}” is not a day; write 2026-01-31.")
            reason = as_meant(row["reason"])[:300]
            if outcome == Outcome.RETURNED and not reason:
                raise DomainError("a returned payment needs the bank's reason.")
            answers.append(
                Answer(
                    line=row.line,
                    payment=row["payment"],
                    outcome=Outcome(outcome),
                    happened_on=date.fromisoformat(row["happened_on"]),
                    money=parse(row["amount"][:40], row["currency"].upper()),
                    bank_reference=as_meant(row["bank_reference"])[:80],
                    reason=reason,
                )
            )
        except (DomainError, ValueError) as error:
            wrong.append(f"Line {row.line}: {error}")
    refuse(wrong)
    return AcknowledgementFile(clean_file_name(name), content, table, tuple(answers), sha256(content).hexdigest())


def sort(file: AcknowledgementFile, sent: Mapping[str, Sent], today: date) -> Sorted:
    """Hold each answer against the payment it names. Raises FileRefused that lists every line that doesn't agree."""
    new: list[tuple[Answer, int]] = []
    wrong: list[str] = []
    said: dict[str, set[Outcome]] = {reference: set(payment.outcomes) for reference, payment in sent.items()}
    known_before = 0
    for answer in file.answers:
        payment = sent.get(answer.payment)
        if payment is None:
            wrong.append(f"Line {answer.line}: no payment has the reference “{answer.payment[:40]}”.")
        elif answer.money != payment.money:
            wrong.append(
                f"Line {answer.line}: it says {answer.money.plain()} {answer.money.currency}; "
                f"the payment is {payment.money.plain()} {payment.money.currency}."
            )
        elif answer.happened_on > today:
            wrong.append(f"Line {answer.line}: {answer.happened_on} is after today.")
        elif answer.outcome in said[answer.payment]:
            known_before += 1
        elif answer.outcome is Outcome.PAID and Outcome.RETURNED in said[answer.payment]:
            wrong.append(f"Line {answer.line}: {answer.payment} was returned; it can't be paid after that.")
        else:
            said[answer.payment].add(answer.outcome)
            new.append((answer, payment.payment_id))
    refuse(wrong)
    return Sorted(tuple(new), known_before)


def refuse(wrong: list[str]) -> None:
    """Raise one FileRefused for all lines that are wrong, the first ten by name."""
    if wrong:
        more = f" And {len(wrong) - _SHOWN:,} more." if len(wrong) > _SHOWN else ""
        raise FileRefused("Nothing was recorded from this file. " + " ".join(wrong[:_SHOWN]) + more)
