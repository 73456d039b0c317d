"""Courses for the tests of this room, small enough to read at a glance."""

from pathlib import Path

from app.courses.rules.bundle import Bundle
from app.courses.rules.course import Course, check, parse
from app.courses.rules.problems import Problem
from app.courses.rules.quiz import Assessment
from app.courses.rules.roots import Source

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 16

INDEX = """---
title: Handling customer data
description: What partners may do with customer data.
lang: en
version: 2.1.0
time_required: PT25M
prerequisites: [code-of-conduct]
objectives:
  report: Report a suspected data leak within 24 hours
  share: Decide when customer data may be shared
mastery_score: 0.8
move_on: CompletedAndPassed
attempts: 3
wait_between: PT1H
valid_for: P1Y
renew_from: P60D
due: P14D
reminders: [-P7D, -P1D, P1D]
certificate: default
confirm: compliance
---
This course replaces the 2024 edition.
"""

LESSON = """---
title: Why it matters
objectives: [report]
---
# The clock

A leak starts a clock. See [the quiz](99-quiz.md).

<quiz>

When does the clock start?

- [x] When you suspect a leak
    > Right, suspicion is enough.
- [ ] When the leak is proven
    > Proof may come months later.

The clock is explained in section 4.

</quiz>

After the check.
"""

QUIZ = """---
title: Final quiz
quiz:
  shuffle_answers: true
  show_correct: passed
---

# Reporting {pick=2 objective=report}

## How soon must a suspected leak be reported? {#report-deadline}

You notice at 17:00 on Friday that a file went to the wrong customer.

- [ ] Next working day
    > FEEDBACK The clock does not stop for weekends.
- [x] Within 24 hours
    > FEEDBACK Right: see section 4.2 of the policy.
- [ ] Within 72 hours
    > FEEDBACK That is the regulator's limit, not ours.

[[?]] Look at lesson 1, under "The clock".

EXPLANATION Reports go to the incident form, at any hour.

## Which of these count as customer data? {#what-counts type=multiple}

- [x] A support ticket with the customer's name
- [x] A usage log with an account number
- [ ] Our public price list

## A partner may wait for proof before reporting. {#wait-for-proof}

- [ ] True
- [x] False

## How many hours do you have? {#hours}

= 24

## What share of the file may be sampled, in percent? {#sample}

= 10 +- 2

EXPLANATION Ten, give or take two.

# Sharing {pick=3 objective=share}

## Fill in the missing words {#words}

Send the file only to the [[data owner | owner]], and mark it [[public | (confidential) | draft]].

---
EXPLANATION The label decides who may open it.

## Put the steps in order {#order}

1. Stop the transfer
2. Tell your representative
3. File the report

## Match the data to its label {#match}

- Price list -> Public
- Support ticket -> Confidential
- _ -> Secret

# Closing

## What will you do differently? {#reflect}

[[___]]

## Statement {#attest type=attestation}

- [ ] I have read and understood the data policy, version 2.1.
- [ ] I will report a suspected leak within 24 hours.
"""


def bundle(**changes: str | bytes | None) -> Bundle:
    """The sample course with files replaced (`index_md="…"`), added, or taken out (None). `__` in a name stands for `/`."""
    files: dict[str, str | bytes | None] = {"index.md": INDEX, "01-why-it-matters.md": LESSON, "99-quiz.md": QUIZ}
    names = {"index_md": "index.md", "lesson": "01-why-it-matters.md", "quiz": "99-quiz.md", "changes": "CHANGES.md"}
    for name, content in changes.items():
        files[names.get(name, name)] = content
    return with_files({path: content for path, content in files.items() if content is not None})


def with_files(files: dict[str, str | bytes]) -> Bundle:
    return Bundle.of({path: text.encode() if isinstance(text, str) else text for path, text in files.items()})


def read_bundle(folder: Path) -> Bundle:
    """A course's folder as the portal reads it. Raises BundleRefused."""
    return Source(folder.name, (folder,)).read()


def course(**changes: str | bytes | None) -> Course:
    return parse(bundle(**changes))


def faults(**changes: str | bytes | None) -> list[Problem]:
    return check(bundle(**changes))


def assessment_of(body: str, front: str = "title: Quiz\nquiz: {}") -> Assessment:
    """The quiz with this body; refuses one with errors."""
    found = parse(with_files({"index.md": INDEX, "99-quiz.md": f"---\n{front}\n---\n{body}"})).assessment
    assert found is not None
    return found


def quiz_faults(body: str) -> list[tuple[int, str]]:
    """(line of the body, sentence) of every fault of a quiz with this body."""
    head = "---\nquiz: {}\n---\n"
    problems = check(with_files({"index.md": INDEX, "99-quiz.md": head + body}))
    return [(problem.line - 3, problem.message) for problem in problems if problem.file == "99-quiz.md"]
