"""A course of two lessons and four questions, whose answers every reader of these tests knows."""

from app.courses.rules.bundle import Bundle

CLAIMS = "truthful-incentive-claims"
TITLE = "Truthful claims"
FIRST, SECOND, QUIZ_TITLE = "What a claim says", "What you keep as proof", "Final quiz"

INDEX = """---
title: Truthful claims
description: What you may claim, and what you keep as proof.
version: 1.0.0
objectives:
  claim: Claim only what took place
mastery_score: 0.75
attempts: 3
valid_for: P1Y
---
Two short lessons and a quiz.
"""

LESSONS = {
    "01-what-a-claim-says.md": """---
title: What a claim says
objectives: [claim]
---
A claim says that something took place.

<quiz>

## May a claim name an event of last year? {#last-year}

- [x] No
    > Each claim is for what took place in its own period.
- [ ] Yes, if it was a good event

</quiz>
""",
    "02-what-you-keep.md": """---
title: What you keep as proof
---
Keep the invoice, the list of guests and the pictures for five years.
""",
}

QUIZ = """---
title: Final quiz
quiz: {show_correct: passed}
---

# Claims {objective=claim}

## A planned event was cancelled. What do you claim? {#cancelled}

- [x] Nothing
- [ ] Half of the costs
- [ ] The costs as planned

## Which of these are proof? {#proof type=multiple}

- [x] The invoice
- [x] The list of guests
- [ ] A plan of the event

## For how many years do you keep the proof? {#years}

= 5

## Fill the gap {#gap}

A claim names what [[(took place) | was planned | was hoped for]].

# Your statement

## Please confirm {#attest type=attestation}

- [ ] I claim only what took place.
- [ ] I keep the proof of it.
"""


def claims() -> Bundle:
    return Bundle.of({path: text.encode() for path, text in {"index.md": INDEX, **LESSONS, "99-quiz.md": QUIZ}.items()})
