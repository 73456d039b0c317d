"""Money as integer minor units of one ISO 4217 currency. No floats, and currencies are never added together."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency

from app.kernel.errors import DomainError

LARGEST = 10**15


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum."""


def decimals(currency: str) -> int:
    """Digits after the point that ISO 4217 gives a currency: JPY 0, EUR 2, KWD 3. Unknown codes raise DomainError."""
    if currency not in known_currencies():
        raise DomainError(
            f"“{currency}” is not an ISO 4217 currency code. Use three capital letters, for example EUR.",
            field="currency",
        )
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def known_currencies() -> frozenset[str]:
    return _KNOWN


_KNOWN = frozenset(Locale("en").currencies)


@dataclass(frozen=True, order=False)
class Money:
    """`minor` units (cents, yen, fils) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError("Money holds an integer number of minor units.")
        if abs(self.minor) > LARGEST:
            raise DomainError("That amount is larger than the portal keeps.", field="amount")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added or compared.")

    def share(self, per_ten_thousand: int) -> "Money":
        """The given share (10,000 = all), rounded toward zero to a whole minor unit: in the partner's favour when it is a hold."""
        sign = -1 if self.minor < 0 else 1
        return Money(sign * (abs(self.minor) * per_ten_thousand // 10_000), self.currency)

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def plain(self) -> str:
        """`1234.50`, `980`, `12.345`: for files."""
        return f"{self.major:.{decimals(self.currency)}f}"

    def shown(self, locale: str = "en") -> str:
        """`€1,234.50`, `¥980`, `KWD 12.345`, with a real minus sign: for pages."""
        shown = format_currency(self.major, self.currency, locale=locale).replace("-", "−")
        # Where Babel has only the code for a sign, a space keeps it apart from the figures.
        return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", shown)


def parse(text: str, currency: str) -> Money:
    """An amount as written in a file (`1234.50`) to Money; more decimals than the currency has are refused, never rounded."""
    allowed = decimals(currency)
    cleaned = text.strip()
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise DomainError(
            f"“{text}” is not an amount. Write digits with a point, for example {'0' if not allowed else '0.' + '0' * allowed}.",
            field="amount",
        ) from None
    if not amount.is_finite() or any(mark in cleaned for mark in "eE_") or not cleaned.isascii():
        raise DomainError(f"“{text}” is not an amount. Write digits with a point.", field="amount")
    written = -int(amount.as_tuple().exponent) if isinstance(amount.as_tuple().exponent, int) else 0
    if written > allowed:
        raise DomainError(f"“{text}” has {written} decimals; {currency} has {allowed}.", field="amount")
    return Money(int(amount.scaleb(allowed)), currency)
