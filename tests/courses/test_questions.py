"""The question grammar, rule by rule as COURSE_FORMAT numbers them."""

from decimal import Decimal

import pytest

from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions import (
    Attestation,
    Blanks,
    Matching,
    MultipleChoice,
    Number,
    OpenAnswer,
    Ordering,
    Question,
    SingleChoice,
    parse_number,
)
from app.courses.rules.quiz import question_from_json, question_to_json
from tests.courses.samples import QUIZ, assessment_of, course, quiz_faults


def question(body: str) -> Question:
    # A second question keeps the quiz scorable whatever the first one is.
    return assessment_of(f"{body}\n\n## Other {{#other}}\n\n= 1\n").questions[0]


def test_the_example_of_the_format_is_read_whole() -> None:
    quiz = course().assessment
    assert quiz is not None
    assert [(s.title, s.pick, s.objective, len(s.questions)) for s in quiz.sections] == [
        ("Reporting", 2, "report", 5),
        ("Sharing", 3, "share", 3),
        ("Closing", None, None, 2),
    ]
    kinds = [type(q) for q in quiz.questions]
    assert kinds == [
        SingleChoice, MultipleChoice, SingleChoice, Number, Number, Blanks, Ordering, Matching, OpenAnswer, Attestation
    ]  # fmt: skip
    assert quiz.asked == 6
    assert [statement.text for statement in quiz.attestation_statements] == [
        "I have read and understood the data policy, version 2.1.",
        "I will report a suspected leak within 24 hours.",
    ]


def test_every_kind_comes_back_from_json_the_same() -> None:
    quiz = course().assessment
    assert quiz is not None
    for one in quiz.questions:
        assert question_from_json(question_to_json(one)) == one


def test_rule_1_a_section_draws_or_asks_all_and_may_introduce_itself() -> None:
    quiz = assessment_of(
        "# First {pick=1}\n\nRead *this*.\n\n## A {#a}\n\n= 1\n\n## B {#b}\n\n= 2\n\n# Second\n\n## C {#c}\n\n= 3\n"
    )
    assert [section.pick for section in quiz.sections] == [1, None]
    assert quiz.sections[0].intro_html == "<p>Read <em>this</em>.</p>"


def test_rule_1_questions_may_do_without_a_section() -> None:
    assert [section.title for section in assessment_of("## A {#a}\n\n= 1\n").sections] == [""]


def test_rule_2_the_heading_is_the_question_and_keeps_its_markup() -> None:
    found = question("## What *is* a `leak`? {#leak}\n\nThink.\n\n- [x] a\n- [ ] b")
    assert (found.id, found.title) == ("leak", "What is a leak?")
    assert found.title_html == "What <em>is</em> a <code>leak</code>?"
    assert found.prompt_html == "<p>Think.</p>"


def test_rule_3_one_right_answer_is_a_choice_of_one_several_a_choice_of_many() -> None:
    assert isinstance(question("## A {#a}\n\n- [x] one\n- [ ] two"), SingleChoice)
    assert isinstance(question("## A {#a}\n\n- [x] one\n- [X] two\n- [ ] three"), MultipleChoice)
    assert isinstance(question("## A {#a type=multiple}\n\n- [x] one\n- [ ] two"), MultipleChoice)
    assert question("## A {#a}\n\n- [x] one\n- [ ] two").instruction == "Choose one"
    assert question("## A {#a type=multiple}\n\n- [x] one\n- [ ] two").instruction == "Choose all that apply"


@pytest.mark.parametrize("mark", ["-", "*", "+", "1.", "10."])
def test_rule_4_feedback_works_under_every_list_mark(mark: str) -> None:
    found = question(f"## A {{#a}}\n\n{mark} [x] one\n    > Well *done*.\n{mark} [ ] two\n    > No.")
    assert isinstance(found, SingleChoice)
    assert [option.feedback_html for option in found.options] == ["<p>Well <em>done</em>.</p>", "<p>No.</p>"]
    assert [option.html for option in found.options] == ["one", "two"]


