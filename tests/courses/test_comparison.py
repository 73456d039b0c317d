import pytest

from app.courses.rules.comparison import check_version, compare
from tests.courses.samples import INDEX, QUIZ, course


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("= 24", "= 36", "right answer changed"),
        ("- [ ] True\n- [x] False", "- [x] True\n- [ ] False", "right answer changed"),
        ("How many hours do you have?", "How many days do you have?", "reworded"),
        ("You notice at 17:00 on Friday", "You notice at 9:00 on Monday", "reworded"),
        ("- [ ] Next working day", "- [ ] Next Monday", "answers reworded"),
        ("= 24", "- [x] 24\n- [ ] 12", "kind changed"),
    ],
)
def test_a_changed_question_is_asked_about(old: str, new: str, change: str) -> None:
    assert old in QUIZ
    [difference] = compare(course(), course(quiz=QUIZ.replace(old, new)))
    assert difference.change == change
    assert difference.ask.startswith(f"Does '{difference.question_id}' still ask the same?")


def test_feedback_and_explanations_may_be_edited_freely() -> None:
    assert compare(course(), course(quiz=QUIZ.replace("The clock does not stop", "Clocks never stop"))) == ()


def test_new_and_removed_questions_are_named() -> None:
    found = compare(course(), course(quiz=QUIZ.replace("{#hours}", "{#hours-left}")))
    assert [(difference.question_id, difference.change) for difference in found] == [
        ("hours-left", "added"),
        ("hours", "removed"),
    ]


def test_changed_content_needs_another_version() -> None:
    old = course()
    assert "still 2.1.0" in check_version(old, course(lesson="Other."), same_content=False)[0].message
    assert check_version(old, course(), same_content=True) == []
    raised = course(index_md=INDEX.replace("2.1.0", "2.2.0"), lesson="Other.")
    assert check_version(old, raised, same_content=False) == []


def test_a_version_may_not_go_back() -> None:
    assert (
        "lower"
        in check_version(course(), course(index_md=INDEX.replace("2.1.0", "2.0.9")), same_content=False)[0].message
    )


def test_another_right_answer_suggests_a_new_major_version() -> None:
    minor = course(index_md=INDEX.replace("2.1.0", "2.2.0"), quiz=QUIZ.replace("= 24", "= 36"))
    major = course(index_md=INDEX.replace("2.1.0", "3.0.0"), quiz=QUIZ.replace("= 24", "= 36"))
    assert "3.0.0" in check_version(course(), minor, same_content=False)[0].message
    assert check_version(course(), major, same_content=False) == []
