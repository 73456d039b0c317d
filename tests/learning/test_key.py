"""Nothing about the key leaves the server before grading: not in a page, an answer to a script, a mail or the API."""

import pytest
from sqlalchemy import select

from app.courses.rules.bundle import Bundle
from app.learning.models import Answer
from app.outbox.models import OutboxRow
from tests.learning.school import gifts

# Each of these stands in the quiz only where it gives the key away: in a typed blank, a number, feedback or an explanation.
KEYWORDS = ("KEYBLANK", "KEYSPELLING", "48151623", "KEYFEEDBACK", "KEYEXPLANATION", "KEYOPEN")

QUIZ = """---
title: Final quiz
quiz: {show_correct: passed}
---

## One {#one}

- [x] Alpha
    > KEYFEEDBACK of the right one
- [ ] Beta
    > KEYFEEDBACK of the wrong one

KEYEXPLANATION of one.

## Several {#several type=multiple}

- [x] Gamma
    > KEYFEEDBACK
- [ ] Delta

## Number {#number}

= 48151623

## Blank {#blank}

It is [[KEYBLANK | KEYSPELLING]], and [[this | (that) | neither]].

---
KEYEXPLANATION of the blank.

## Order {#order}

1. First thing
2. Second thing
3. Third thing

KEYEXPLANATION of the order.

## Match {#match}

- Left one -> Right one
- Left two -> Right two
- _ -> Nobody’s

## Open {#open}

[[___]]

KEYOPEN is what we hoped to read.
"""
JSON = {"Accept": "application/json"}


@pytest.fixture
def begun(school):
    files = {path: gifts()[path] for path in gifts()}
    school.publish(Bundle.of(files | {"99-quiz.md": QUIZ.encode()}))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    return registration_id, school.begin_quiz(registration_id, school.ada)


def leaks(answer):
    text = answer.get_data(as_text=True)
    return [word for word in (*KEYWORDS, '"right"', "data-right", "data-correct") if word in text]


def test_no_answer_of_the_portal_to_a_learner_holds_the_key_before_grading(school, client, reading, begun):
    registration_id, attempt_id = begun
    client.sign_in(school.ada)
    questions = [f"/attempts/{attempt_id}/questions/{number}" for number in range(1, 8)]
    pages = [
        "/",
        "/tasks",
        "/training-records",
        "/api/v1/tasks",
        *[f"/registrations/{registration_id}/units/{position}" for position in range(1, 5)],
        *[f"/registrations/{registration_id}/units/{position}/places" for position in range(1, 5)],
        *questions,
        f"/attempts/{attempt_id}/review",
    ]
    asked = {address: client.get(address) for address in pages}
    assert {address: answer.status_code for address, answer in asked.items() if answer.status_code != 200} == {}
    assert {address: found for address, answer in asked.items() if (found := leaks(answer))} == {}
    # What is said to an answer is the same whether it is right, wrong or none.
    fields = {
        "number": ("q.number", "48151623", "1"),
        "blank": ("q.blank.1", "KEYBLANK", "x"),
        "open": ("q.open", "a", "b"),
    }
    for question, (name, right, wrong) in fields.items():
        address = f"/attempts/{attempt_id}/answers/{question}"
        said = [client.post(address, data={name: value}, headers=JSON) for value in (right, wrong, "nonsense")]
        assert {answer.get_data() for answer in said if answer.status_code == 200} == {said[0].get_data()}
        assert not any(leaks(answer) for answer in said)
        assert not leaks(client.post(address, data={name: wrong}))
    with reading() as session:
        assert session.scalars(select(Answer)).all()
        assert not any(word in str(row.payload) for row in session.scalars(select(OutboxRow)) for word in KEYWORDS)


def test_the_pages_of_a_choice_are_the_same_whichever_is_right(school, client, begun):
    """Neither order, nor names, nor values, nor marks tell: only the words of the choices differ."""
    _, attempt_id = begun
    client.sign_in(school.ada)
    for number in (1, 2):
        rows = client.get(f"/attempts/{attempt_id}/questions/{number}").page.select(".choice-row")
        shapes = {
            (tuple(sorted(set(row.input.attrs) - {"checked"})), tuple(row.attrs), len(row.input["value"]))
            for row in rows
        }
        assert len(rows) == 2
        assert len(shapes) == 1


def test_neither_colleagues_nor_staff_see_the_key_on_the_assignment(school, client, begun):
    registration_id, attempt_id = begun
    for person in (school.robin, school.grace, school.mallory):
        client.sign_in(person)
        for address in ("/assignments", f"/attempts/{attempt_id}", f"/registrations/{registration_id}/units/4"):
            assert not leaks(client.get(address))


def test_after_a_failed_attempt_the_key_is_still_not_shown(school, client, begun):
    _, attempt_id = begun
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    result = client.get(f"/attempts/{attempt_id}")
    assert result.heading == "Not passed yet: 0 %"
    assert [word for word in ("KEYBLANK", "48151623", "KEYEXPLANATION", "KEYSPELLING") if word in result.text] == []
