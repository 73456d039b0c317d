"""Bar charts as data: what `components/charts.html` draws as SVG with a table under it. No script, no picture library."""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_LABEL = 32


@dataclass(frozen=True)
class Bar:
    """One bar: `label` is cut to what fits a phone, `full_label` is not; `width` is in percent of the chart's."""

    label: str
    full_label: str
    value: float
    shown: str
    note: str
    width: float


@dataclass(frozen=True)
class BarChart:
    """Bars from zero, one under the other. `title` is a sentence that says what the bars show."""

    title: str
    unit: str
    bars: tuple[Bar, ...]

    @property
    def in_words(self) -> str:
        """Every bar as text, for those who don't see them."""
        return ". ".join(f"{bar.full_label}: {bar.shown}{f', {bar.note}' if bar.note else ''}" for bar in self.bars)


def bar_chart(title: str, rows: Iterable[tuple[str, float, str]], unit: str, *, full: float | None = None) -> BarChart:
    """`rows` are (label, value ≥ 0, note). `unit` follows each value: "%", "attempts". `full` is the value of a whole bar: else the largest."""
    listed = list(rows)
    if any(value < 0 for _, value, _ in listed):
        raise ValueError("Bars begin at zero: a value below it has no bar.")
    whole = full if full is not None else max((value for _, value, _ in listed), default=0)
    return BarChart(
        title,
        unit,
        tuple(
            Bar(
                _cut(label),
                label,
                value,
                f"{_number(value)} {unit}".strip(),
                note,
                round(min(100.0, 100 * value / whole), 2) if whole else 0.0,
            )
            for label, value, note in listed
        ),
    )


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
