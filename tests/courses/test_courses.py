"""A bundle read as a course, and its faults by file and line."""

import json

import pytest

from app.courses.rules.bundle import pack, unpack
from app.courses.rules.course import Addresses, Course, check, check_prerequisites, parse, parse_all
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.problems import CourseRefused, Severity
from tests.courses.samples import INDEX, LESSON, MP4, PNG, QUIZ, bundle, course, faults, with_files


def test_a_sound_course_has_no_fault() -> None:
    assert faults() == []


def test_units_stand_in_file_name_order_with_the_quiz_among_them() -> None:
    found = course(**{"02-sharing.md": "# Sharing\n\nWords."})
    assert [(unit.slug, unit.kind, unit.title) for unit in found.units] == [
        ("01-why-it-matters", "lesson", "Why it matters"),
        ("02-sharing", "lesson", "Sharing"),
        ("99-quiz", "quiz", "Final quiz"),
    ]


def test_a_course_parsed_from_its_package_is_the_same() -> None:
    original = bundle()
    assert parse(unpack(pack(original))) == parse(original)


def test_a_course_comes_back_from_json_the_same() -> None:
    original = course()
    assert Course.from_json(json.loads(json.dumps(original.to_json()))) == original


def test_reading_time_follows_the_words_unless_the_author_says_otherwise() -> None:
    long = course(lesson=("word " * 550 + "\n\n") * 4).units[0]
    assert (long.words, long.minutes) == (2200, 10)
    assert course(lesson="---\ntime_required: 7m\n---\nword " * 1).units[0].minutes == 7
    assert course().minutes == 25
    untimed = course(index_md=INDEX.replace("time_required: PT25M\n", ""), lesson=("word " * 550 + "\n\n") * 4)
    assert untimed.minutes == 10 + untimed.units[-1].minutes


def test_a_failed_question_points_back_to_the_lesson_that_teaches_it() -> None:
    quiz = course().assessment
    assert quiz is not None
    assert quiz.review_of("report") == ("01-why-it-matters",)
    assert quiz.review_of("share") == ()


def test_addresses_are_those_that_the_portal_gives() -> None:
    found = parse(
        bundle(lesson="[quiz](99-quiz.md) ![Map](media/map.png)", **{"media/map.png": PNG}),
        addresses=Addresses(media=lambda path: f"/files/abc/{path}", unit=lambda slug: f"/courses/x/{slug}"),
    )
    assert 'href="/courses/x/99-quiz"' in found.units[0].html
    assert 'src="/files/abc/media/map.png"' in found.units[0].html


def test_a_course_with_errors_is_refused_with_all_of_them() -> None:
    with pytest.raises(CourseRefused) as refused:
        course(lesson="<b>x</b>", quiz=QUIZ.replace("{#hours}", ""))
    assert {problem.file for problem in refused.value.problems} == {"01-why-it-matters.md", "99-quiz.md"}
    assert "3 errors" in refused.value.sentence


