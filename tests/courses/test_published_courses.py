"""The courses that come with the portal, read as an author's would be."""

from functools import cache
from pathlib import Path

import pytest

from app.courses.rules.bundle import content_hash, pack, unpack
from app.courses.rules.course import Course, check, check_prerequisites, parse, parse_all
from app.courses.rules.grading import draw, grade
from app.courses.rules.questions import (
    Blanks,
    Matching,
    MultipleChoice,
    Number,
    Ordering,
    Question,
    SingleChoice,
)
from tests.courses.samples import read_bundle

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


@cache
def languages(folder: Path) -> dict[str, Course]:
    """The course in each of its languages, its own first. Read once for all the tests that only look at it."""
    return parse_all(read_bundle(folder))


def own(folder: Path) -> Course:
    return next(iter(languages(folder).values()))


def kinds(course: Course) -> set[str]:
    """The kinds of question in the final quiz and the checks, as an author tells them apart."""
    found: set[str] = set()
    for question in questions(course):
        if isinstance(question, SingleChoice):
            found.add("true or false" if len(question.options) == 2 else "single")
        elif isinstance(question, Blanks):
            found |= {"drop-down" if gap.options else "typed blank" for gap in question.gaps}
        elif isinstance(question, Number):
            found.add("number" if question.low == question.high else "number in a range")
        else:
            found.add(question.kind)
    return found


def questions(course: Course) -> list[Question]:
    assessment = course.assessment
    assert assessment is not None
    return [*assessment.questions, *(check for lesson in course.lessons for check in lesson.checks)]


def shape(question: Question) -> object:
    """What a translation may not change: the kind, how many answers, which of them is right."""
    match question:
        case SingleChoice() | MultipleChoice():
            return [option.right for option in question.options]
        case Blanks():
            return [[option.id == gap.right_id for option in gap.options] for gap in question.gaps]
        case Number():
            return question.low, question.high
        case Matching():
            rights = [right.id for right in question.rights]
            return len(rights), [rights.index(left.right_id) for left in question.lefts]
        case Ordering():
            return len(question.items)
        case _:
            return question.kind


def test_a_course_asks_in_eight_ways_or_more(folder: Path) -> None:
    assert len(kinds(own(folder))) >= 8


def test_a_pool_holds_twice_what_one_attempt_asks(folder: Path) -> None:
    assessment = own(folder).assessment
    assert assessment is not None
    for section in assessment.sections:
        assert section.pick is None or len(section.questions) >= 2 * section.pick, section.title


def test_every_lesson_has_a_check_and_takes_six_to_ten_minutes(folder: Path) -> None:
    for lesson in own(folder).lessons:
        assert lesson.checks, lesson.slug
        assert 6 <= lesson.minutes <= 10, lesson.slug


def test_the_right_answer_is_seldom_the_longest(folder: Path) -> None:
    for lang, course in languages(folder).items():
        single = [one for one in questions(course) if isinstance(one, SingleChoice) and len(one.options) > 2]
        longest = [one.id for one in single if max(one.options, key=lambda option: len(option.text)).right]
        assert len(longest) < len(single) / 2, (lang, longest)


def test_people_sign_for_the_version_that_they_took(folder: Path) -> None:
    for lang, course in languages(folder).items():
        assert course.assessment is not None
        signed = " ".join(statement.text for statement in course.assessment.attestation_statements)
        assert course.version in signed, lang


def test_a_translation_asks_the_same_and_has_the_same_key(folder: Path) -> None:
    courses = list(languages(folder).values())
    wanted = {question.id: shape(question) for question in questions(courses[0])}
    for course in courses[1:]:
        assert {question.id: shape(question) for question in questions(course)} == wanted, course.lang
        assert all(unit.lang == course.lang for unit in course.units)


def test_anti_corruption_speaks_english_french_and_arabic() -> None:
    assert set(own(COURSES / "anti-corruption").languages) == {"en", "fr", "ar"}


def test_words_typed_in_french_and_arabic_are_taken_as_they_are_spelled_there() -> None:
    courses = languages(COURSES / "anti-corruption")
    typed = {"en": ("Yes", "consent"), "fr": ("OUI", "un accord"), "ar": ("موافقة", "قبولًا")}
    for lang, words in typed.items():
        assessment = courses[lang].assessment
        assert assessment is not None
        question = assessment.question("first-answer")
        assert question is not None
        assert [question.judge({"1": word}).correct for word in words] == [True, True], lang
        assert not question.judge({"1": "no"}).correct
