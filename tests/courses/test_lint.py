"""What makes a course bad though it can be published, each with its line and its mend."""

import pytest

from app.courses.rules.preparation import problems_of
from app.courses.rules.problems import Severity
from tests.courses.samples import INDEX, LESSON, MP4, PNG, QUIZ, bundle


def warnings(**changes):
    """(file, line, sentence) of every warning of the sample course with these changes; errors fail the test."""
    found = problems_of("customer-data", bundle(**changes))
    assert [str(one) for one in found if one.severity is Severity.ERROR] == []
    return [(one.file, one.line, one.message) for one in found]


def errors(**changes):
    found = problems_of("customer-data", bundle(**changes))
    return [(one.file, one.line, one.message, one.text) for one in found if one.severity is Severity.ERROR]


def line_of(text, wanted):
    return next(number for number, line in enumerate(text.split("\n"), start=1) if wanted in line)


FRENCH = {
    "index.fr.md": "---\ntitle: Données\nobjectives:\n  report: Signaler\n  share: Partager\n---\nCe cours remplace l'édition 2024.\n",
    "01-why-it-matters.fr.md": LESSON.replace("Why it matters", "Pourquoi").replace("The clock\n", "L'horloge\n"),
    "99-quiz.fr.md": QUIZ.replace("Final quiz", "Questionnaire"),
}


def said_of_french(**changes):
    found = warnings(**{**FRENCH, **changes})
    return [one for one in found if ".fr." in one[0] and "not shown yet" not in one[2]]


def test_a_good_course_is_left_in_peace():
    assert warnings() == []
    assert said_of_french() == []


def question(number, right, *wrong):
    answers = "\n".join([f"- [x] {right}", *(f"- [ ] {one}" for one in wrong)])
    return f"## Question {number}? {{#q{number}}}\n\n{answers}\n\n"


HEAD = "---\ntitle: Quiz\nquiz:\n---\n"


def test_a_right_answer_that_is_the_longest_in_most_questions_is_counted():
    told = "".join(question(n, f"This is the right answer {n}", f"No {n}", f"Not {n}") for n in range(3))
    fair = question(9, "Yes", "No, never in any case", "Perhaps")
    ((file, line, said),) = warnings(quiz=HEAD + told + fair)
    assert (file, line) == ("99-quiz.md", 3)
    assert said.startswith("In 3 of 4 questions the right answer is the longest")
    assert said.endswith("q0, q1, q2.")


def test_the_longest_answer_in_half_of_the_questions_is_chance():
    told = "".join(question(n, f"This is the right answer {n}", f"No {n}", f"Not {n}") for n in range(2))
    fair = "".join(question(n, "Yes", "No, never in any case", "Perhaps") for n in (8, 9))
    assert warnings(quiz=HEAD + told + fair) == []


def test_true_and_false_have_no_longest_answer():
    assert warnings(quiz=HEAD + "".join(question(n, "False", "True") for n in range(6))) == []


@pytest.mark.parametrize(
    "answer",
    ["All of the above", "None of these.", "**Both of them**", "Toutes les réponses ci-dessus", "Alle genannten", "كل ما سبق"],
)  # fmt: skip
def test_an_answer_that_points_at_the_others_is_named(answer):
    quiz = HEAD + question(1, answer, "Only on Friday", "Only on Monday, before noon")
    ((file, line, said),) = warnings(quiz=quiz)
    assert (file, line) == ("99-quiz.md", line_of(quiz, answer))
    assert "stands for itself" in said


def test_an_answer_that_merely_mentions_all_of_the_above_is_fine():
    assert (
        warnings(quiz=HEAD + question(1, "Send all of the above files to the owner", "Send nothing at all to anyone"))
        == []
    )


@pytest.mark.parametrize("alt", ["leak.png", "leak", "Screenshot", "Image 3", "IMG_2041"])
def test_a_description_that_is_a_file_name_or_says_nothing_is_named(alt):
    lesson = LESSON + f"\n![{alt}](media/leak.png)\n"
    ((file, line, said),) = warnings(lesson=lesson, **{"media/leak.png": PNG})
    assert (file, line) == ("01-why-it-matters.md", line_of(lesson, "media/leak.png"))
    assert "Write what the picture shows." in said


