"""The earnings file: what each line says, and which lines can be taken. The format is written down in docs/earnings-file.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from app.incentives.rules.delimited import LineError, Rejected, Row, Table, as_meant, read_table, unseen_characters
from app.kernel.errors import DomainError
from app.kernel.money import Money, parse

REQUIRED = ("reference", "partner", "program", "earning_type", "earned_on", "currency", "amount")
OPTIONAL = ("location", "description", "reverses")
# A file of rejected lines carries these; mended and sent again, they are passed over.
IGNORED = ("line", "reason")
COLUMNS = (*REQUIRED, *OPTIONAL)

LONGEST_DESCRIPTION = 500
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}")
_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Reading:
    """What a line says by itself. A value that can't be read is None and has its error."""

    row: Row
    reference: str
    partner: str
    program: str
    location: str
    earning_type: str
    earned_on: date | None
    money: Money | None
    description: str
    reverses: str
    errors: tuple[LineError, ...]


@dataclass(frozen=True)
class EarningsFile:
    """A file whose control totals are right, with every line read as far as it can be."""

    name: str
    content: bytes
    table: Table
    readings: tuple[Reading, ...]
    sha256: str = field(default="")

    @property
    def partner_numbers(self) -> frozenset[str]:
        return frozenset(reading.partner for reading in self.readings)

    @property
    def program_codes(self) -> frozenset[str]:
        return frozenset(reading.program for reading in self.readings)

    @property
    def references(self) -> frozenset[str]:
        return frozenset(reading.reference for reading in self.readings)

    @property
    def reversed_references(self) -> frozenset[str]:
        return frozenset(reading.reverses for reading in self.readings if reading.reverses)


@dataclass(frozen=True)
class Imported:
    """An earning that is in the books: what a line that takes it back must agree with. `fixed` says why it can't be taken back."""

    earning_id: int
    partner_id: int
    program_id: int
    money: Money
    fixed: str | None = None


@dataclass(frozen=True)
class Known:
    """What the books know that a file may name. `references` maps those already used to where they came from."""

    partners: Mapping[str, int]
    programs: Mapping[str, int]
    locations: Mapping[tuple[int, str], int]
    references: Mapping[str, str]
    reversible: Mapping[str, Imported]
    today: date


@dataclass(frozen=True)
class Taken:
    """A line that can be imported, with the keys of what it names."""

    line: int
    reference: str
    partner_id: int
    location_id: int | None
    program_id: int
    earning_type: str
    earned_on: date
    money: Money
    description: str
    reverses_id: int | None


@dataclass(frozen=True)
class Judged:
    """The lines that can be taken and those that can't. Together they are all lines of the file."""

    taken: tuple[Taken, ...]
    rejected: tuple[Rejected, ...]

    @property
    def totals(self) -> list[tuple[str, int, Money]]:
        """Currency, number of lines and sum of what can be taken, by currency."""
        sums: dict[str, Money] = {}
        counts: dict[str, int] = {}
        for line in self.taken:
            currency = line.money.currency
            sums[currency] = sums.get(currency, Money(0, currency)) + line.money
            counts[currency] = counts.get(currency, 0) + 1
        return [(currency, counts[currency], sums[currency]) for currency in sorted(sums)]


def read(content: bytes, name: str = "earnings.csv") -> EarningsFile:
    """The file as values; raises FileRefused where it can't be trusted as a whole. Knows nothing of the books: see `judge`."""
    table = read_table(content, required=REQUIRED, optional=(*OPTIONAL, *IGNORED))
    readings = tuple(_read_line(row, len(table.columns)) for row in table.rows)
    return EarningsFile(clean_file_name(name), content, table, readings, sha256(content).hexdigest())


