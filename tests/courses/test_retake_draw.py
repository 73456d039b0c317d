"""A retake asks what was not asked before, and what was failed; the same past gives the same paper for ever."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.courses.rules.grading import Paper, draw, failed_objectives, grade
from app.courses.rules.quiz import Assessment
from tests.courses.samples import assessment_of

OBJECTIVES = ("report", "share")


@st.composite
def pools(draw_: Any) -> Assessment:
    """Sections that pick, or ask everything, of numbers to be written, on one objective each or on several."""
    body, number = "", 0
    for _ in range(draw_(st.integers(1, 3))):
        count = draw_(st.integers(1, 6))
        pick = draw_(st.none() | st.integers(1, count))
        body += f"# Part{f' {{pick={pick}}}' if pick else ''}\n\n"
        for _ in range(count):
            number += 1
            body += (
                f"## Question {number} {{#q{number} objective={draw_(st.sampled_from(OBJECTIVES))}}}\n\n= {number}\n\n"
            )
    return assessment_of(body, front="title: Any\nquiz: {}")


def retakes(quiz: Assessment, seeds: list[str], failed: tuple[str, ...] = ()) -> list[Paper]:
    papers: list[Paper] = []
    for seed in seeds:
        seen = [paper.question_ids for paper in papers]
        papers.append(draw(quiz, seed=seed, seen=seen, failed_objectives=failed))
    return papers


def by_section(quiz: Assessment, paper: Paper) -> list[list[str]]:
    asked = set(paper.question_ids)
    return [[question.id for question in section.questions if question.id in asked] for section in quiz.sections]


seeds = st.lists(st.text(max_size=5), min_size=1, max_size=8)
some_objectives = st.lists(st.sampled_from(OBJECTIVES), unique=True).map(tuple)


@given(pools(), seeds, some_objectives)
def test_the_same_seed_and_past_give_the_same_paper(
    quiz: Assessment, seeds: list[str], failed: tuple[str, ...]
) -> None:
    assert retakes(quiz, seeds, failed) == retakes(quiz, seeds, failed)


@given(pools(), seeds, some_objectives)
def test_every_paper_asks_as_many_as_the_first(quiz: Assessment, seeds: list[str], failed: tuple[str, ...]) -> None:
    wanted = [section.pick or len(section.questions) for section in quiz.sections]
    for paper in retakes(quiz, seeds, failed):
        assert [len(questions) for questions in by_section(quiz, paper)] == wanted
        assert len(set(paper.question_ids)) == len(paper.question_ids)


@given(pools(), st.text(max_size=5))
def test_a_first_paper_does_not_depend_on_what_there_is_of_a_past(quiz: Assessment, seed: str) -> None:
    assert draw(quiz, seed=seed) == draw(quiz, seed=seed, seen=(), failed_objectives=())
    assert draw(quiz, seed=seed) == draw(quiz, seed=seed, failed_objectives=OBJECTIVES)


@given(pools(), seeds, some_objectives)
def test_what_is_asked_was_never_asked_or_longer_ago_than_what_is_left_out(
    quiz: Assessment, seeds: list[str], failed: tuple[str, ...]
) -> None:
    last_asked: dict[str, int] = {}
    for number, paper in enumerate(retakes(quiz, seeds, failed), start=1):
        for section, asked in zip(quiz.sections, by_section(quiz, paper), strict=True):
            left_out = [one.id for one in section.questions if one.id not in asked]
            if left_out:
                assert max(last_asked.get(one, 0) for one in asked) <= min(last_asked.get(one, 0) for one in left_out)
        last_asked |= dict.fromkeys(paper.question_ids, number)


@given(pools(), st.text(max_size=5), some_objectives)
def test_a_pool_that_has_enough_on_what_was_failed_asks_nothing_else(
    quiz: Assessment, seed: str, failed: tuple[str, ...]
) -> None:
    paper = draw(quiz, seed=seed, failed_objectives=failed)
    for section, asked in zip(quiz.sections, by_section(quiz, paper), strict=True):
        on_failed = {question.id for question in section.questions if question.objective in failed}
        if section.pick and len(on_failed) >= section.pick:
            assert set(asked) <= on_failed
        elif section.pick:
            assert on_failed <= set(asked)


def test_an_objective_is_failed_until_it_was_answered_rightly_again() -> None:
    quiz = assessment_of(
        "## A {#a objective=report}\n\n= 1\n\n## B {#b objective=share}\n\n= 2\n\n## C {#c objective=report}\n\n= 3\n",
    )
    paper = draw(quiz, seed="s")
    nothing = grade(quiz, paper, {})
    half = grade(quiz, paper, {"a": "1", "b": "2"})
    whole = grade(quiz, paper, {"a": "1", "b": "2", "c": "3"})
    assert failed_objectives([]) == frozenset()
    assert failed_objectives([nothing]) == {"report", "share"}
    assert failed_objectives([nothing, half]) == {"report"}
    assert failed_objectives([half, whole]) == frozenset()
    assert failed_objectives([whole, nothing]) == {"report", "share"}


def test_what_a_later_paper_did_not_ask_stays_failed() -> None:
    quiz = assessment_of(
        "# One {pick=1}\n\n## A {#a objective=report}\n\n= 1\n\n## B {#b objective=share}\n\n= 2\n",
    )
    first = draw(quiz, seed="s")
    second = draw(quiz, seed="s", seen=[first.question_ids])
    assert set(first.question_ids) != set(second.question_ids)
    right = {one: quiz.question(one).right_response() for one in second.question_ids}  # type: ignore[union-attr]
    of_first = {question.objective for question in quiz.questions if question.id in first.question_ids}
    assert failed_objectives([grade(quiz, first, {}), grade(quiz, second, right)]) == of_first
