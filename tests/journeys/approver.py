"""Deciding on what somebody else proposed, under “Decisions”."""

from tests.journeys.visitor import Visitor


def decide(
    approver: Visitor, title: str, *, approve: bool = True, because: str = "Read, and judged on what is shown."
) -> None:
    """The proposal that waits for this person and begins with `title`."""
    approver.goes_to("Decisions").opens_task(title, of="Decisions waiting for you")
    approver.reads("What is proposed")
    approver.chooses("Approve" if approve else "Reject").writes("Reason", because)
    approver.presses("Record my decision")


def cannot_decide(visitor: Visitor, sentence: str) -> None:
    """On the page of an open decision: it says why not and offers no form; what a form would send is refused too."""
    visitor.reads(sentence)
    assert not visitor.offers("Record my decision")
    answer = visitor.posts_by_hand(f"{visitor.page.url}/outcome", outcome="approve", reason="I can do this alone.")
    assert answer.status in (403, 422), f"{answer.status}: the decision was made."
    visitor.opens(visitor.page.url).reads("Proposed")
    assert visitor.fact("State") == "Proposed"