@pytest.mark.parametrize(
    ("changes", "file", "line", "sentence"),
    [
        ({"index_md": None}, "index.md", 0, "The course has no index.md. Add one that starts with its title and version."),
        ({"index_md": "Hello."}, "index.md", 1, "must start with front matter"),
        ({"lesson": ""}, "01-why-it-matters.md", 0, "The lesson is empty."),
        ({"lesson": "x\n\n<script>alert(1)</script>"}, "01-why-it-matters.md", 3, "Raw HTML is not allowed: '<script>alert(1)</script>'"),
        ({"lesson": "---\ntitle: A\n---\n\nx <b>y</b>"}, "01-why-it-matters.md", 5, "Raw HTML is not allowed: '<b>'"),
        ({"lesson": "---\ntitle: A\n---\n\n\n![](media/a.png)", "media/a.png": PNG}, "01-why-it-matters.md", 6, "has no description"),
        ({"lesson": "x\n![a map](media/none.png)"}, "01-why-it-matters.md", 2, "'media/none.png' is not in the course folder"),
        ({"lesson": "![a map](../../etc/passwd.png)"}, "01-why-it-matters.md", 1, "outside the course folder"),
        ({"lesson": "![a map](https://x.example/a.png)"}, "01-why-it-matters.md", 1, "outside the course folder"),
        ({"lesson": "![a map](index.md)"}, "01-why-it-matters.md", 1, "is not a picture"),
        ({"lesson": "[next](02-none.md)"}, "01-why-it-matters.md", 1, "leads to nothing in the course"),
        ({"lesson": "[x](javascript:alert(1))"}, "01-why-it-matters.md", 1, "links are http, https, mailto or relative"),
        ({"lesson": "| a |\n|---|\n| b |\n| [x](none.md) |"}, "01-why-it-matters.md", 4, "leads to nothing"),
        ({"lesson": "a\n\n<quiz>\n- [x] a\n- [ ] b\n\n</quiz>"}, "01-why-it-matters.md", 3, "Leave an empty line after <quiz>"),
        ({"lesson": "a\n\n<quiz>\n\n- [x] a\n- [ ] b\n"}, "01-why-it-matters.md", 3, "This <quiz> is not closed"),
        ({"lesson": "a\n\n</quiz>"}, "01-why-it-matters.md", 3, "</quiz> must stand alone"),
        ({"lesson": "a\n\n<quiz>\n\n- [ ] a\n- [ ] b\n\n</quiz>"}, "01-why-it-matters.md", 5, "No answer is marked as right."),
        ({"lesson": "<quiz>\n\n## A {#a}\n\n= 1\n\n## B {#b}\n\n= 2\n\n</quiz>"}, "01-why-it-matters.md", 7, "holds one question"),
        ({"lesson": "<quiz>\n\n## A {#a type=attestation}\n\n- [ ] I did\n\n</quiz>"}, "01-why-it-matters.md", 3, "belongs into the final quiz"),
        ({"lesson": "---\nobjectives: [rapport]\n---\nx"}, "01-why-it-matters.md", 2, "The course has no objective 'rapport'."),
        ({"lesson": "x\n\ny[^1]\n\n[^2]: lost\n\n[^1]: found"}, "01-why-it-matters.md", 5, "never referred to"),
        ({"lesson": b"caf\xe9\n\xff"}, "01-why-it-matters.md", 1, "not UTF-8"),
        ({"index_md": INDEX + "\n<quiz>\n\n= 1\n\n</quiz>\n"}, "index.md", 24, "belongs into a lesson"),
        ({"quiz": None}, "index.md", 12, "move_on is CompletedAndPassed, but the course has no quiz to pass."),
        ({"98-quiz.md": "---\nquiz: {}\n---\n## A {#a}\n\n= 1\n"}, "99-quiz.md", 3, "The course already has a final quiz, 98-quiz.md."),
        ({"malware.exe": b"MZ"}, "malware.exe", 0, "A course may not hold .exe files."),
        ({"media/page.html": b"<html>"}, "media/page.html", 0, "A course may not hold .html files."),
        ({"media/a.png": b"MZ not a picture"}, "media/a.png", 0, "is not what its name says"),
        ({"media/a.jpg": PNG}, "media/a.jpg", 0, "is not what its name says"),
        ({"media/a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"}, "media/a.svg", 0, "holds <script>"),
        ({"media/a.svg": b"<svg onload='x()'/>"}, "media/a.svg", 0, "holds onload="),
        ({"media/a.svg": b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>"}, "media/a.svg", 0, "DOCTYPE or entities"),
        ({"media/a.svg": b"<svg><a href='javascript:x'/></svg>"}, "media/a.svg", 0, "holds href="),
        ({"media/a.svg": b"<svg"}, "media/a.svg", 0, "not well-formed"),
        ({"media/a.svg": b"<html/>"}, "media/a.svg", 0, "not SVG"),
        ({"changes": "- 2.1.0 New clock.\n"}, "CHANGES.md", 1, "Say whether people must take the course again"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_and_line(
    changes: dict[str, str | bytes | None], file: str, line: int, sentence: str
) -> None:
    found = faults(**changes)
    assert any((p.file, p.line) == (file, line) and sentence in p.message for p in found), list(map(str, found))
    assert any(p.severity is Severity.ERROR for p in found)


def test_a_problem_reads_like_a_compilers() -> None:
    [problem] = faults(lesson="x <b>y")
    assert str(problem).startswith("01-why-it-matters.md:1: error: Raw HTML is not allowed")


def test_an_empty_folder_has_one_fault() -> None:
    assert [str(problem) for problem in check(with_files({}))] == [
        "index.md: error: The course has no index.md. Add one that starts with its title and version."
    ]


def test_a_course_of_an_index_alone_is_no_course() -> None:
    found = check(with_files({"index.md": "---\ntitle: A\nversion: 1.0.0\n---\n"}))
    assert "no lesson and no quiz" in found[0].message


# --- Films and sounds ---


def test_a_film_needs_captions() -> None:
    film = {"lesson": "![How a leak happens](media/leak.mp4)", "media/leak.mp4": MP4}
    [problem] = faults(**film)
    assert (problem.file, problem.line) == ("01-why-it-matters.md", 1)
    assert "has no captions: put leak.en.vtt beside it" in problem.message
    assert faults(**film, **{"media/leak.en.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nHello"}) == []


def test_captions_in_another_language_are_a_warning() -> None:
    film = {"lesson": "![Leak](media/leak.mp4)", "media/leak.mp4": MP4, "media/leak.fr.vtt": "WEBVTT\n"}
    [problem] = faults(**film)
    assert (problem.severity, problem.message) == (
        Severity.WARNING,
        "The film 'media/leak.mp4' has no captions in 'en'. Put leak.en.vtt beside it.",
    )


def test_captions_must_be_captions() -> None:
    film = {"lesson": "![Leak](media/leak.mp4)", "media/leak.mp4": MP4, "media/leak.en.vtt": "Hello"}
    assert [(p.file, p.line) for p in faults(**film)] == [("media/leak.en.vtt", 1)]


def test_a_sound_needs_a_transcript_and_shows_it() -> None:
    sound = {"lesson": "![A call](media/call.mp3)", "media/call.mp3": b"ID3"}
    assert "has no transcript: put call.md beside it" in faults(**sound)[0].message
    found = course(**sound, **{"media/call.md": "# Call\n\nHello?"})
    assert "<summary>Transcript</summary>" in found.units[0].html
    assert "Hello?" in found.units[0].html
    assert [unit.slug for unit in found.units] == ["01-why-it-matters", "99-quiz"]


# --- Languages ---

FRENCH_INDEX = (
    "---\ntitle: Les données des clients\nobjectives:\n  report: Signaler\n  share: Partager\n---\nBonjour.\n"
)
FRENCH_LESSON = LESSON.replace("Why it matters", "Pourquoi").replace(
    "A leak starts a clock.", "Une fuite lance le compte."
)
FRENCH = {
    "index.fr.md": FRENCH_INDEX,
    "01-why-it-matters.fr.md": FRENCH_LESSON,
    "99-quiz.fr.md": QUIZ.replace("Final quiz", "Quiz final"),
}


def test_a_translation_by_file_name_is_a_course_of_its_own_language() -> None:
    found = parse_all(bundle(**FRENCH))
    assert list(found) == ["en", "fr"]
    french = found["fr"]
    assert (french.title, french.lang, french.languages) == ("Les données des clients", "fr", ("en", "fr"))
    assert french.version == "2.1.0"
    assert french.meta.mastery_score == found["en"].meta.mastery_score
    assert "Une fuite" in french.units[0].html
    assert french.assessment is not None
    assert (french.assessment.title, french.assessment.lang) == ("Quiz final", "fr")
    assert [unit.slug for unit in french.units] == [unit.slug for unit in found["en"].units]


def test_a_language_that_the_course_lacks_gives_its_own() -> None:
    assert parse(bundle(**FRENCH), lang="de").lang == "en"
    assert parse(bundle(**FRENCH), lang="fr").lang == "fr"


def test_a_lesson_that_is_not_translated_is_shown_in_the_original_and_said() -> None:
    some = {name: text for name, text in FRENCH.items() if name != "01-why-it-matters.fr.md"}
    [warning] = check(bundle(**some))
    assert (warning.severity, warning.file) == (Severity.WARNING, "01-why-it-matters.md")
    unit = parse(bundle(**some), lang="fr").units[0]
    assert (unit.lang, "A leak starts" in unit.html) == ("en", True)


def test_a_translation_with_other_question_ids_is_refused() -> None:
    changed = {**FRENCH, "99-quiz.fr.md": QUIZ.replace("{#hours}", "{#heures}")}
    [problem] = check(bundle(**changed))
    assert problem.file == "99-quiz.fr.md"
    assert (
        problem.message
        == "The translation has other questions than the original: missing hours; not in the original heures. Use the same ids."
    )


def test_a_translation_that_asks_in_another_way_is_refused() -> None:
    changed = {**FRENCH, "99-quiz.fr.md": QUIZ.replace("= 24", "- [x] 24\n- [ ] 12")}
    assert "is of kind single; in the original it is number" in check(bundle(**changed))[0].message


def test_a_translation_that_draws_other_numbers_is_refused() -> None:
    changed = {**FRENCH, "99-quiz.fr.md": QUIZ.replace("pick=2", "pick=1")}
    assert "draw other numbers of questions" in check(bundle(**changed))[0].message


def test_a_translation_with_another_version_is_refused() -> None:
    changed = {**FRENCH, "index.fr.md": FRENCH_INDEX.replace("title:", "version: 2.0.0\ntitle:")}
    [problem] = check(bundle(**changed))
    assert (problem.file, problem.line) == ("index.fr.md", 2)
    assert "it must be '2.1.0'" in problem.message


def test_a_translation_needs_a_title_of_its_own_and_the_same_objectives() -> None:
    changed = {**FRENCH, "index.fr.md": "---\nobjectives: {report: Signaler}\n---\n"}
    found = [problem.message for problem in check(bundle(**changed)) if problem.file == "index.fr.md"]
    assert "title is missing." in found
    assert "The translation has other objectives than the original: missing share. Use the same ids." in found


def test_a_translation_without_an_index_or_an_original_is_named() -> None:
    assert "There is no index.fr.md" in check(bundle(**{"99-quiz.fr.md": QUIZ}))[0].message
    orphan = {**FRENCH, "07-extra.fr.md": "Bonjour."}
    assert "This is a translation of 07-extra.md, which is not there. Add that file, or rename this one." in [
        p.message for p in check(bundle(**orphan))
    ]


def test_a_file_named_after_the_courses_own_language_is_refused() -> None:
    assert "would say it twice" in check(bundle(**{"index.en.md": INDEX}))[0].message


# --- Changes and prerequisites ---


def test_changes_say_who_must_take_the_course_again() -> None:
    found = course(
        changes="# Changes\n\n- 2.1.0 – New clock. retrain: no\n- 2.0.0: New policy (retrain: yes)\n"
    ).changes
    assert [(change.version, change.retrain, change.text) for change in found] == [
        ("2.1.0", False, "New clock"),
        ("2.0.0", True, "New policy"),
    ]


def test_a_version_without_a_line_of_change_is_a_warning() -> None:
    [problem] = faults(changes="- 1.0.0 First. retrain: yes\n")
    assert (problem.severity, problem.message) == (
        Severity.WARNING,
        "There is no line for version 2.1.0. Add: - 2.1.0: what changed. retrain: no",
    )


def test_prerequisites_must_exist_and_not_go_round_in_circles() -> None:
    def meta(*needs: str) -> CourseMeta:
        return CourseMeta(title="T", version="1.0.0", prerequisites=needs)

    assert check_prerequisites({"a": meta("b"), "b": meta()}) == []
    [missing] = check_prerequisites({"a": meta("x")})
    assert (missing.file, "no course 'x'" in missing.message) == ("a/index.md", True)
    circle = check_prerequisites({"a": meta("b"), "b": meta("c"), "c": meta("b")})
    assert [problem.file for problem in circle] == ["b/index.md", "c/index.md"]
