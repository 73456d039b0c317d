from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.rules.durations import Duration
from app.courses.rules.front_matter import Confirm, MoveOn, ShowCorrect
from tests.courses.samples import INDEX, QUIZ, course, faults


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT25M", Duration(seconds=1500)),
        ("25m", Duration(seconds=1500)),
        ("90min", Duration(seconds=5400)),
        ("1h30m", Duration(seconds=5400)),
        ("PT1H", Duration(seconds=3600)),
        ("P14D", Duration(days=14)),
        ("14d", Duration(days=14)),
        ("P2W", Duration(days=14)),
        ("-P7D", Duration(days=-7)),
        ("P1Y", Duration(months=12)),
        ("P1Y6M2DT3H", Duration(months=18, days=2, seconds=10800)),
    ],
)
def test_durations_are_read_as_iso_8601_or_short(text: str, expected: Duration) -> None:
    assert Duration.parse(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "1", "soon", "P1H", "PT1D", "P-1D", "P1.5D", "P9999999D", "T5M"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        Duration.parse(text)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 200_000), st.sampled_from([1, -1]))
def test_a_duration_written_and_read_is_the_same(months: int, days: int, seconds: int, sign: int) -> None:
    span = Duration(sign * months, sign * days, sign * seconds)
    if span != Duration():
        assert Duration.parse(str(span)) == span


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        ("P1Y", date(2024, 2, 29), date(2025, 2, 28)),
        ("P1M", date(2026, 1, 31), date(2026, 2, 28)),
        ("P14D", date(2026, 12, 25), date(2027, 1, 8)),
        ("-P7D", date(2026, 3, 2), date(2026, 2, 23)),
        ("-P1M", date(2026, 3, 31), date(2026, 2, 28)),
        ("PT1H", date(2026, 3, 2), date(2026, 3, 3)),
    ],
)
def test_a_span_after_a_date_follows_the_calendar(span: str, start: date, end: date) -> None:
    assert Duration.parse(span).after(start) == end


def test_every_field_of_the_format_is_read() -> None:
    meta = course().meta
    assert (meta.title, meta.version, meta.lang) == ("Handling customer data", "2.1.0", "en")
    assert meta.time_required == Duration(seconds=1500)
    assert meta.prerequisites == ("code-of-conduct",)
    assert meta.objectives["report"] == "Report a suspected data leak within 24 hours"
    assert meta.mastery_score == Decimal("0.8")
    assert meta.move_on is MoveOn.COMPLETED_AND_PASSED
    assert (meta.attempts, meta.wait_between) == (3, Duration(seconds=3600))
    assert (meta.valid_for, meta.renew_from) == (Duration(months=12), Duration(days=60))
    assert meta.due == Duration(days=14)
    assert meta.reminders == (Duration(days=-7), Duration(days=-1), Duration(days=1))
    assert (meta.certificate, meta.confirm) == ("default", Confirm.COMPLIANCE)


def test_only_title_and_version_are_needed() -> None:
    found = course(index_md="---\ntitle: Short\nversion: 1.0.0\n---\n", lesson="Hello.", quiz=None)
    assert found.meta.mastery_score == Decimal("0.8")
    assert found.meta.attempts is None
    assert found.move_on is MoveOn.COMPLETED
    assert found.meta.confirm is Confirm.AUTOMATIC


def test_a_course_with_a_quiz_must_by_default_be_completed_and_passed() -> None:
    bare = "---\ntitle: Short\nversion: 1.0.0\nobjectives: {report: R, share: S}\n---\n"
    assert course(index_md=bare).move_on is MoveOn.COMPLETED_AND_PASSED


@pytest.mark.parametrize(
    ("line", "at", "sentence"),
    [
        ("titel: x", 2, "Unknown key 'titel'. Did you mean 'title'?"),
        ("masteryscore: 1", 2, "Unknown key 'masteryscore'. Did you mean 'mastery_score'?"),
        ("mastery_score: 1.2", 2, "mastery_score must be at most 1."),
        ("mastery_score: 0.12345", 2, "mastery_score may have 4 decimals."),
        ("mastery_score: high", 2, "mastery_score must be a number from 0 to 1."),
        ("attempts: many", 2, "attempts must be a whole number."),
        ("attempts: 0", 2, "attempts must be at least 1."),
        ("due: soon", 2, "due: 'soon' is not a duration"),
        ("due: -P1D", 2, "due: '-P1D' must be longer than nothing."),
        ("move_on: passed", 2, "move_on: 'passed' is not one of"),
        ("confirm: maybe", 2, "confirm: 'maybe' is not one of"),
        ("certificate: gold", 2, "certificate: 'gold' is not one of"),
        ("prerequisites: code-of-conduct", 2, "prerequisites must be a list, for example [one, two]."),
        ("objectives: [a, b]", 2, "objectives must be a list of ids with sentences."),
        ("lang: English", 2, "lang: 'English' is not a language code"),
        ("renew_from: P60D", 2, "renew_from needs valid_for"),
        ("draft: perhaps", 2, "draft must be true or false."),
    ],
)
def test_a_wrong_key_is_named_with_its_line_and_what_was_meant(line: str, at: int, sentence: str) -> None:
    index = f"---\n{line}\ntitle: Short\nversion: 1.0.0\n---\n"
    found = [problem for problem in faults(index_md=index, lesson="Hello.", quiz=None) if problem.file == "index.md"]
    assert any(sentence in problem.message for problem in found), found
    if "needs" not in sentence:
        assert found[0].line == at


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "01.0.0", "latest", "2.1"])
def test_a_version_has_three_numbers(version: str) -> None:
    [problem] = faults(index_md=f"---\ntitle: A\nversion: {version}\n---\n", lesson="Hello.", quiz=None)
    assert (problem.file, problem.line) == ("index.md", 3)
    assert "three numbers" in problem.message


