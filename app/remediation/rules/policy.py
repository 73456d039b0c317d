"""The numbers of the program. A case keeps the ones under which it was opened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol


class Numbers(Protocol):
    """Where the numbers come from: the settings have these names."""

    @property
    def infractions_before_case(self) -> int: ...
    @property
    def infraction_window_months(self) -> int: ...
    @property
    def acknowledge_business_days(self) -> int: ...
    @property
    def program_days(self) -> int: ...
    @property
    def appeal_days(self) -> int: ...
    @property
    def plan_days(self) -> int: ...
    @property
    def evidence_review_business_days(self) -> int: ...
    @property
    def monitoring_days(self) -> int: ...


@dataclass(frozen=True)
class Policy:
    infractions_before_case: int = 3
    infraction_window_months: int = 24
    acknowledge_business_days: int = 10
    program_days: int = 180
    appeal_days: int = 30
    plan_days: int = 30
    evidence_review_business_days: int = 10
    monitoring_days: int = 90

    @classmethod
    def of(cls, numbers: Numbers) -> "Policy":
        return cls(**{name: getattr(numbers, name) for name in cls.__dataclass_fields__})

    @classmethod
    def kept(cls, frozen: Mapping[str, Any]) -> "Policy":
        """The policy as a case keeps it. A number that did not exist when it was opened has today's default."""
        return cls(**{name: frozen[name] for name in cls.__dataclass_fields__ if name in frozen})

    def frozen(self) -> dict[str, int]:
        return asdict(self)
