"""Learn modules, real and made up, become courses; nothing is lost without being listed."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.courses.rules.bundle import read_files
from app.courses.rules.course import check, parse
from app.courses.rules.grading import draw, grade
from app.courses.rules.learn_module import ImportedCourse, ImportRefused, import_learn
from app.courses.rules.problems import BundleRefused, Severity
from tests.courses.samples import PNG

LEARN = Path(__file__).parents[2].parent / "shared" / "data" / "learn"
REAL = sorted(folder for folder in LEARN.iterdir() if folder.is_dir()) if LEARN.is_dir() else []
needs_learn = pytest.mark.skipif(not REAL, reason="needs the Learn modules in ../shared/data/learn, which are not here")

WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def result_words(found: ImportedCourse) -> Counter[str]:
    """Every word of the course's files and of what was listed."""
    files = [data.decode() for path, data in found.bundle.files.items() if path.endswith(".md")]
    notes = [f"{note.message} {note.text}" for note in (*found.left, *found.carried)]
    return words_of("\n".join([*files, *notes]))


def errors_of(found: ImportedCourse) -> list[str]:
    return [str(problem) for problem in check(found.bundle) if problem.severity is Severity.ERROR]


class Module:
    """A Learn module in a folder, one lesson and one quiz unless changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.units: list[dict[str, Any]] = []
        self.index: dict[str, Any] = {
            "uid": "learn.test.sample-module",
            "metadata": {"title": "Sample", "ms.date": "01/02/2024"},
            "title": "Sample module",
            "summary": "What this module is about.",
            "abstract": "After this module you can:\n- Report a leak.\n- Share data.\n",
            "prerequisites": "- None.\n",
        }
        (folder / "includes").mkdir(parents=True, exist_ok=True)

    def lesson(self, name: str, text: str | bytes, **more: Any) -> "Module":
        path = self.folder / "includes" / f"{name}.md"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.units.append(
            {
                "uid": f"learn.test.{name}",
                "title": name.title(),
                "durationInMinutes": 3,
                "content": f"[!include[](includes/{name}.md)]\n",
                **more,
            }
        )
        return self

    def quiz(self, name: str, *questions: dict[str, Any], **more: Any) -> "Module":
        self.units.append(
            {
                "uid": f"learn.test.{name}",
                "title": name.title(),
                "quiz": {"title": "Check", "questions": list(questions)},
                **more,
            }
        )
        return self

    def file(self, path: str, content: str | bytes) -> "Module":
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def save(self) -> Path:
        listed = {**self.index, "units": [unit["uid"] for unit in self.units]}
        self.file("index.yml", "### YamlMime:Module\n" + yaml.safe_dump(listed, sort_keys=False))
        for number, unit in enumerate(self.units):
            self.file(f"unit-{number}.yml", "### YamlMime:ModuleUnit\n" + yaml.safe_dump(unit, sort_keys=False))
        return self.folder

    def import_(self) -> ImportedCourse:
        return import_learn(self.save())


def question(content: str, *choices: tuple[str, bool, str], **more: Any) -> dict[str, Any]:
    return {
        "content": content,
        "choices": [{"content": c, "isCorrect": r, "explanation": e} for c, r, e in choices],
        **more,
    }


TWO = (("Yes", True, "Correct."), ("No", False, "Incorrect."))


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return Module(tmp_path / "module")


def lesson_of(module: Module, text: str | bytes) -> tuple[str, ImportedCourse]:
    """The body of the lesson that a text becomes."""
    found = module.lesson("reading", text).import_()
    assert errors_of(found) == []
    return found.bundle["01-reading.md"].decode().split("---\n", 2)[2].strip(), found


def said(found: ImportedCourse) -> list[str]:
    return [str(note) for note in found.left]


# --- The real ones ---


@needs_learn
@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_a_real_module_becomes_a_course_without_a_fault(folder: Path) -> None:
    found = import_learn(folder)
    assert check(found.bundle) == []
    assert found.slug == folder.name
    course = parse(found.bundle)
    assert len(course.lessons) in {4, 5}
    assert course.assessment is not None
    paper = draw(course.assessment, seed="s")
    right = {question.id: question.right_response() for question in course.assessment.graded}
    assert grade(course.assessment, paper, right).score == 1


@needs_learn
@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_no_word_of_a_real_module_is_lost(folder: Path) -> None:
    found = import_learn(folder)
    kept = result_words(found)
    for path, data in read_files(folder).items():
        text = data.decode("utf-8-sig")
        if path.endswith(".md"):
            assert words_of(text) <= kept, words_of(text) - kept
    shown = words_of("\n".join(data.decode() for path, data in found.bundle.files.items()))
    for path in read_files(folder):
        if path.endswith(".yml"):
            for asked in (yaml.safe_load((folder / path).read_text(encoding="utf-8")).get("quiz") or {}).get(
                "questions", []
            ):
                texts = [
                    asked["content"],
                    *(text for c in asked["choices"] for text in (c["content"], c["explanation"])),
                ]
                assert words_of("\n".join(texts)) <= shown


@needs_learn
def test_the_missing_files_of_the_real_modules_are_listed_by_file_and_line() -> None:
    missing = [
        line.split("\t") for line in (LEARN / "MISSING.txt").read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    assert len(missing) >= 14
    notes = {folder.name: import_learn(folder).left for folder in REAL}
    for path, reason in missing:
        folder, _, inside = path.partition("/")
        naming = [note for note in notes[folder] if inside.rpartition("/")[2] in note.message]
        assert naming, path
        for note in naming:
            assert note.file.rpartition("/")[2] in reason
            line = (LEARN / folder / note.file).read_text(encoding="utf-8").split("\n")[note.line - 1]
            assert inside.rpartition("/")[2] in line


@needs_learn
@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_importing_twice_gives_the_same_bytes(folder: Path) -> None:
    assert import_learn(folder) == import_learn(folder)


@needs_learn
def test_the_questions_of_a_real_module_keep_their_explanations_as_feedback() -> None:
    course = parse(import_learn(next(folder for folder in REAL if "insider" in folder.name)).bundle)
    assert course.assessment is not None
    first, second = course.assessment.graded
    assert (first.id, first.title) == ("knowledge-check-1", "What use case would apply?")
    assert first.key() == ("To identify and protect against risks like an employee sharing confidential information.",)
    assert all(option.feedback_html for option in (*first.options, *second.options))  # type: ignore[attr-defined]


@needs_learn
def test_the_source_is_attributed_as_its_licence_asks() -> None:
    index = import_learn(REAL[0]).bundle["index.md"].decode()
    assert f"https://learn.microsoft.com/training/modules/{REAL[0].name}/" in index
    assert "https://creativecommons.org/licenses/by/4.0/" in index
    assert "Changes: converted" in index


# --- Finding the units ---


def test_units_are_found_by_uid_and_stand_in_the_modules_order(module: Module) -> None:
    module.lesson("second", "Two.").lesson("first", "One.")
    module.units.reverse()
    folder = module.save()
    (folder / "unit-0.yml").rename(folder / "zzz.yml")
    found = import_learn(folder)
    assert [unit.slug for unit in parse(found.bundle).units] == ["01-first", "02-second"]


def test_a_unit_that_is_missing_or_not_listed_is_said(module: Module) -> None:
    module.lesson("one", "One.").lesson("two", "Two.").lesson("three", "Three.")
    folder = module.save()
    (folder / "unit-1.yml").unlink()
    index = (folder / "index.yml").read_text()
    (folder / "index.yml").write_text(index.replace("- learn.test.three\n", ""))
    found = import_learn(folder)
    assert [unit.slug for unit in parse(found.bundle).units] == ["01-one", "02-three"]
    assert any("The unit 'learn.test.two' is not in the folder." in note for note in said(found))
    assert any("'learn.test.three' is not in the module's list" in note for note in said(found))


def test_a_folder_without_a_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("hello")
    with pytest.raises(ImportRefused, match=r"no index\.yml"):
        import_learn(tmp_path)


def test_yaml_that_can_not_be_read_is_refused_by_file_and_line(module: Module) -> None:
    folder = module.lesson("one", "One.").save()
    (folder / "unit-0.yml").write_text("### YamlMime:ModuleUnit\nuid: a\ntitle: [\n")
    with pytest.raises(ImportRefused, match=r"^unit-0\.yml:\d+: This is not valid YAML"):
        import_learn(folder)


def test_a_module_with_a_link_out_of_its_folder_is_refused(module: Module, tmp_path: Path) -> None:
    folder = module.lesson("one", "One.").save()
    (tmp_path / "secret.md").write_text("secret")
    (folder / "includes" / "secret.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(BundleRefused):
        import_learn(folder)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_byte_order_marks_and_missing_newlines_make_no_difference(
    module: Module, ending: str, mark: bytes
) -> None:
    folder = module.lesson("one", "One.\n\nTwo.").quiz("check", question("Really?", *TWO)).save()
    plain = import_learn(folder)
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text().rstrip("\n")
            if ending == "\r\n":
                text = text.replace("\n", "\r\n")
            path.write_bytes(mark + (text + ending).encode())
    assert import_learn(folder) == plain


def test_a_module_without_questions_is_a_course_to_be_completed(module: Module) -> None:
    assert parse(module.lesson("one", "One.").import_().bundle).assessment is None


# --- What DocFX adds to Markdown ---


def test_includes_are_put_in_place_however_deep(module: Module) -> None:
    module.file("includes/parts/deep.md", "Deep words.").file(
        "includes/middle.md", "Middle.\n\n[!INCLUDE [x](parts/deep.md)]\n"
    )
    body, _ = lesson_of(module, "Top.\n\n[!include[](middle.md)]\n\nEnd.")
    assert body == "Top.\n\nMiddle.\n\nDeep words.\n\nEnd."


def test_an_include_in_a_list_or_a_sentence_stays_there(module: Module) -> None:
    module.file("includes/step.md", "Do this.\n\n```\ncode\n```\n").file("includes/name.md", "the portal\n")
    body, _ = lesson_of(module, "1. One\n\n   [!include[](step.md)]\n\n2. Open [!include[](name.md)] now.")
    assert body == "1. One\n\n   Do this.\n\n   ```\n   code\n   ```\n\n2. Open the portal now."


def test_an_include_that_includes_itself_ends(module: Module) -> None:
    module.file("includes/loop.md", "Round.\n\n[!include[](loop.md)]\n")
    body, found = lesson_of(module, "[!include[](loop.md)]")
    assert body == "Round."
    assert any("includes itself" in note for note in said(found))


def test_an_include_that_is_missing_is_listed_and_its_label_kept(module: Module) -> None:
    body, found = lesson_of(module, "One.\n\n[!include[The label](nowhere.md)]\n")
    assert body == "One.\n\nThe label"
    assert said(found) == ["includes/reading.md:3: The included file 'nowhere.md' is not there."]


def test_an_include_in_code_is_text(module: Module) -> None:
    body, _ = lesson_of(module, "```\n[!include[](nowhere.md)]\n```\n\nWrite `[!include[](x.md)]`.")
    assert body == "```\n[!include[](nowhere.md)]\n```\n\nWrite `[!include[](x.md)]`."


def test_a_picture_that_is_there_comes_along(module: Module) -> None:
    module.file("media/map.png", PNG).file("media/Big.png", PNG)
    body, found = lesson_of(
        module,
        ':::image type="content" source="../media/MAP.png" lightbox="../media/big.png" alt-text="A *map*.":::\n\n![Small](../media/map.png)',
    )
    assert body == "[![A \\*map\\*.](media/map.png)](media/Big.png)\n\n![Small](media/map.png)"
    assert found.bundle["media/map.png"] == PNG
    assert found.left == []


def test_a_picture_that_is_missing_leaves_its_description_and_a_note(module: Module) -> None:
    body, found = lesson_of(
        module,
        'See\n\n:::image type="content" source="../media/x.png" alt-text="A chart: 10 % *up*.":::\n\n![y](../y.png)',
    )
    assert body == "See\n\n*Figure: A chart: 10 % \\*up\\*.*\n\n*Figure: y*"
    assert said(found) == [
        "includes/reading.md:3: The picture '../media/x.png' is not there.",
        "includes/reading.md:5: The picture '../y.png' is not there.",
    ]


def test_a_complex_picture_keeps_its_long_description(module: Module) -> None:
    body, _ = lesson_of(
        module,
        ':::image type="complex" source="x.png" alt-text="Short.":::\nThe long description.\n:::image-end:::\n\nAfter.',
    )
    assert "*Figure: Short.*" in body
    assert "The long description." in body
    assert "image-end" not in body


def test_a_picture_over_several_lines_is_one_picture(module: Module) -> None:
    body, _ = lesson_of(module, ':::image type="content"\n    source="x.png"\n    alt-text="One picture.":::\n\nAfter.')
    assert body == "*Figure: One picture.*\n\nAfter."


def test_a_file_that_is_no_picture_is_left(module: Module) -> None:
    module.file("media/lie.png", b"MZ").file("media/a.svg", b"<svg onload='x'/>")
    body, found = lesson_of(module, "![Lie](../media/lie.png) ![Drawing](../media/a.svg)")
    assert body == "*Figure: Lie* *Figure: Drawing*"
    assert len(found.left) == 2


def test_a_picture_without_a_description_is_named_after_its_file(module: Module) -> None:
    module.file("media/how-it-works.png", PNG)
    body, found = lesson_of(module, "![](../media/how-it-works.png)")
    assert body == "![how it works](media/how-it-works.png)"
    assert "has no description" in said(found)[0]


def test_a_picture_of_another_site_becomes_a_link(module: Module) -> None:
    body, _ = lesson_of(module, "![Logo](https://x.example/logo.png)")
    assert body == "[Logo](https://x.example/logo.png)"


def test_a_video_becomes_a_link_and_is_listed(module: Module) -> None:
    body, found = lesson_of(module, "> [!VIDEO https://www.example.com/embed/1?a=b]\n\nAfter.")
    assert body == "[Video: https\\://www\\.example.com/embed/1?a=b](https://www.example.com/embed/1?a=b)\n\nAfter."
    assert "The video became a link" in said(found)[0]


def test_alerts_are_kept(module: Module) -> None:
    body, found = lesson_of(module, "> [!NOTE]\n> One.\n\n> [!WARNING] Two.\n\n- > [!TIP]\n  > Three.")
    assert body == "> [!NOTE]\n> One.\n\n> [!WARNING]\n> Two.\n\n- > [!TIP]\n  > Three."
    assert found.left == []


def test_zones_become_headings(module: Module) -> None:
    body, found = lesson_of(module, '::: zone pivot="azure-portal"\n\nIn the portal.\n\n::: zone-end\n\nAfter.')
    assert "### azure portal" in body
    assert "In the portal." in body
    assert "zone-end" not in body
    assert [note for note in said(found) if "readers can't choose" in note]


def test_links_into_the_site_are_made_whole(module: Module) -> None:
    body, _ = lesson_of(
        module, "[A](/docs/a?view=b#c) [B](https://x.example) [C][ref] <https://y.example>\n\n[ref]: /docs/r"
    )
    assert body.startswith(
        "[A](https://learn.microsoft.com/docs/a?view=b#c) [B](https://x.example) [C](https://learn.microsoft.com/docs/r) <https://y.example>"
    )


def test_links_within_the_module_lead_to_its_lessons(module: Module) -> None:
    module.lesson("other", "Other.")
    found = module.lesson("reading", "[next](other.md) and [unit](../unit-0.yml#top)").import_()
    text = found.bundle["02-reading.md"].decode()
    assert "[next](01-other.md) and [unit](01-other.md#top)" in text
    assert errors_of(found) == []


@pytest.mark.parametrize(
    "target",
    [
        "../../other/1-unit.md",
        "xref:System.String",
        "~/docs/x.md",
        "ftp://x.example/f",
        "//x.example/y",
        "javascript:alert(1)",
    ],
)
def test_links_that_can_not_be_followed_keep_their_words(module: Module, target: str) -> None:
    body, found = lesson_of(module, f"See [the *other* page]({target}) now.")
    assert body == "See the *other* page now."
    assert target in said(found)[0]


def test_unknown_blocks_keep_their_text_and_are_listed(module: Module) -> None:
    body, found = lesson_of(
        module,
        ':::row:::\n:::column span="2":::\nLeft.\n:::column-end:::\n:::row-end:::\n\n> [!div class="checklist"]\n> * One\n',
    )
    assert "Left." in body
    assert "> * One" in body
    assert ":::" not in body
    assert len([note for note in said(found) if "no counterpart" in note]) == 3


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("A <b>bold</b> word.", "A bold word."),
        ("One<br>two", "One two"),
        ("A <a href='/docs/x'>link</a>.", "A [link](https://learn.microsoft.com/docs/x)."),
        ("Put it in <your-folder>.", "Put it in \\<your-folder\\>."),
        ("<details>\n<summary>More</summary>\nHidden words.\n</details>", "More\n\nHidden words."),
        ("<table><tr><td>One</td><td>Two</td></tr></table>", "One – Two"),
        ("<p>Text &amp; more</p>", "Text \\& more"),
        ("<script>alert('x')</script>", ""),
        ("Before <!-- a comment --> after.", "Before  after."),
        ("- item\n\n  <div>inside</div>", "- item\n\n  inside"),
    ],
)
def test_raw_html_becomes_text_and_is_listed(module: Module, html: str, kept: str) -> None:
    body, found = lesson_of(module, f"First.\n\n{html}")
    assert body == f"First.\n\n{kept}".strip()
    assert found.left or "your-folder" in html or "href" in html
    assert words_of(html) <= result_words(found)


def test_code_is_left_exactly_as_it_is(module: Module) -> None:
    code = '```html\n<div>:::image source="x.png":::</div>\n[a](/b) > [!VIDEO x]\n```'
    body, found = lesson_of(module, code)
    assert body == code
    assert found.left == []


def test_front_matter_of_includes_is_not_shown(module: Module) -> None:
    body, _ = lesson_of(module, "---\nms.date: 2024\n---\nText.")
    assert body == "Text."


def test_a_text_that_is_not_utf_8_is_read_all_the_same(module: Module) -> None:
    body, _ = lesson_of(module, "Café – déjà".encode("cp1252"))
    assert body == "Café – déjà"


# --- Questions ---


def quiz_of(module: Module, *questions: dict[str, Any]) -> tuple[list[Any], ImportedCourse]:
    found = module.quiz("check", *questions).lesson("one", "One.").import_()
    assert errors_of(found) == []
    assessment = parse(found.bundle).assessment
    return list(assessment.questions) if assessment else [], found


def test_a_question_keeps_choices_and_explanations(module: Module) -> None:
    [one], _ = quiz_of(module, question("Really?", *TWO))
    assert (one.id, one.title, one.kind, one.key()) == ("check-1", "Really?", "single", ("Yes",))
    assert [option.feedback_html for option in one.options] == ["<p>Correct.</p>", "<p>Incorrect.</p>"]


def test_several_right_choices_are_a_choice_of_many(module: Module) -> None:
    [one], _ = quiz_of(module, question("Which?", ("A", True, ""), ("B", True, ""), ("C", False, "")))
    assert (one.kind, one.key()) == ("multiple", ("A", "B"))


def test_a_long_question_sets_the_scene_before_it_asks(module: Module) -> None:
    scene = (
        "A partner in another country has asked you to send the file of a customer by mail before the end of the day."
    )
    [one], _ = quiz_of(module, question(f"{scene} What should you do first?", *TWO))
    assert one.title == "What should you do first?"
    assert scene in one.prompt_html


@pytest.mark.parametrize(
    "content",
    [
        "= 3",
        "Fill in [[this]] gap",
        "# A heading?",
        "Is it {#this}",
        "Use `a -> b`?\n\n- a -> b\n- c -> d",
        "1. one\n2. two",
        "- [x] done\n- [ ] open",
        "A <b>bold</b> question?",
        "What\n=\nis it?",
        "What\n---\nis it?",
        "[[?]] hint?",
        "![Chart](../media/none.png)",
        "<script>alert(1)</script> why?",
        "[link](javascript:alert(1))?",
        "```\ncode\n```\nWhat does it do?",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\nWhich?",
        "> quoted\n\nWho said it?",
        "",
        "{pick=2}",
        "C:\\path\\{name}",
    ],
)
def test_a_question_of_any_shape_is_carried(module: Module, content: str) -> None:
    questions, found = quiz_of(module, question(content, *TWO), question("Other?", *TWO))
    assert [one.kind for one in questions] == ["single", "single"]
    assert [one.key() for one in questions] == [("Yes",), ("Yes",)]
    assert words_of(content) <= result_words(found)


@pytest.mark.parametrize(
    "choice",
    [
        "= 3",
        "[[x]]",
        "[x] y",
        "- a\n- b",
        "# h",
        "> q",
        "<b>x</b>",
        "a -> b",
        "```\ncode\n```",
        "one\n\ntwo",
        "![p](x.png)",
        "1. x",
        "---",
        "{#id}",
        "*x*",
        "[a]: /b",
        "<!-- c -->x",
        "a\n    > b",
    ],
)
def test_a_choice_of_any_shape_is_carried(module: Module, choice: str) -> None:
    [one], found = quiz_of(module, question("Really?", (choice, True, choice), ("No", False, choice)))
    assert one.kind == "single"
    assert len(one.options) == 2
    assert [option.right for option in one.options] == [True, False]
    assert words_of(choice) <= result_words(found)


@pytest.mark.parametrize(
    "choices", [(), (("Yes", True, "e"),), (("A", False, ""), ("B", False, "")), (("A", True, ""), ("A", False, ""))]
)
def test_a_question_that_can_not_be_graded_becomes_an_open_one(
    module: Module, choices: tuple[tuple[str, bool, str], ...]
) -> None:
    questions, found = quiz_of(module, question("Why?", *choices), question("Really?", *TWO))
    assert [one.kind for one in questions] == ["open", "single"]
    assert any("it became an open question" in note for note in said(found))


def test_questions_of_which_none_can_be_graded_become_a_lesson(module: Module) -> None:
    questions, found = quiz_of(module, question("Why?", ("A", False, "x")))
    assert questions == []
    assert "Why?" in found.bundle["98-questions.md"].decode()


def test_several_quizzes_become_one_with_a_section_each(module: Module) -> None:
    module.quiz("first", question("One?", *TWO)).lesson("mid", "Text.").quiz("last", question("Two?", *TWO))
    assessment = parse(module.import_().bundle).assessment
    assert assessment is not None
    assert [(section.title, [q.id for q in section.questions]) for section in assessment.sections] == [
        ("First", ["first-1"]),
        ("Last", ["last-1"]),
    ]


def test_a_long_text_beside_questions_is_a_lesson_of_its_own(module: Module) -> None:
    module.quiz("both", question("Really?", *TWO), content="Word " * 100)
    found = module.import_()
    assert [unit.slug for unit in parse(found.bundle).units] == ["01-both", "99-quiz"]


# --- Nothing is lost ---

PIECES = [
    "Plain {w}.",
    "# Heading {w}",
    "## Heading {w} {{#id}}",
    "Under {w}\n===",
    "- item {w}\n- other",
    "1. step {w}\n\n   more {w}",
    "> quoted {w}",
    "> [!NOTE]\n> note {w}",
    "> [!div class=\"x\"]\n> text {w}",
    "> [!VIDEO https://x.example/{w}]",
    "[!INCLUDE [label{w}](gone{w}.md)]",
    "[!include[](part.md)]",
    "Before [!include[](part.md)] after {w}",
    ":::image type=\"content\" source=\"../media/{w}.png\" alt-text=\"alt {w}\":::",
    ":::image type=\"content\" source=\"../media/there.png\" alt-text=\"alt {w}\" lightbox=\"../media/there.png\":::",
    ":::zone pivot=\"{w}\"\n\nzoned {w}\n\n:::zone-end",
    ":::row:::\nrow {w}\n:::row-end:::",
    "::: moniker range=\">= {w}\"\nmoniker {w}\n::: moniker-end",
    ":::code language=\"json\" source=\"{w}.json\":::",
    ":::unknown {w}\ninside {w}\n:::",
    "A:::b {w} ::: c",
    "![alt {w}](../media/{w}.png \"title {w}\")",
    "[![alt {w}](x.png)](/docs/{w})",
    "[text {w}](/docs/{w})",
    "[text {w}](../{w}.md)",
    "[text {w}][{w}]\n\n[{w}]: /docs/{w} \"title {w}\"",
    "<https://x.example/{w}> and www.x.example/{w} and a@{w}.example",
    "<xref:{w}>",
    "<b>bold {w}</b> and <br/> <span class=\"{w}\">span</span>",
    "<div>\nblock {w}\n</div>",
    "<table><tr><td>{w}</td><td><a href=\"/x/{w}\">y</a></td></tr></table>",
    "<script>var {w} = 1;</script>",
    "<!-- comment {w} -->",
    "<placeholder-{w}> text",
    "```\n<b>{w}</b> [!include[](x.md)]\n```",
    "    indented {w}",
    "`code {w} <b>`",
    "| a {w} | b |\n|:--|--:|\n| [c](/d/{w}) | <b>e {w}</b> \\| f |",
    "note[^{w}]\n\n[^{w}]: foot {w}",
    "[^lost{w}]: nobody refers {w}",
    "***\n{w}",
    "# [Tab {w}](#tab/{w})",
    "<quiz>\n\n- [x] {w}\n\n</quiz>",
    "- [x] task {w}",
    "a < b > c & d {w} \\* &amp; &lt;{w}&gt;",
    "Line {w}  \nbreak\\\nagain",
    "{{#{w}}}",
    "$$ {w} $$ ~~{w}~~",
    "[unclosed {w}](",
    "<unclosed {w}",
    "\t{w} tab",
    "\u00a0{w}\u2028x",
]  # fmt: skip


@st.composite
def texts(draw_: Any) -> str:
    pieces = draw_(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))
    joins = draw_(
        st.lists(
            st.sampled_from(["\n\n", "\n\n", "\n\n", "\n", "\n> ", "\n\n  ", "\n\n- "]),
            min_size=len(pieces),
            max_size=len(pieces),
        )
    )
    made = ""
    for number, (piece, join) in enumerate(zip(pieces, joins, strict=True)):
        made += piece.format(w=f"word{number}{draw_(st.sampled_from('abc'))}") + join
    return made


@settings(max_examples=100)
@given(text=texts(), asked=texts(), answer=texts())
def test_any_module_is_taken_and_no_word_of_it_is_lost(
    text: str, asked: str, answer: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    module = Module(tmp_path_factory.mktemp("learn"))
    module.file("includes/part.md", "Included paragraph.\n\nSecond paragraph.\n").file("media/there.png", PNG)
    module.lesson("reading", text)
    module.quiz("check", question(asked, (answer, True, answer), ("No", False, "")), question("Really?", *TWO))
    found = module.import_()
    assert errors_of(found) == []
    kept = result_words(found)
    assert words_of(text) + words_of(asked) + words_of(answer) <= kept
    assessment = parse(found.bundle).assessment
    assert assessment is not None
    assert [one.id for one in assessment.questions] == ["check-1", "check-2"]