def test_a_missing_title_and_version_are_both_named() -> None:
    found = [problem.message for problem in faults(index_md="---\nlang: en\n---\n", lesson="Hello.", quiz=None)]
    assert found == ["title is missing.", "version is missing."]


def test_a_fault_in_the_front_matter_does_not_hide_the_faults_of_the_lessons() -> None:
    found = {
        p.file for p in faults(index_md=INDEX.replace("version: 2.1.0", "version: two"), lesson="![](media/x.png)")
    }
    assert found == {"index.md", "01-why-it-matters.md"}


def test_broken_yaml_is_named_by_its_line() -> None:
    found = faults(index_md="---\ntitle: A\nversion: 1.0.0\ntags: [a, b\n---\n", lesson="Hello.", quiz=None)
    assert "not valid YAML" in found[0].message
    assert found[0].line in {4, 5}


def test_a_key_given_twice_is_refused() -> None:
    found = faults(index_md="---\ntitle: A\nversion: 1.0.0\ntitle: B\n---\n", lesson="Hello.", quiz=None)
    assert (found[0].line, "given twice" in found[0].message) == (4, True)


def test_yaml_that_unfolds_into_billions_is_refused() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]"
    found = faults(index_md=f"---\ntitle: A\nversion: 1.0.0\n{bomb}\n---\n", lesson="Hello.", quiz=None)
    assert "alias" in found[0].message


def test_yaml_that_would_make_objects_is_refused() -> None:
    found = faults(
        index_md="---\ntitle: !!python/object/apply:os.system [ls]\nversion: 1.0.0\n---\n", lesson="x", quiz=None
    )
    assert "not valid YAML" in found[0].message


def test_front_matter_that_never_ends_is_named() -> None:
    found = faults(index_md="---\ntitle: A\nversion: 1.0.0\n", lesson="Hello.", quiz=None)
    assert any("not closed" in problem.message for problem in found)


def test_a_lesson_may_do_without_front_matter() -> None:
    assert course(lesson="# The clock\n\nHello.").units[0].title == "The clock"
    assert course(lesson="Hello.").units[0].title == "Why it matters"


def test_an_unknown_key_of_a_lesson_is_named() -> None:
    [problem] = [p for p in faults(lesson="---\ntitle: A\nweight: 3\n---\nHello.") if p.file == "01-why-it-matters.md"]
    assert (problem.line, problem.message.startswith("Unknown key 'weight'.")) == (3, True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", ShowCorrect.ALWAYS),
        ("false", ShowCorrect.NEVER),
        ("passed", ShowCorrect.PASSED),
        ("never", ShowCorrect.NEVER),
    ],
)
def test_show_correct_takes_the_two_values_of_mkdocs_quiz_and_our_third(written: str, read: ShowCorrect) -> None:
    found = course(quiz=QUIZ.replace("show_correct: passed", f"show_correct: {written}")).assessment
    assert found is not None
    assert found.show_correct is read


def test_a_quiz_has_no_time_limit_unless_its_author_sets_one() -> None:
    plain, limited = (
        course().assessment,
        course(quiz=QUIZ.replace("show_correct: passed", "time_limit: 30m")).assessment,
    )
    assert plain is not None
    assert limited is not None
    assert plain.settings.time_limit is None
    assert limited.settings.time_limit == Duration(seconds=1800)


def test_a_nested_key_of_the_quiz_is_named_with_its_line() -> None:
    [problem] = faults(quiz=QUIZ.replace("  shuffle_answers: true", "  shufle_answers: true"))
    assert (problem.file, problem.line) == ("99-quiz.md", 4)
    assert "Did you mean 'shuffle_answers'?" in problem.message
