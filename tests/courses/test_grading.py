import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.rules.front_matter import ShowCorrect
from app.courses.rules.grading import (
    Paper,
    Result,
    check_answer,
    draw,
    grade,
    show_check,
)
from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions import Question, Shown
from app.courses.rules.quiz import Assessment, attestation_complaint
from tests.courses.samples import QUIZ, assessment_of, course


def sample() -> Assessment:
    found = course().assessment
    assert found is not None
    return found


def right_answers(quiz: Assessment, paper: Paper) -> dict[str, object]:
    return {one: the(quiz, one).right_response() for one in paper.question_ids}


def the(quiz: Assessment, question_id: str) -> Question:
    found = quiz.question(question_id)
    assert found is not None
    return found


# --- Quizzes of any shape, with words in the key, feedback and explanation that must not be seen ---

word = st.text("abcdefghij", min_size=3, max_size=8)


@st.composite
def a_question(draw_: Any, number: int) -> str:
    kind = draw_(st.sampled_from(["single", "multiple", "blank", "menu", "number", "order", "match", "open"]))
    texts = draw_(st.lists(word, min_size=2, max_size=5, unique=True))
    body = {
        "single": "\n".join(
            f"- [{'x' if index == len(texts) - 1 else ' '}] {text}\n    > FEEDBACK {number}"
            for index, text in enumerate(texts)
        ),
        "multiple": "\n".join(
            f"- [{'x' if index < 2 else ' '}] {text}\n    > FEEDBACK {number}" for index, text in enumerate(texts)
        ),
        "blank": f"Say [[KEYWORD{number} | KEYOTHER{number}]] and [[KEYTHIRD{number}]].\n\n---",
        "menu": f"Choose [[{' | '.join(f'({text})' if index == 1 else text for index, text in enumerate(texts))}]].\n\n---",
        "number": f"= 31415926{number}5 +- 2",
        "order": "\n".join(f"{index}. {text}" for index, text in enumerate(texts, start=1)),
        "match": "\n".join(f"- left{text} -> right{text}" for text in texts),
        "open": "[[___]]",
    }[kind]
    hint = draw_(st.sampled_from(["", "[[?]] HINT\n\n"]))
    return f"## Question {number} {{#q{number}}}\n\n{hint}{body}\n\nEXPLANATION {number}.\n\n"


@st.composite
def quizzes(draw_: Any) -> Assessment:
    body, number = "", 0
    for _ in range(draw_(st.integers(1, 3))):
        count = draw_(st.integers(1, 4))
        pick = draw_(st.sampled_from(["", f" {{pick={draw_(st.integers(1, count))}}}"]))
        body += f"# Part{pick}\n\n"
        for _ in range(count):
            number += 1
            body += draw_(a_question(number))
    body += "# Last\n\n## Sum {#sum}\n\n= 1\n\n## Sign {#sign type=attestation}\n\n- [ ] STATEMENT\n"
    shuffle = draw_(st.booleans())
    return assessment_of(body, front=f"title: Any\nquiz:\n  shuffle_answers: {str(shuffle).lower()}")


@given(quizzes(), st.text(max_size=10))
def test_right_answers_always_score_one(quiz: Assessment, seed: str) -> None:
    paper = draw(quiz, seed=seed)
    result = grade(quiz, paper, right_answers(quiz, paper))
    assert result.score == 1
    assert all(question.correct for question in result.questions if question.scored)
    assert result.review == ()


@given(quizzes(), st.text(max_size=10))
def test_a_paper_never_holds_the_key_nor_feedback_nor_explanation(quiz: Assessment, seed: str) -> None:
    text = json.dumps(draw(quiz, seed=seed).to_json())
    for secret in (
        "FEEDBACK",
        "EXPLANATION",
        "KEYWORD",
        "KEYOTHER",
        "KEYTHIRD",
        "31415926",
        "right_id",
        '"right"',
        "accepted",
        "STATEMENT",
    ):
        assert secret not in text.replace("\\u", "")
    for shown in draw(quiz, seed=seed).questions:
        assert set(vars(shown)) == set(Shown.__dataclass_fields__)
        for item in (*shown.options, *shown.lefts, *(option for part in shown.parts for option in part.options)):
            assert set(vars(item)) == {"id", "html", "text"}


@given(quizzes(), st.text(max_size=10))
def test_the_same_seed_gives_the_same_paper_and_json_keeps_it(quiz: Assessment, seed: str) -> None:
    paper = draw(quiz, seed=seed)
    assert draw(quiz, seed=seed) == paper
    assert Paper.from_json(json.loads(json.dumps(paper.to_json()))) == paper


