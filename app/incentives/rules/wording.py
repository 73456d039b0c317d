"""Why money is where it is and what happens next, in sentences that the partner reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.incentives.rules.holds import Scope


@dataclass(frozen=True)
class Stage:
    """One stage on the way from held to paid: the words for why money is there, and what happens next."""

    label: str
    reason: str
    state: str


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    names = list(names)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


def track(
    *,
    held: int,
    releasable: int,
    ordered: int,
    exported: int,
    paid: int,
    cases: Sequence[str],
    waiting_orders: Sequence[str],
    orders: Sequence[str],
) -> list[Stage]:
    """The four stages of one program and currency. `held` is what nothing has unlocked yet; amounts in minor units."""
    amounts = [held, releasable, ordered + exported, paid]
    current = next((place for place, amount in enumerate(amounts) if amount), None)
    reasons = (
        _held(held, cases),
        _releasable(releasable, cases, waiting_orders),
        _ordered(ordered, exported, orders),
        _paid(paid),
    )
    stages = []
    for place, (label, reason) in enumerate(zip(("Held", "Releasable", "Ordered", "Paid"), reasons, strict=True)):
        if place == current and place < 3:
            state = "current"
        else:
            state = "done" if current is not None and (place < current or (place == 3 and paid)) else "upcoming"
        stages.append(Stage(label, reason, state))
    return stages


def _held(held: int, cases: Sequence[str]) -> str:
    if not held:
        return "Nothing is withheld."
    case = f"case {listed(cases)}" if cases else "your case"
    return (
        f"Withheld while {case} is open. It is still yours and not a debt. "
        "Next: complete the remediation program; with its certificate this becomes releasable."
    )


def _releasable(releasable: int, cases: Sequence[str], waiting_orders: Sequence[str]) -> str:
    if not releasable:
        return "Begins when the program of the case is determined complete and its certificate is issued."
    if waiting_orders:
        return f"Unlocked by the certificate. Next: release order {listed(waiting_orders)} waits for its approval."
    return "Unlocked by the certificate. Next: the vendor's finance team orders the release; you need not do anything."


def _ordered(ordered: int, exported: int, orders: Sequence[str]) -> str:
    if not ordered and not exported:
        return "Two people of the vendor's finance team release the money with an order."
    named = f"Order {listed(orders)}" if len(orders) == 1 else f"Orders {listed(orders)}" if orders else "The order"
    if ordered:
        return f"{named} is approved. Next: it is sent for payment."
    return f"{named} was sent for payment. Next: the bank confirms it, usually within a few working days."


def _paid(paid: int) -> str:
    return "The payment was confirmed." if paid else "Ends here, with the bank's confirmation."


def share(per_ten_thousand: int) -> str:
    """10,000 is `100 %`; 8,250 is `82.5 %`."""
    whole, rest = divmod(per_ten_thousand, 100)
    return f"{whole} %" if not rest else f"{whole}.{rest:02d}".rstrip("0") + " %"


def reach(scope: Scope, *, program: str | None, location: str | None) -> str:
    """What a hold reaches, as one phrase: “Cloud Reseller, rebate, in EUR, earned from 1 July 2026”."""
    parts = [program or "All programs"]
    if location:
        parts.append(f"location {location}")
    if scope.earning_type:
        parts.append(f"type {scope.earning_type}")
    if scope.currency:
        parts.append(f"in {scope.currency}")
    if scope.earned_from and scope.earned_to:
        parts.append(f"earned {_day(scope.earned_from)} to {_day(scope.earned_to)}")
    elif scope.earned_from:
        parts.append(f"earned from {_day(scope.earned_from)}")
    elif scope.earned_to:
        parts.append(f"earned until {_day(scope.earned_to)}")
    return ", ".join(parts)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
