"""From slices to a line of the result."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Slice


@dataclass(frozen=True)
class Row:
    """`rps` is answers a second (median of the rounds), the rest of all answers. `queries` is SQL statements a request.

    `ratio` is the median of the rounds' ratios of this rate to the baseline's, each measured one after the other.
    """

    name: str
    rps: float
    p50_ms: float
    p99_ms: float
    queries: int
    baseline: str | None = None
    ratio: float | None = None


def row(
    name: str, slices: Sequence[Slice], queries: int, baseline: str | None = None, beside: Sequence[Slice] = ()
) -> Row:
    latencies = sorted(latency for one in slices for latency in one.latencies)
    ratios = [ours.rps / bare.rps for ours, bare in zip(slices, beside, strict=True)] if beside else []
    return Row(
        name,
        round(statistics.median(one.rps for one in slices), 1),
        round(_share(latencies, 0.50) * 1000, 2),
        round(_share(latencies, 0.99) * 1000, 2),
        queries,
        baseline,
        round(statistics.median(ratios), 3) if ratios else None,
    )


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(rows: Sequence[Row]) -> str:
    """The rows as text, in columns."""
    lines = [("", "a second", "p50 ms", "p99 ms", "queries", "ratio", "to")]
    for one in rows:
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
        cells = (one.name, f"{one.rps:,.1f}", f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}", str(one.queries))
        lines.append((*cells, ratio, one.baseline or ""))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 6) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
