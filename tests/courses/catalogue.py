"""A course small enough to read at a glance, and how it comes into the catalogue in the way of the portal."""

from app.courses import services
from app.courses.rules.bundle import Bundle
from app.courses.rules.preparation import prepare
from app.decisions import queries as decision_queries
from app.decisions import services as decisions
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from tests.courses.samples import PNG

SLUG = "customer-data"
REASON = "The policy was revised."

INDEX = """---
title: Handling customer data
description: What partners may do with customer data.
version: {version}
objectives:
  report: Report a suspected data leak within 24 hours
time_required: 25m
valid_for: P1Y
---
You need about 25 minutes. Begin with [the first lesson](01-the-clock.md).
"""

LESSON = """---
title: The clock
objectives: [report]
---
A leak starts a clock.

![A clock that shows five](media/clock.png)

<quiz>

When does the clock start?

- [x] When you suspect a leak
    > FEEDBACK Suspicion is enough.
- [ ] When the leak is proven

EXPLANATION Section 4 says so.

</quiz>

After the check comes [what to share](02-sharing.md).
"""

QUIZ = """---
title: Final quiz
quiz:
---

# Reporting {{objective=report}}

## {question} {{#deadline}}

- [x] Within {hours} hours
    > FEEDBACK Right.
- [ ] On the next working day

EXPLANATION The policy gives a day.

## Fill the gap {{#gap}}

Mark it [[public | (confidential) | draft]].

## Match them {{#match}}

- Price list -> Public
- Support ticket -> Confidential

# Your statement

## Please confirm {{#attest type=attestation}}

- [ ] I will report a suspected leak within 24 hours.
"""


def folder(
    version: str = "1.0.0",
    *,
    hours: int = 24,
    question: str = "How soon must a leak be reported?",
    lesson: str = LESSON,
    **files: bytes,
) -> Bundle:
    """The course at a version; `hours` is what its quiz calls right."""
    return Bundle.of(
        {
            "index.md": INDEX.format(version=version).encode(),
            "01-the-clock.md": lesson.encode(),
            "02-sharing.md": b"---\ntitle: What to share\nobjectives: [report]\n---\n# Little\n\nShare what is asked for.\n",
            "99-quiz.md": QUIZ.format(question=question, hours=hours).encode(),
            "CHANGES.md": b"- 1.0.0 First version. retrain: no\n- 1.1.0 Another deadline. retrain: no\n- 2.0.0 Another law. retrain: yes\n- 1.2.0 Words. retrain: no\n",
            "media/clock.png": PNG,
            **files,
        }
    )


class Catalogue:
    """Proposes and decides as two people do, each act in a transaction of its own."""

    def __init__(self, in_transaction, author, publisher):
        self.in_transaction, self.author, self.publisher = in_transaction, author, publisher

    def propose(self, bundle=None, *, slug=SLUG, by=None, reason=REASON):
        prepared = prepare(slug, bundle or folder())
        with self.in_transaction() as session:
            return services.propose_version(session, prepared, reason=reason, by=by or self.author, at=now())

    def decide(self, version, *, approve=True, by=None, reason="Judged page by page."):
        """What outcomes does with a decision: decide about what stands, then let the effect follow."""
        by = by or self.publisher
        with self.in_transaction() as session:
            decision = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, version.id)[0]
            content = services.publication_content(session, version.id)
            decisions.decide(session, decision, approve=approve, current=content, reason=reason, by=by, at=now())
            effect = services.publish if approve else services.reject
            effect(session, version.id, by=by, at=now())

    def publish(self, bundle=None, *, slug=SLUG):
        version = self.propose(bundle, slug=slug)
        self.decide(version)
        return version