def test_rule_4_an_answer_may_have_several_paragraphs() -> None:
    found = question("## A {#a}\n\n- [x] one\n\n    more\n\n    > Yes.\n\n- [ ] two")
    assert isinstance(found, SingleChoice)
    assert found.options[0].html == "<p>one</p>\n<p>more</p>"
    assert found.options[0].feedback_html == "<p>Yes.</p>"


def test_rule_5_a_typed_blank_takes_every_spelling_and_forgives_case_and_space() -> None:
    found = question("## A {#a}\n\nAsk the [[data owner | Owner]].")
    assert isinstance(found, Blanks)
    for typed in ("data owner", "  DATA   Owner ", "owner", "ｏｗｎｅｒ", "OWNER"):
        assert found.judge({"1": typed}).correct
    for typed in ("data", "dataowner", "owners", ""):
        assert not found.judge({"1": typed}).correct


def test_rule_5_a_drop_down_has_its_right_word_in_brackets() -> None:
    found = question("## A {#a}\n\nMark it [[public | (confidential) | draft]] today.")
    assert isinstance(found, Blanks)
    assert found.key() == ("confidential",)
    assert found.judge(found.right_response()).correct
    shown = found.shown("s", shuffle=True)
    assert [part.html for part in shown.parts if part.html] == ["<p>Mark it ", " today.</p>"]
    assert sorted(option.text for part in shown.parts for option in part.options) == ["confidential", "draft", "public"]


def test_rule_5_a_single_word_in_brackets_is_typed_as_it_stands() -> None:
    found = question("## A {#a}\n\nWrite [[(none)]].")
    assert found.judge({"1": "(none)"}).correct


def test_rule_5_gaps_keep_their_markup_around_them() -> None:
    found = question("## A {#a}\n\nSend **the [[file]]** to\n\n- the [[owner]]\n- nobody else")
    shown = found.shown("", shuffle=False)
    assert "".join(part.html or f"({part.gap})" for part in shown.parts) == (
        "<p>Send <strong>the (1)</strong> to</p>\n<ul>\n<li>the (2)</li>\n<li>nobody else</li>\n</ul>"
    )


@pytest.mark.parametrize(
    ("written", "right", "wrong"),
    [
        ("= 24", ["24", "24.0", " 24 ", "+24", "24,0"], ["23", "25", "2.4"]),
        ("= 10 +- 2", ["8", "12", "10", "8,0"], ["7.999", "12.001", "-10"]),
        ("= 10 ± 0,5", ["9.5", "10.5", "10,5"], ["9.4", "10.6"]),
        ("= 200 +- 10%", ["180", "220"], ["179", "221"]),
        ("= [8, 12]", ["8", "12", "10.25"], ["7", "13"]),
        ("= [-1, 1]", ["-1", "0", "1", "−1"], ["2"]),
        ("= 1 000", ["1000", "1 000", "1\u00a0000", "1'000"], ["1"]),
        ("= 0.1", ["0.1", "0,1", ".1"], ["0.10000000001"]),
        ("= -3", ["-3"], ["3"]),
    ],
)
def test_rule_6_numbers(written: str, right: list[str], wrong: list[str]) -> None:
    found = question(f"## A {{#a}}\n\n{written}\n\nBecause.")
    assert isinstance(found, Number)
    assert found.explanation_html == "<p>Because.</p>"
    for typed in right:
        assert found.complaint(typed) is None, typed
        assert found.judge(typed).correct, typed
    for typed in wrong:
        assert not found.judge(typed).correct, typed


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1 000", "1000"),
        ("1,000,000", "1000000"),
        ("1.000,50", "1000.50"),
        ("1,000.50", "1000.50"),
        ("10,5", "10.5"),
        ("1,000", "1.000"),
        ("12.345.678", "12345678"),
        ("٣", "3"),
        ("1e3", None),
        ("1,2,3", None),
        ("1,23.4", None),
        ("--1", None),
        ("", None),
        ("NaN", None),
        ("Infinity", None),
        ("0x10", None),
        ("1" * 40, None),
        ("ten", None),
        ("٢٤", "24"),
        ("٦٠٬٠٠٠", "60000"),
        ("١٠٫٥", "10.5"),
        ("२४", "24"),
    ],
)
def test_rule_6_numbers_are_typed_the_way_people_write_them(typed: str, value: str | None) -> None:
    assert parse_number(typed) == (None if value is None else Decimal(value))


