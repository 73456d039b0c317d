"""The courses that come with the portal, read as an author's would be."""

from pathlib import Path

import pytest

from app.courses.rules.bundle import content_hash, pack, read_bundle, unpack
from app.courses.rules.course import check, check_prerequisites, parse
from app.courses.rules.grading import draw, grade

COURSES = Path(__file__).parents[2] / "courses"
FOLDERS = sorted(folder for folder in COURSES.iterdir() if folder.is_dir()) if COURSES.is_dir() else []


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def test_a_course_has_no_fault(folder: Path) -> None:
    assert [str(problem) for problem in check(read_bundle(folder))] == []


def test_a_course_has_lessons_and_a_quiz_with_a_pool(folder: Path) -> None:
    course = parse(read_bundle(folder))
    assert len(course.lessons) >= 4
    assert course.assessment is not None
    assert len(course.assessment.graded) >= 10
    assert any(section.pick for section in course.assessment.sections)


def test_a_course_can_be_passed_and_failed(folder: Path) -> None:
    course = parse(read_bundle(folder))
    assert course.assessment is not None
    for number in range(20):
        paper = draw(course.assessment, seed=str(number))
        right = {one.id: one.right_response() for one in course.assessment.graded if one.id in paper.question_ids}
        assert grade(course.assessment, paper, right).passed(course.meta.mastery_score)
        assert not grade(course.assessment, paper, {}).passed(course.meta.mastery_score)


def test_a_stored_course_leads_back_to_its_hash(folder: Path) -> None:
    bundle = read_bundle(folder)
    assert content_hash(unpack(pack(bundle))) == content_hash(bundle)


def test_every_wrong_answer_says_something(folder: Path) -> None:
    course = parse(read_bundle(folder))
    assert course.assessment is not None
    for question in course.assessment.graded:
        explained = bool(question.explanation_html) or question.kind == "open"
        options = getattr(question, "options", ())
        assert explained or (options and all(option.feedback_html for option in options)), question.id


def test_prerequisites_among_the_courses_lead_somewhere() -> None:
    metas = {folder.name: parse(read_bundle(folder)).meta for folder in FOLDERS}
    assert [str(problem) for problem in check_prerequisites(metas)] == []
