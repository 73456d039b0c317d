"""How questions do: counted over every marked answer, said in words, without names."""

import json
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.courses.models import CourseVersion
from app.learning.models import MarkedAnswer
from app.learning.queries import analysis
from app.learning.rules.analysis import Choice, Figures, Tally, figures, flags, share
from tests.learning.school import gifts


def tally(points: list[int], scores: list[int], **changed) -> Tally:
    return Tally(
        "q",
        "en",
        len(points),
        sum(1 for one in points if one == 10_000),
        sum(points),
        sum(one * one for one in points),
        sum(x * y for x, y in zip(points, scores, strict=True)),
        sum(scores),
        sum(one * one for one in scores),
    )


def pearson(xs: list[float], ys: list[float]) -> float | None:
    """The textbook's definition, from the deviations."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    cov = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = sqrt(sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys))
    return cov / spread if spread else None


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=2, max_size=60))
@settings(max_examples=200)
def test_discrimination_is_the_correlation_with_the_rest_of_the_quiz(papers):
    points = [10_000 if paper[0] else 0 for paper in papers]
    scores = [sum(paper) * 2_500 for paper in papers]
    rest = [float(sum(paper[1:])) for paper in papers]
    expected = pearson([float(one) for one in points], rest)
    found = figures(tally(points, scores), asked=4).discrimination
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=1e-9)


def test_shares_are_rounded_half_up():
    assert (share(1, 3), share(2, 3), share(1, 20_000), share(0, 0)) == (3333, 6667, 1, 0)


def test_fewer_than_thirty_answers_say_nothing():
    assert flags(Figures(29, 0, -1.0), (Choice("A car", 0, False),)) == ()


def test_flags_are_sentences():
    assert [words.partition(":")[0] for words in flags(Figures(30, 2_999, 0.05))] == ["Too hard", "Discriminates badly"]
    assert [words.partition(":")[0] for words in flags(Figures(30, 9_501, None))] == ["Too easy"]
    never = (Choice("A pen", 30, True), Choice("A car", 0, False), Choice("A trip", 0, True))
    assert flags(Figures(30, 5_000, 0.4), never) == (
        "Never chosen: “A car”. Nobody believes it; write a likelier one.",
    )
    assert flags(Figures(30, 3_000, 0.1)) == ()


# Counted by the database


def answered(school, version, count: int, *, language="en", right=lambda number: True, seat=0) -> None:
    """`count` marked attempts with the answers to two questions, written as submitting writes them."""
    attempts = [attempt(school) for _ in range(count)]
    with school.in_transaction() as session:
        quiz = analysis.assessment_in(session, session.get_one(CourseVersion, version.id), language)
        which = quiz.question("which")
        wrong = next(option.id for option in which.options if not option.right)
        for number, attempt_id in enumerate(attempts):
            good = right(number)
            rows = {
                "which": (10_000 if good else 0, which.right_response() if good else wrong),
                "days": (10_000 if number % 2 else 0, "7" if number % 2 else "8"),
            }
            session.execute(
                insert(MarkedAnswer),
                [
                    {
                        "attempt_id": attempt_id,
                        "question_id": question_id,
                        "version_id": version.id,
                        "language": language,
                        "points": points,
                        "attempt_score": sum(points for points, _ in rows.values()) // 2,
                        "chosen": json.dumps(chosen),
                    }
                    for question_id, (points, chosen) in rows.items()
                ],
            )


def attempt(school) -> int:
    """Another learner with an open attempt."""
    number = school.__dict__["learners"] = school.__dict__.get("learners", 0) + 1
    person = school.world.learner(f"Learner{number}", school.acme)
    registration_id = school.start(person)
    school.read(registration_id, person)
    return school.begin_quiz(registration_id, person)


def test_a_page_without_answers_says_so(school, client):
    version = school.publish()
    client.sign_in(school.catalogue.author.person_id)
    page = client.get(f"/courses/gifts/versions/{version.id}/question-analysis")
    assert "Nobody has handed in this quiz yet" in page.text


def test_a_single_attempt_is_counted_as_it_was_handed_in(school, client, reading):
    version = school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    school.attempt(registration_id, school.ada, right=False)
    with reading() as session:
        found = {one.question_id: one for one in analysis.tallies(session, version.id)}
        quiz = analysis.assessment_in(session, session.get_one(CourseVersion, version.id), "en")
        given = analysis.choices(session, version.id, "en", quiz.graded)
    assert {one.n for one in found.values()} == {1}
    assert (found["which"].right, found["which"].points) == (0, 0)
    assert [(one.text, one.count) for one in given["which"]] == [("A pen", 0), ("A car", 1)]
    assert [(one.text, one.count, one.right) for one in given["days"]] == [("8", 1, False)]
    client.sign_in(school.catalogue.author.person_id)
    page = client.get(f"/courses/gifts/versions/{version.id}/question-analysis").text
    assert "Too few answers to say: 1 of the 30 that it takes." in page
    assert "Ada" not in page


def test_the_page_says_what_to_look_at_in_three_statements_of_its_own(school, client, statements):
    version = school.publish()
    answered(school, version, 30)
    place = f"/courses/gifts/versions/{version.id}/question-analysis"
    client.sign_in(school.catalogue.author.person_id)
    client.get(place)
    with statements() as made:
        page = client.get(place)
    assert sum(1 for one in made if "marked_answer" in one) == 2
    assert "1 question needs a look." in page.text
    assert "1. Which gift is fine? 30 100 % – Too easy Never chosen" in page.text
    assert "Never chosen: “A car”" in page.text
    assert "3. How many days before you must ask? 30 50 %" in page.text
    titles = [one.text for one in page.page.select("svg[role=img] > title")]
    assert titles[0] == "Share of right answers: 1 of 6 questions need a look"
    assert "Most often given: “A pen”, by 100 % of 30 answers" in titles
    assert page.page.select_one("details table caption").text in titles


def test_languages_are_counted_apart(school, client):
    version = school.publish()
    answered(school, version, 3)
    answered(school, version, 1, language="fr", right=lambda number: False)
    client.sign_in(school.catalogue.author.person_id)
    place = f"/courses/gifts/versions/{version.id}/question-analysis"
    page = client.get(place)
    assert "English: 6 answers French: 2 answers" in page.text
    assert "Which gift is fine? 3 100 %" in page.text
    assert "Which gift is fine? 1 0 %" in client.get(f"{place}?language=fr").text
    assert client.get(f"{place}?language=de").status_code == 404


def test_who_reads_it_and_who_sees_the_key(school, client):
    version = school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    school.attempt(registration_id, school.ada, right=True)
    place = f"/courses/gifts/versions/{version.id}/question-analysis"
    for person, status in (
        (school.world.auditor(), 200),
        (school.world.analyst(), 403),
        (school.robin, 403),
        (school.ada, 404),
    ):
        client.sign_in(person)
        assert client.get(place).status_code == status
    client.sign_in(school.world.auditor("Ola"))
    page = client.get(place)
    assert not [one for one in page.page.select(".chart-note") if one.text == "right"]
    assert "mark it again" not in page.text
    client.sign_in(school.catalogue.publisher.person_id)
    page = client.get(place)
    assert [one for one in page.page.select(".chart-note") if one.text == "right"]
    assert client.get(f"/courses/gifts/versions/{version.id}").page.find("a", href=place)


def test_an_unpublished_version_has_no_analysis(school, client):
    school.publish()
    draft = school.catalogue.propose(gifts("2.0.0"), slug="gifts")
    client.sign_in(school.catalogue.author.person_id)
    assert client.get(f"/courses/gifts/versions/{draft.id}/question-analysis").status_code == 404