def test_rule_7_a_numbered_list_is_put_in_order() -> None:
    found = question("## A {#a}\n\nFirst things first.\n\n1. Stop\n2. Tell\n3. File\n\nThat is the policy.")
    assert isinstance(found, Ordering)
    assert [item.text for item in found.items] == ["Stop", "Tell", "File"]
    assert found.judge(found.right_response()).correct
    assert not found.judge(list(reversed(found.right_response()))).correct  # type: ignore[arg-type]


def test_rule_7_pairs_are_matched_and_extras_fit_nothing() -> None:
    found = question(
        "## A {#a}\n\n- Price list -> Public\n- Ticket -> *Confidential*\n- Log → Confidential\n- _ -> Secret"
    )
    assert isinstance(found, Matching)
    assert [left.text for left in found.lefts] == ["Price list", "Ticket", "Log"]
    assert sorted(right.text for right in found.rights) == ["Confidential", "Confidential", "Public", "Secret"]


def test_rule_7_two_lefts_may_share_one_right_side() -> None:
    found = question("## A {#a}\n\n- Ticket -> Confidential\n- Log -> Confidential\n- _ -> Public")
    assert isinstance(found, Matching)
    assert len(found.rights) == 2
    assert found.judge(found.right_response()).correct


def test_rule_7_an_arrow_in_code_is_no_arrow() -> None:
    found = question("## A {#a}\n\n- `a -> b` -> code\n- text -> words")
    assert isinstance(found, Matching)
    assert [left.text for left in found.lefts] == ["a -> b", "text"]


def test_rule_8_an_open_answer_is_kept_and_never_scored() -> None:
    found = question("## A {#a}\n\nSay why.\n\n[[___]]\n\nThank you.")
    assert isinstance(found, OpenAnswer)
    assert not found.scored
    assert (found.prompt_html, found.explanation_html) == ("<p>Say why.</p>", "<p>Thank you.</p>")


def test_rule_8_an_attestation_has_statements_and_no_key() -> None:
    found = question("## A {#a type=attestation}\n\n- [ ] I *have* read it.\n- [ ] I will do it.")
    assert isinstance(found, Attestation)
    assert [statement.html for statement in found.statements] == ["I <em>have</em> read it.", "I will do it."]
    assert found.key() == ()


def test_rule_9_hints_are_set_aside_and_what_follows_the_answers_explains() -> None:
    found = question(
        "## A {#a}\n\nPrompt.\n\n[[?]] Look at *lesson 1*.\n\n- [x] a\n- [ ] b\n\nWhy.\n\n[[?]] Second hint.\n\nMore."
    )
    assert found.hints == ("Look at <em>lesson 1</em>.", "Second hint.")
    assert found.prompt_html == "<p>Prompt.</p>"
    assert found.explanation_html == "<p>Why.</p>\n<p>More.</p>"


def test_rule_9_after_a_blank_a_rule_begins_the_explanation() -> None:
    found = question("## A {#a}\n\nA [[gap]].\n\nStill the question.\n\n---\n\nThe explanation.")
    assert "Still the question." in found.prompt_html
    assert found.explanation_html == "<p>The explanation.</p>"


def test_rule_9_a_rule_after_other_answers_is_only_a_divider() -> None:
    assert question("## A {#a}\n\n= 3\n\n---\n\nWhy.").explanation_html == "<p>Why.</p>"