def test_a_description_that_describes_is_fine():
    lesson = LESSON + "\n![A leak drips from a pipe labelled customer data](media/leak.png)\n"
    assert warnings(lesson=lesson, **{"media/leak.png": PNG}) == []


def test_a_picture_inside_a_check_is_judged_too():
    lesson = LESSON.replace("When does the clock start?", "![image](media/leak.png)\n\nWhen does the clock start?")
    ((_, line, said),) = warnings(lesson=lesson, **{"media/leak.png": PNG})
    assert line == line_of(lesson, "media/leak.png")
    assert "says nothing" in said


def test_a_film_needs_a_transcript_besides_its_captions():
    lesson = LESSON + "\n![How a leak is reported](media/leak.mp4)\n"
    files = {"media/leak.mp4": MP4, "media/leak.en.vtt": "WEBVTT\n"}
    ((file, line, said),) = warnings(lesson=lesson, **files)
    assert (file, line) == ("01-why-it-matters.md", line_of(lesson, "leak.mp4"))
    assert "Put leak.md beside it" in said
    assert warnings(lesson=lesson, **files, **{"media/leak.md": "A narrator speaks.\n"}) == []


def test_a_link_to_a_heading_that_is_not_there_names_those_that_are():
    lesson = (
        LESSON
        + "\nSee [above](#the-watch), [here](#the-clock), [there](02-more.md#more) and [nowhere](02-more.md#less).\n"
    )
    found = warnings(lesson=lesson, **{"02-more.md": "# More\n\nText.\n"})
    line = line_of(lesson, "See [above]")
    assert [(one[0], one[1]) for one in found] == [("01-why-it-matters.md", line)] * 2
    assert "#the-clock" in found[0][2]
    assert "02-more.md" in found[1][2]


def test_a_question_can_not_be_linked_to():
    ((_, _, said),) = warnings(lesson=LESSON + "\nSee [it](99-quiz.md#hours).\n")
    assert "questions can't be linked to" in said


def test_a_link_is_followed_in_the_language_of_its_reader():
    files = {
        **FRENCH,
        "01-why-it-matters.fr.md": FRENCH["01-why-it-matters.fr.md"] + "\n[Voir](#the-clock) [ici](#l-horloge)\n",
    }
    files["01-why-it-matters.md"] = LESSON + "\nMore.\n"
    found = [one for one in warnings(**files) if "heading" in one[2]]
    assert len(found) == 1
    assert found[0][0] == "01-why-it-matters.fr.md"
    assert "#l-horloge" in found[0][2]


def test_a_link_to_the_overview_or_the_changes_is_refused_for_they_are_no_pages():
    found = errors(
        lesson=LESSON + "\n[Start](index.md) and [news](CHANGES.md).\n", changes="- 2.1.0: new. retrain: no\n"
    )
    assert [one[2].split("'")[1] for one in found] == ["CHANGES.md", "index.md"]


def test_a_line_that_falls_out_of_its_list_is_named():
    lesson = LESSON + "\n1. Stop\n  - at once\n2. Tell\n"
    found = warnings(lesson=lesson)
    assert [(one[1], one[2][:34]) for one in found] == [
        (line_of(lesson, "at once"), "This line is indented by 2 and so ")
    ]
    assert warnings(lesson=LESSON + "\n1. Stop\n    - at once\n2. Tell\n") == []


def test_text_that_became_a_heading_by_the_line_under_it_is_named():
    lesson = LESSON + "\nTwo hours\n---\n\nMore.\n"
    ((_, line, said),) = warnings(lesson=lesson)
    assert line == line_of(lesson, "Two hours")
    assert "Leave an empty line before it" in said


