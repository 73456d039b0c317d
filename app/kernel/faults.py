"""What `flask check` reports: a row that breaks something that must always hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`invariant` in the words of the domain, `row` by table and id or number, `sentence` says what is wrong with it."""

    invariant: str
    row: str
    sentence: str