@given(quizzes(), st.text(max_size=10), st.data())
def test_no_answer_earns_less_than_nothing_or_more_than_all(quiz: Assessment, seed: str, data: st.DataObject) -> None:
    paper = draw(quiz, seed=seed)
    right = right_answers(quiz, paper)
    answers = {one: right[one] for one in data.draw(st.sets(st.sampled_from(sorted(right))))}
    result = grade(quiz, paper, answers)
    assert 0 <= result.score <= 1
    scored = [question for question in result.questions if question.scored]
    assert result.score == Decimal(sum(1 for q in scored if q.question_id in answers)).__truediv__(
        len(scored)
    ).quantize(Decimal("0.0001"))
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result


@given(quizzes(), st.text(max_size=10))
def test_a_quiz_comes_back_from_json_the_same(quiz: Assessment, seed: str) -> None:
    again = Assessment.from_json(json.loads(json.dumps(quiz.to_json())))
    assert again == quiz
    assert draw(again, seed=seed) == draw(quiz, seed=seed)


@given(
    quizzes(),
    st.dictionaries(
        st.sampled_from(["q1", "q2", "sum", "sign", "x"]),
        st.recursive(
            st.none() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s), max_leaves=4
        ),
    ),
)
def test_junk_is_graded_or_refused_but_never_breaks(quiz: Assessment, answers: dict[str, object]) -> None:
    paper = draw(quiz, seed="s")
    sound = all(one in paper.question_ids and the(quiz, one).complaint(answers[one]) is None for one in answers)
    if sound:
        assert 0 <= grade(quiz, paper, answers).score <= 1
    else:
        with pytest.raises(AnswerRejected, match=r"\.$"):
            grade(quiz, paper, answers)


# --- Drawing ---


def test_a_pool_gives_as_many_as_its_section_picks_and_different_ones_to_different_seeds() -> None:
    quiz = sample()
    papers = [draw(quiz, seed=str(number)) for number in range(60)]
    assert {len(paper.questions) for paper in papers} == {6}
    first = [frozenset(question.id for question in paper.sections[0].questions) for paper in papers]
    assert len(set(first)) == 10  # all pairs of five
    assert {one for pair in first for one in pair} == {
        "report-deadline",
        "what-counts",
        "wait-for-proof",
        "hours",
        "sample",
    }


def test_the_attestation_is_not_on_the_paper() -> None:
    assert "attest" not in draw(sample(), seed="s").question_ids


def test_answers_are_shuffled_evenly() -> None:
    quiz = assessment_of("## A {#a}\n\n- [x] one\n- [ ] two\n- [ ] three\n")
    firsts = [draw(quiz, seed=str(number)).questions[0].options[0].text for number in range(900)]
    for text in ("one", "two", "three"):
        assert 230 < firsts.count(text) < 370


def test_the_order_shown_does_not_depend_on_the_order_in_the_source() -> None:
    one = assessment_of("## A {#a}\n\n1. first\n2. second\n3. third\n")
    other = assessment_of("## A {#a}\n\n1. third\n2. first\n3. second\n")
    for seed in map(str, range(20)):
        assert draw(one, seed=seed).questions[0].options == draw(other, seed=seed).questions[0].options


def test_a_quiz_may_keep_its_answers_in_order_but_never_what_gives_the_key_away() -> None:
    body = "## A {#a}\n\n- [x] one\n- [ ] two\n- [ ] three\n\n## B {#b}\n\n1. a\n2. b\n3. c\n\n## C {#c}\n\n- l1 -> r1\n- l2 -> r2\n- l3 -> r3\n"
    quiz = assessment_of(body, front="quiz: {shuffle_answers: false}")
    papers = [draw(quiz, seed=str(number)) for number in range(30)]
    assert {tuple(option.text for option in paper.questions[0].options) for paper in papers} == {
        ("one", "two", "three")
    }
    assert len({tuple(option.text for option in paper.questions[1].options) for paper in papers}) == 6
    assert len({tuple(option.text for option in paper.questions[2].options) for paper in papers}) == 6


def test_ids_of_answers_say_nothing_of_right_and_wrong() -> None:
    right = assessment_of("## A {#a}\n\n- [x] one\n- [ ] two\n")
    wrong = assessment_of("## A {#a}\n\n- [ ] one\n- [x] two\n")
    assert draw(right, seed="s").to_json() == draw(wrong, seed="s").to_json()


def test_a_paper_of_years_ago_can_be_drawn_again() -> None:
    paper = draw(sample(), seed="registration 7, attempt 1")
    assert paper.question_ids == ("what-counts", "sample", "words", "order", "match", "reflect")
    assert [option.id for option in paper.questions[0].options] == ["oaadcd4730c", "od876ad22ee", "oad3bf4eea0"]


# --- Grading ---