def clean_file_name(name: str) -> str:
    """The last part of a file's name without what can't be seen, 200 characters at most."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200].strip() or "earnings.csv"


def _read_line(row: Row, width: int) -> Reading:
    errors: list[LineError] = []

    def wrong(column: str, sentence: str) -> None:
        errors.append(LineError(row.line, column, sentence))

    if row.extra and any(row.extra):
        wrong("", f"The line has more cells than the {width} columns of the first line.")
    for column, cell in row.cells.items():
        if unseen_characters(cell):
            wrong(column, "It holds characters that can't be seen. Type it again instead of pasting it.")
    for column in REQUIRED:
        if not row[column]:
            wrong(column, "It is empty.")
    reference = row["reference"]
    if reference and not _REFERENCE.fullmatch(reference):
        wrong("reference", "Use letters, digits and . _ / : - only, beginning with a letter or digit, 64 at most.")
    if row["earning_type"] and not _TYPE.fullmatch(row["earning_type"].lower()):
        wrong("earning_type", "Use one word of small letters, digits, - and _, 40 at most, for example rebate.")
    description = as_meant(row["description"])
    if len(description) > LONGEST_DESCRIPTION:
        wrong("description", f"It is longer than {LONGEST_DESCRIPTION} characters.")
    if len(row["partner"]) > 20 or len(row["program"]) > 20 or len(row["location"]) > 20:
        wrong("", "A partner number, program code or location code has 20 characters at most.")
    return Reading(
        row=row,
        reference=reference,
        partner=row["partner"],
        program=row["program"],
        location=row["location"],
        earning_type=row["earning_type"].lower(),
        earned_on=_day(row, errors),
        money=_money(row, errors),
        description=description,
        reverses=row["reverses"],
        errors=tuple(errors),
    )


def _day(row: Row, errors: list[LineError]) -> date | None:
    text = row["earned_on"]
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    errors.append(LineError(row.line, "earned_on", f"“{text[:40]}” is not a day. Write year-month-day: 2026-01-31."))
    return None


def _money(row: Row, errors: list[LineError]) -> Money | None:
    currency, text = row["currency"].upper(), row["amount"]
    if not currency or not text:
        return None
    if "," in text:
        errors.append(
            LineError(
                row.line, "amount", f"“{text[:40]}” has a comma. Write a point before the decimals, no separators."
            )
        )
        return None
    if len(text) > 32:
        errors.append(LineError(row.line, "amount", "It is longer than an amount can be."))
        return None
    try:
        money = parse(text, currency)
    except DomainError as error:
        errors.append(LineError(row.line, error.field or "amount", error.sentence))
        return None
    if money.minor == 0:
        errors.append(LineError(row.line, "amount", "An amount of nothing moves nothing. Leave the line out."))
        return None
    if money.minor < 0 and not row["reverses"]:
        errors.append(
            LineError(
                row.line,
                "amount",
                "An amount below zero takes an earlier line back: name that line's reference in the column reverses.",
            )
        )
        return None
    return money


def judge(file: EarningsFile, known: Known) -> Judged:
    """Which lines can be taken, by what the books know. Every reason against a line is told at once."""
    judgement = _Judgement(known, file.references)
    taken: list[Taken] = []
    rejected: list[Rejected] = []
    for reading in file.readings:
        line, errors = judgement.of(reading)
        if line is not None and not errors:
            taken.append(line)
        else:
            rejected.append(Rejected(reading.row, tuple(errors)))
    return Judged(tuple(taken), tuple(rejected))


class _Judgement:
    """Judges line after line, and remembers what earlier lines of the file have used up."""

    def __init__(self, known: Known, in_this_file: frozenset[str]) -> None:
        self.known = known
        self.in_this_file = in_this_file
        self.used: dict[str, int] = {}
        self.taken_back: dict[str, int] = {}

    def of(self, reading: Reading) -> tuple[Taken | None, list[LineError]]:
        number = reading.row.line
        errors = list(reading.errors)
        partner_id = self.known.partners.get(reading.partner)
        program_id = self.known.programs.get(reading.program)
        location_id = self.known.locations.get((partner_id, reading.location)) if partner_id else None
        for column, sentence in (
            ("reference", self._repeated(reading)),
            ("partner", partner_id is None and reading.partner and f"No partner has the number “{reading.partner}”."),
            ("program", program_id is None and reading.program and f"No program has the code “{reading.program}”."),
            (
                "location",
                reading.location
                and partner_id
                and not location_id
                and f"The partner has no location “{reading.location}”.",
            ),
            ("earned_on", self._impossible_day(reading.earned_on)),
            ("reverses", self._cannot_take_back(reading, partner_id, program_id)),
        ):
            if sentence:
                errors.append(LineError(number, column, str(sentence)))
        if partner_id is None or program_id is None or reading.earned_on is None or reading.money is None:
            return None, errors
        original = self.known.reversible.get(reading.reverses)
        return (
            Taken(
                line=number,
                reference=reading.reference,
                partner_id=partner_id,
                location_id=location_id,
                program_id=program_id,
                earning_type=reading.earning_type,
                earned_on=reading.earned_on,
                money=reading.money,
                description=reading.description,
                reverses_id=original.earning_id if original else None,
            ),
            errors,
        )

    def _repeated(self, reading: Reading) -> str | None:
        if not reading.reference:
            return None
        earlier = self.used.setdefault(reading.reference, reading.row.line)
        if earlier != reading.row.line:
            return f"It repeats line {earlier}."
        if reading.reference in self.known.references:
            return f"It was already imported ({self.known.references[reading.reference]})."
        return None

    def _impossible_day(self, day: date | None) -> str | None:
        if day is None or _EARLIEST <= day <= self.known.today:
            return None
        return f"{day} is after today." if day > self.known.today else f"{day} is too long ago to be right."

    def _cannot_take_back(self, reading: Reading, partner_id: int | None, program_id: int | None) -> str | None:
        named = reading.reverses
        if not named:
            return None
        original = self.known.reversible.get(named)
        if original is None:
            if named in self.in_this_file:
                return f"“{named[:64]}” is in this same file. Leave both lines out."
            return f"No imported line has the reference “{named[:64]}”."
        earlier = self.taken_back.setdefault(named, reading.row.line)
        if earlier != reading.row.line:
            return f"Line {earlier} takes “{named}” back already."
        if original.fixed:
            return original.fixed
        if (partner_id, program_id) != (original.partner_id, original.program_id):
            return f"“{named}” was earned by another partner or in another program."
        if reading.money is not None and reading.money != -original.money:
            return f"“{named}” is {original.money.plain()} {original.money.currency}: this line has to be {(-original.money).plain()}."
        return None