def test_rule_10_a_lesson_wraps_an_ungraded_check() -> None:
    unit = course().units[0]
    assert [bool(part.check) for part in unit.parts] == [False, True, False]
    [check] = unit.checks
    assert (check.id, check.kind) == ("01-why-it-matters-check-1", "single")
    assert unit.parts[1].check == check.id
    assert "section 4" not in unit.html
    assert "suspect" not in unit.html


def test_rule_10_a_check_may_have_a_heading_with_an_id() -> None:
    text = "Text.\n\n<quiz>\n\n### Which? {#which}\n\n- [x] a\n- [ ] b\n\n</quiz>\n"
    [check] = course(lesson=text).units[0].checks
    assert (check.id, check.title) == ("which", "Which?")


def test_a_quiz_tag_in_code_is_text() -> None:
    unit = course(lesson="Write\n\n```\n<quiz>\n\n- [x] a\n\n</quiz>\n```\n\nand `<quiz>`.").units[0]
    assert unit.checks == ()
    assert "&lt;quiz&gt;" in unit.html


FAULTS = [
    ("# S\n\n## A\n\n= 1\n", 3, "The question has no id. Add one at the end of its heading, for example {#a}."),
    ("## A {#a}\n\n= 1\n\n## B {#a}\n\n= 2\n", 5, "The id 'a' is already used on line 4. Every question needs its own."),
    ("## A {#a}\n\n- [ ] x\n- [ ] y\n", 1, "No answer is marked as right. Mark it with [x]."),
    ("## A {#a}\n\n- [x] x\n", 1, "A question needs two answers or more to choose from."),
    ("## A {#a type=single}\n\n- [x] x\n- [x] y\n", 1, "The question is type=single but 2 answers are marked as right."),
    ("## A {#a}\n\n- [x] x\n- y\n- [ ] z\n", 4, "Every answer starts with [x] or [ ]; this one has no box."),
    ("## A {#a}\n\n- [x] x\n- [ ] x\n", 4, "Two answers are the same: 'x'."),
    ("## A {#a}\n\n- [x] x\n  > two spaces\n- [ ] y\n", 4, "Indent the feedback by 4 spaces."),
    ("## A {#a}\n\n1. [x] x\n   > three spaces\n2. [ ] y\n", 4, "Indent the feedback by 4 spaces."),
    ("## A {#a}\n\n- [x] x\n- [ ] y\n> not indented\n", 5, "This quote is outside the list, so it belongs to no answer."),
    ("## A {#a}\n\n- [x] x\n> not indented\n- [ ] y\n", 5, "The answers are in two lists."),
    ("## A {#a}\n\n1. [x] x\n  > two spaces\n2. [ ] y\n", 5, "The answers are in two lists."),
    ("## A {#a}\n\n- [x] x\n      > six spaces\n- [ ] y\n", 3, "The feedback is indented too far"),
    ("# S {pick=2}\n\n## A {#a}\n\n= 1\n", 1, "pick=2, but the section 'S' has 1 questions."),
    ("# S {pick=two}\n\n## A {#a}\n\n= 1\n", 1, "pick=two is not a number of questions"),
    ("# S {pik=1}\n\n## A {#a}\n\n= 1\n", 1, "Unknown key 'pik' in the braces. Did you mean 'pick'?"),
    ("# S {objective=reprot}\n\n## A {#a}\n\n= 1\n", 1, "The course has no objective 'reprot'. Did you mean 'report'?"),
    ("## A {#a}\n\n= 1\n\n# S\n", 5, "The section 'S' has no questions."),
    ("# S {pick=1}\n\n## A {#a type=attestation}\n\n- [ ] I did.\n\n## B {#b}\n\n= 1\n", 1, "The attestation 'a' may not sit in a section with pick"),
    ("## A {#a type=attestation}\n\n- [x] I did.\n\n## B {#b}\n\n= 1\n", 1, "An attestation has no right answers"),
    ("## A {#a type=attestation}\n\nI did.\n\n## B {#b}\n\n= 1\n", 1, "An attestation needs its statements"),
    ("## A {#a}\n\nHow many?\n= 3\n", 3, "Put the number in a paragraph of its own"),
    ("## A {#a}\n\nHow many?\n=\n\n= 3\n", 3, "A line of = under text makes it a heading."),
    ("## A {#a}\n\nA [[gap]].\n---\n\nWhy.\n", 3, "A line of --- straight under text makes it a heading."),
    ("## A {#a}\n\n= about 3\n", 3, "'= about 3' is not a number. Write = 24, = 10 +- 2 or = [8, 12]."),
    ("## A {#a}\n\n= [12, 8]\n", 3, "In '= [12, 8]' the first number is the greater one."),
    ("## A {#a}\n\n= 1\n\n= 2\n", 5, "The question has two numbers as its answer; keep one."),
    ("## A {#a}\n\n1. one\n", 3, "There must be two steps or more to put in order."),
    ("## A {#a}\n\n1. one\n2. one\n", 4, "Two steps are the same: 'one'."),
    ("## A {#a}\n\n- a -> b\n- c\n", 4, "Every line of a matching question is"),
    ("## A {#a}\n\n- a -> b\n- a -> c\n", 4, "The left side 'a' stands twice."),
    ("## A {#a}\n\n- a -> b\n", 3, "A matching question needs a pair and two different right sides at least."),
    ("## A {#a}\n\nA [[ | b]].\n", 3, "The gap [[| b]] has an empty word."),
    ("## A {#a}\n\nA [[(a) | (b)]].\n", 3, "has 2 right words in brackets; a drop-down has one."),
    ("## A {#a}\n\nA [[(a) | a]].\n", 3, "has the same word twice"),
    ("## A [[x]] {#a}\n\n= 1\n", 1, "A gap can't stand in the heading"),
    ("## A {#a}\n\nA [[x]].\n\n- [x] a\n- [ ] b\n", 1, "The question has two kinds of answers"),
    ("## A {#a}\n\n- [x] a\n- [ ] b\n\n= 3\n", 1, "The question has two kinds of answers"),
    ("## A {#a}\n\nJust words.\n", 1, "The question has no answers."),
    ("## A {#a type=tick}\n\n= 1\n", 1, "type=tick is not known."),
    ("## A {#a type=mulitple}\n\n= 1\n", 1, "Did you mean multiple?"),
    ("## A {#a typ=single}\n\n= 1\n", 1, "Unknown key 'typ' in the braces. Did you mean 'type'?"),
    ("## A {#a type=multiple}\n\n= 1\n", 1, "type=multiple needs a list of answers with boxes"),
    ("## A {#a b}\n\n= 1\n", 1, "The braces at the end of the heading can't be read."),
    ("Hello.\n\n## A {#a}\n\n= 1\n", 1, "Text before the first question."),
    ("# S\n\n- [x] a\n- [ ] b\n\n## A {#a}\n\n= 1\n", 3, "These answers belong to no question."),
    ("## A {#a}\n\nfine [[?]] not at the start\n\n= 1\n", 3, "Start the hint with [[?]]"),
    ("## A {#a}\n\n[[___]]\n", -3, "The quiz has no question that can be scored."),
    ("## A {#a}\n\n[[___]] and [[x]]\n\n## B {#b}\n\n= 1\n", 3, "Put [[___]] once, in a paragraph of its own."),
    ("## A {#a}\n\n- [x] <b>x</b>\n- [ ] y\n", 3, "Raw HTML is not allowed: '<b>'."),
    ("## A {#a}\n\n![](media/x.png)\n\n= 1\n", 3, "has no description"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line", "sentence"), FAULTS)
def test_a_fault_is_named_with_its_line(body: str, line: int, sentence: str) -> None:
    found = quiz_faults(body)
    assert any(at == line and sentence in message for at, message in found), found


def test_every_fault_of_a_quiz_is_named_at_once() -> None:
    found = quiz_faults("## A\n\n= 1\n\n## B {#b}\n\n- [ ] x\n- [ ] y\n\n## C {#b}\n\n= 1\n")
    assert [line for line, _ in found] == [1, 5, 10]


def test_the_sample_quiz_has_no_fault() -> None:
    assert quiz_faults(QUIZ.split("---\n", 2)[2]) == []


@pytest.mark.parametrize(
    ("body", "response"),
    [
        ("- [x] a\n- [ ] b", "nonsense"),
        ("- [x] a\n- [ ] b", ["nonsense"]),
        ("- [x] a\n- [ ] b", None),
        ("- [x] a\n- [x] b\n- [ ] c", "nonsense"),
        ("- [x] a\n- [x] b\n- [ ] c", ["nonsense"]),
        ("- [x] a\n- [x] b\n- [ ] c", []),
        ("- [x] a\n- [x] b\n- [ ] c", [1, 2]),
        ("= 1", "one"),
        ("= 1", 1),
        ("= 1", ""),
        ("= 1", "1" * 1000),
        ("1. a\n2. b", []),
        ("1. a\n2. b", ["x", "y"]),
        ("1. a\n2. b", "ab"),
        ("- a -> b\n- c -> d", {}),
        ("- a -> b\n- c -> d", {"x": "y"}),
        ("- a -> b\n- c -> d", ["x"]),
        ("A [[gap]].", {"2": "x"}),
        ("A [[gap]].", {"1": 3}),
        ("A [[gap]].", {"1": "x" * 1000}),
        ("A [[a | (b)]].", {"1": "b"}),
        ("[[___]]", ""),
        ("[[___]]", ["x"]),
        ("[[___]]", "x" * 10_000),
    ],
)
def test_what_the_page_could_not_have_sent_is_refused_in_words(body: str, response: object) -> None:
    found = question(f"## A {{#a}}\n\n{body}")
    sentence = found.complaint(response)
    assert sentence
    assert sentence.endswith(".")
    with pytest.raises(AnswerRejected, match=r".") as refused:
        found.check(response)
    assert refused.value.question_id == "a"


def test_an_order_with_a_step_missing_or_twice_is_refused() -> None:
    found = question("## A {#a}\n\n1. a\n2. b\n3. c")
    right = found.right_response()
    assert isinstance(right, list)
    assert found.complaint(right[:2])
    assert found.complaint([right[0], right[0], right[1]])
    assert found.complaint(right) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"q.a": [""]}, None),
        ({"q.a": ["24"]}, "24"),
        ({"q.a": ["", "24"]}, "24"),
    ],
)
def test_a_number_is_read_from_its_field(fields: dict[str, list[str]], expected: str | None) -> None:
    assert question("## A {#a}\n\n= 24").response_from(fields) == expected


def test_an_order_is_read_from_drop_downs_or_from_one_list() -> None:
    found = question("## A {#a}\n\n1. a\n2. b\n3. c")
    ids = found.right_response()
    assert isinstance(ids, list)
    assert found.response_from({f"q.a.{one}": [str(place)] for place, one in enumerate(ids, start=1)}) == ids
    assert found.response_from({"q.a": list(reversed(ids))}) == list(reversed(ids))
    assert found.response_from({f"q.a.{one}": [""] for one in ids}) is None
    with pytest.raises(AnswerRejected, match="place of its own"):
        found.response_from({f"q.a.{one}": ["1"] for one in ids})


def test_two_answers_to_a_choice_of_one_are_refused() -> None:
    found = question("## A {#a}\n\n- [x] a\n- [ ] b")
    assert isinstance(found, SingleChoice)
    both = found.response_from({"q.a": [option.id for option in found.options]})
    assert found.complaint(both)