def test_points_are_shared_only_for_pairs_and_gaps() -> None:
    quiz = assessment_of(
        "## M {#m}\n\n- [x] a\n- [x] b\n- [ ] c\n\n## B {#b}\n\nA [[x]] [[y]] [[z]].\n\n## P {#p}\n\n- l1 -> r1\n- l2 -> r2\n- l3 -> r3\n- l4 -> r4\n\n## O {#o}\n\n1. a\n2. b\n3. c\n"
    )
    paper = draw(quiz, seed="s")
    right = right_answers(quiz, paper)
    pairs = dict(right["p"])  # type: ignore[call-overload]
    first, second, *_ = pairs
    pairs[first], pairs[second] = pairs[second], pairs[first]
    order = list(right["o"])  # type: ignore[call-overload]
    answers = {
        "m": right["m"][:1],
        "b": {"1": "x", "2": "no", "3": "z"},
        "p": pairs,
        "o": [order[1], order[0], order[2]],
    }  # type: ignore[index]
    result = grade(quiz, paper, answers)
    points = {
        question.question_id: (question.points, question.correct, question.partial) for question in result.questions
    }
    assert points["m"] == (0, False, False)
    assert points["b"][0].quantize(Decimal("0.0001")) == Decimal("0.6667")
    assert points["b"][1:] == (False, True)
    assert points["p"] == (Decimal("0.5"), False, True)
    assert points["o"] == (0, False, False)
    assert result.score == Decimal("0.2917")


def test_the_score_has_four_decimals_rounded_half_up() -> None:
    quiz = assessment_of("## A {#a}\n\n= 1\n\n## B {#b}\n\n= 2\n\n## C {#c}\n\n= 3\n")
    paper = draw(quiz, seed="s")
    assert str(grade(quiz, paper, {"a": "1", "b": "2"}).score) == "0.6667"
    assert str(grade(quiz, paper, {"a": "1"}).score) == "0.3333"
    assert str(grade(quiz, paper, {}).score) == "0.0000"
    assert str(grade(quiz, paper, {"a": "1", "b": "2", "c": "3"}).score) == "1.0000"


def test_passing_is_reaching_the_mastery_score() -> None:
    quiz = assessment_of("".join(f"## Q {{#q{n}}}\n\n= {n}\n\n" for n in range(5)))
    paper = draw(quiz, seed="s")
    four = grade(quiz, paper, {f"q{n}": str(n) for n in range(4)})
    assert four.passed(Decimal("0.8"))
    assert not four.passed(Decimal("0.8001"))
    assert (four.right, four.scored) == (4, 5)


def test_an_open_answer_changes_no_score() -> None:
    quiz = sample()
    paper = draw(quiz, seed="s")
    answers = right_answers(quiz, paper)
    with_text = grade(quiz, paper, answers)
    without = grade(quiz, paper, {one: answer for one, answer in answers.items() if one != "reflect"})
    assert with_text.score == without.score == 1
    [reflect] = [question for question in with_text.questions if question.question_id == "reflect"]
    assert (reflect.scored, reflect.correct, reflect.answered) == (False, False, ("…",))


def test_feedback_is_for_what_was_chosen_only() -> None:
    quiz = assessment_of(
        QUIZ.split("---\n", 2)[2].replace(" {pick=2 objective=report}", "").replace(" {pick=3 objective=share}", "")
    )
    paper = draw(quiz, seed="s")
    wrong = next(
        option.id
        for option in the(quiz, "report-deadline").shown("", shuffle=False).options
        if option.text.startswith("Next")
    )
    [first, *_] = grade(quiz, paper, {"report-deadline": wrong}).questions
    assert [(feedback.answer, feedback.right) for feedback in first.feedback] == [("Next working day", False)]
    assert "The clock does not stop" in first.feedback[0].html
    assert "regulator" not in str(first.feedback)
    assert first.key == ("Within 24 hours",)


@pytest.mark.parametrize(
    ("setting", "passed", "key_shown"),
    [
        (ShowCorrect.ALWAYS, False, True),
        (ShowCorrect.ALWAYS, True, True),
        (ShowCorrect.PASSED, False, False),
        (ShowCorrect.PASSED, True, True),
        (ShowCorrect.NEVER, False, False),
        (ShowCorrect.NEVER, True, False),
    ],
)
def test_the_key_is_shown_when_the_author_says_so(setting: ShowCorrect, passed: bool, key_shown: bool) -> None:
    body = "## A {#a}\n\n- [x] right\n    > YES\n- [ ] wrong\n    > NO\n\nWHY\n\n## B {#b}\n\n= 12345\n\nBECAUSE\n"
    quiz = assessment_of(body, front=f"quiz: {{show_correct: {setting.value}}}")
    paper = draw(quiz, seed="s")
    result = grade(quiz, paper, {"a": the(quiz, "a").right_response(), "b": "1"}).for_learner(passed=passed)
    text = json.dumps(result.to_json())
    assert ("12345" in text) is key_shown
    assert ("BECAUSE" in text) is key_shown
    # A right answer may be explained at any time; a wrong one only together with the key.
    assert "WHY" in text
    assert "YES" in text
    assert "NO" not in re.findall(r"\bNO\b", text)