@pytest.mark.parametrize(
    "answer", ["- [x] Yes\n- [ ] No", "- [ ] I have read it.", "= 24", "Send it to the [[owner]]."]
)
def test_a_quiz_without_its_key_is_refused_instead_of_shown_with_its_answers(answer):
    text = f"---\ntitle: Final quiz\n---\n\n# Part\n\n## Really? {{#really}}\n\n{answer}\n"
    ((file, line, said, source),) = errors(
        quiz=text, index_md=INDEX.replace("move_on: CompletedAndPassed\n", ""), lesson="Text.\n"
    )
    assert (file, line, source) == ("99-quiz.md", 7, "## Really? {#really}")
    assert "Add the line 'quiz:' to the front matter." in said


def test_a_lesson_may_have_checklists_named_headings_and_checks():
    lesson = (
        LESSON
        + "\n## To do {#todo}\n\nText.\n\n### Now\n\n- [ ] Call\n\n<quiz>\n\n## Sure? {#sure}\n\n- [x] Yes\n- [ ] No\n\n</quiz>\n"
    )
    assert errors(lesson=lesson) == []


# --- Translations ---


def test_a_translation_that_says_which_version_it_translates_is_held_to_it():
    french = FRENCH["01-why-it-matters.fr.md"].replace("title:", "translates: 2.0.0\ntitle:")
    ((file, line, said),) = said_of_french(**{"01-why-it-matters.fr.md": french})
    assert (file, line) == ("01-why-it-matters.fr.md", 2)
    assert "This translates version 2.0.0; the course is at 2.1.0." in said
    assert said_of_french(**{"01-why-it-matters.fr.md": french.replace("2.0.0", "2.1.0")}) == []


@pytest.mark.parametrize("file", ["index.fr.md", "99-quiz.fr.md"])
def test_the_overview_and_the_quiz_may_say_it_too(file):
    ((at, line, _),) = said_of_french(**{file: FRENCH[file].replace("title:", "translates: 1.0.0\ntitle:")})
    assert (at, line) == (file, 2)


def test_what_is_no_version_is_refused_and_an_original_translates_nothing():
    french = FRENCH["01-why-it-matters.fr.md"].replace("title:", "translates: yesterday\ntitle:")
    ((_, line, said, _),) = errors(**{**FRENCH, "01-why-it-matters.fr.md": french})
    assert line == 2
    assert "'yesterday' is not a version" in said
    ((_, line, said),) = warnings(lesson=LESSON.replace("title:", "translates: 2.1.0\ntitle:"))
    assert line == 2
    assert "this is the original" in said


def test_a_translation_without_a_heading_of_the_original_is_behind():
    ((file, _, said),) = said_of_french(**{"01-why-it-matters.md": LESSON + "\n## New duties\n\nText.\n"})
    assert file == "01-why-it-matters.fr.md"
    assert "has 2 headings, this translation 1" in said
    assert "'New duties'" in said


def test_a_translation_without_a_paragraph_of_the_original_is_behind_at_that_heading():
    ((file, line, said),) = said_of_french(**{"01-why-it-matters.md": LESSON + "\nA new paragraph.\n\n- one\n- two\n"})
    assert (file, line) == ("01-why-it-matters.fr.md", line_of(FRENCH["01-why-it-matters.fr.md"], "# L'horloge"))
    assert "2 list items" in said


def test_a_translation_may_say_more_than_its_original():
    assert (
        said_of_french(**{"01-why-it-matters.fr.md": FRENCH["01-why-it-matters.fr.md"] + "\nEn France aussi.\n"}) == []
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- [ ] Our public price list\n", "", "the original has 3 answers, the translation 2"),
        ("- [ ] True\n- [x] False", "- [x] True\n- [ ] False", "in the original answer 2 is right, here 1"),
        ("= 24", "= 48", "the original takes 24, the translation 48"),
        ("3. File the report\n", "", "the original has 3 gaps, pairs or steps, the translation 2"),
    ],
)
def test_a_translation_with_another_key_is_named_at_its_question(old, new, said):
    text = FRENCH["99-quiz.fr.md"]
    assert old in text
    ((file, line, found),) = said_of_french(**{"99-quiz.fr.md": text.replace(old, new)})
    assert file == "99-quiz.fr.md"
    assert line > 1
    assert said in found