def test_what_to_read_again_is_named_once() -> None:
    quiz = sample()
    paper = draw(quiz, seed="s")
    result = grade(quiz, paper, {})
    assert result.review == ("01-why-it-matters",)
    assert {question.objective for question in result.questions} == {"report", "share", None}


def test_an_answer_to_a_question_that_is_not_on_the_paper_is_refused() -> None:
    quiz = sample()
    paper = draw(quiz, seed="s")
    absent = next(question.id for question in quiz.graded if question.id not in paper.question_ids)
    for identifier in (absent, "attest", "invented"):
        with pytest.raises(AnswerRejected, match="not on this paper"):
            grade(quiz, paper, {identifier: "x"})


def test_a_learner_cannot_post_a_score() -> None:
    quiz = sample()
    paper = draw(quiz, seed="s")
    for junk in ({"score": "1"}, {"q.score": ["1"]}):
        with pytest.raises(AnswerRejected):
            grade(quiz, paper, junk)
    assert posted(quiz, paper, {"score": ["1.0"], "csrf_token": ["t"]}) == {}


def test_a_paper_of_another_quiz_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="does not have"):
        grade(assessment_of("## A {#a}\n\n= 1\n"), draw(sample(), seed="s"), {})


def posted(quiz: Assessment, paper: Paper, fields: dict[str, list[str]]) -> dict[str, object]:
    """What each question of the paper reads from the fields, as the page's views ask it."""
    found = {one: the(quiz, one).response_from(fields) for one in paper.question_ids}
    return {one: the(quiz, one).check(response) for one, response in found.items() if response is not None}


def test_answers_are_read_from_the_posted_form() -> None:
    quiz = sample()
    for seed in map(str, range(12)):
        paper = draw(quiz, seed=seed)
        right = right_answers(quiz, paper)
        fields: dict[str, list[str]] = {"csrf_token": ["t"]}
        for shown in paper.questions:
            answer = right[shown.id]
            if shown.kind == "ordering":
                assert isinstance(answer, list)
                fields |= {f"{shown.field}.{one}": [str(place)] for place, one in enumerate(answer, start=1)}
            elif isinstance(answer, dict):
                fields |= {f"{shown.field}.{one}": [value] for one, value in answer.items()}
            else:
                fields[shown.field] = answer if isinstance(answer, list) else [str(answer)]
        assert posted(quiz, paper, fields) == right


def test_the_fields_named_on_the_paper_are_those_that_are_read() -> None:
    quiz = sample()
    paper = draw(quiz, seed="s")
    words = paper.question("words")
    assert words is not None
    assert [part.field for part in words.parts if part.gap] == ["q.words.1", "q.words.2"]
    assert posted(quiz, paper, {"q.words.1": ["owner"]}) == {"words": {"1": "owner"}}


def test_every_statement_must_be_attested_and_nothing_else() -> None:
    quiz = sample()
    ids = [statement.id for statement in quiz.attestation_statements]
    assert attestation_complaint(quiz, ids) is None
    assert attestation_complaint(quiz, ids[:1]) == "Tick every statement that you attest; each one is needed."
    assert attestation_complaint(quiz, []) is not None
    assert attestation_complaint(quiz, [*ids, "other"]) == "That is not one of the statements."


# --- Ungraded checks in lessons ---


def test_a_check_in_a_lesson_is_shown_without_its_key_and_judged_on_the_server() -> None:
    unit = course().units[0]
    [check] = unit.checks
    shown = show_check(check, seed="Ada")
    text = json.dumps([vars(option) for option in shown.options]) + shown.prompt_html
    assert "suspicion" not in text
    assert "section 4" not in text
    right = check_answer(check, check.right_response())
    assert (right.correct, right.feedback[0].html) == (True, "<p>Right, suspicion is enough.</p>")
    assert "section 4" in right.explanation_html
    wrong = next(option.id for option in shown.options if option.id != check.right_response())
    assert check_answer(check, wrong).correct is False
    with pytest.raises(AnswerRejected):
        check_answer(check, "invented")


def test_a_complaint_says_nothing_of_right_and_wrong() -> None:
    [check] = course().units[0].checks
    assert all(check.complaint(option.id) is None for option in show_check(check).options)
    assert check.complaint("invented")
