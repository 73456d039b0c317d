"""Learn modules as odd as people make them: each becomes a course that checks clean, and no word of it goes unsaid."""

import re
from collections import Counter
from pathlib import Path

import pytest

from app.courses.rules.bundle import is_text
from app.courses.rules.course import parse
from app.courses.rules.learn_module import ImportRefused, import_learn
from app.courses.rules.preparation import problems_of
from tests.courses.samples import PNG
from tests.courses.test_learn_module import LEARN, REAL, needs_learn

WORD = re.compile(r"[^\W_]+")
INDEX = """### YamlMime:Module
uid: vendor.sample
title: Sample module
summary: What it is about.
units:
- vendor.sample.reading
"""
UNIT = """### YamlMime:ModuleUnit
uid: vendor.sample.reading
title: Reading
durationInMinutes: 3
content: |
  [!include[](includes/1-reading.md)]
"""

ODD: dict[str, dict[str, str | bytes]] = {
    "no marks, and units named by anything but their uid": {
        "index.yml": INDEX.replace("### YamlMime:Module\n", "").replace("- vendor.sample.reading", "- vendor.sample.zebra\n- vendor.sample.aardvark"),
        "aaa.yml": "# written by hand\nuid: vendor.sample.aardvark\ntitle: Second\ncontent: Said second.\n",
        "zzz.yml": "uid: vendor.sample.zebra\ntitle: First\ncontent: Said first.\n",
    },
    "marks in other letters, after a comment, with spaces": {
        "index.yml": "# Our module\n" + INDEX.replace("YamlMime:Module", "yamlmime: module"),
        "u.yml": "\n#YAMLMIME:MODULEUNIT\n" + UNIT.split("\n", 1)[1].replace("[!include[](includes/1-reading.md)]", "Inline words."),
    },
    "tabs where YAML wants spaces, and in the text where they may stay": {
        "index.yml": INDEX.replace("- vendor.sample.reading", "\t- vendor.sample.reading"),
        "u.yml": UNIT.replace("  [!include[](includes/1-reading.md)]", "\tTabbed text.\n\t\n\tcolumn\tanother"),
    },
    "two documents in a file, and a key given twice": {
        "index.yml": INDEX + "title: Another title\n---\nforgotten: words of a second document\n",
        "u.yml": UNIT + "title: Reading again\n...\n---\n- more forgotten words\n",
        "includes/1-reading.md": "The text.\n",
    },
    "byte order marks, carriage returns, quoted and capital uids": {
        "index.yml": ("\ufeff" + INDEX.replace("- vendor.sample.reading", '- "Vendor.Sample.READING"')).replace("\n", "\r\n"),
        "u.yml": ("\ufeff" + UNIT.replace("uid: vendor.sample.reading", "uid: 'vendor.sample.reading'")).replace("\n", "\r\n"),
        "includes/1-reading.md": "\ufeffThe text.\r\n\r\nAnother line.\r\n",
    },
    "units as maps, one listed that is not there, one there that is not listed, two of one name": {
        "index.yml": INDEX.replace("- vendor.sample.reading", "- uid: vendor.sample.reading\n  weight: heavy\n- vendor.sample.gone"),
        "u.yml": UNIT,
        "v.yml": UNIT.replace("Reading", "Twin").replace("1-reading", "2-twin"),
        "w.yml": UNIT.replace("sample.reading", "sample.hidden").replace("Reading", "Hidden").replace("1-reading", "3-hidden"),
        "includes/1-reading.md": "The text.\n",
        "includes/2-twin.md": "Twin text.\n",
        "includes/3-hidden.md": "Hidden text.\n",
    },
    "files that no unit takes in": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "achievements.yml": "### YamlMime:Achievements\nachievements:\n- uid: vendor.badge\n  title: Badge words\n",
        "includes/1-reading.md": "The text.\n",
        "includes/9-orphan.md": "Nobody includes these sentences.\n",
        "README.md": "Authors read this.\n",
    },
    "includes within includes, in lists, quotes and tables, one of them round in a circle": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "includes/1-reading.md": "Start.\n\n- item [!include[one](deep/a.md)]\n\n> [!include[two](deep/b.md)]\n\n| a |\n|---|\n| [!include[three](deep/b.md)] |\n",
        "includes/deep/a.md": "---\nauthor: someone\n---\nAlpha.\n\n[!INCLUDE [nested](../shared/c.md)]\n",
        "includes/deep/b.md": "Beta\n",
        "includes/shared/c.md": "Gamma.\n\n[!include[loop](../deep/a.md)]\n",
    },
    "zones within zones, monikers, tabs, rows, and ends without a beginning": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "includes/1-reading.md": "::: zone pivot=\"windows\"\n\nOn Windows.\n\n:::zone pivot=\"powershell\"\nIn the shell.\n:::zone-end\n\n::: zone-end\n\n"
        "::: moniker range=\">=2.0\"\nNewer.\n::: moniker-end\n\n# [Portal](#tab/portal)\n\nClick.\n\n# [Shell](#tab/shell)\n\nType.\n\n---\n\n"
        ":::row:::\n:::column span=\"2\":::\nLeft.\n:::column-end:::\n:::column:::\nRight.\n:::column-end:::\n:::row-end:::\n\n:::zone-end\n",
    },
    "every kind of alert, in lists too, with words on the mark's line": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "includes/1-reading.md": "\n\n".join(f"> [!{kind}]\n> {kind} words" for kind in ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"))
        + "\n\n1. Step\n    > [!NOTE] On the same line\n    > and the next\n2. Step two\n\n> [!SUCCESS]\n> An unknown kind\n\n> [!div class=\"nextstepaction\"]\n> [Go on](x.md)\n",
    },
    "films in every spelling": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "includes/1-reading.md": "> [!VIDEO https://www.example.com/embed/one]\n\n[!video https://www.example.com/embed/two?rel=0&x=[y]]\n\n"
        ":::video source=\"https://www.example.com/three\" title=\"Third film\" max-width=\"400\":::\n\n"
        "<iframe src=\"https://www.example.com/four\" title=\"Fourth\"></iframe>\n\n<video controls><source src=\"five.mp4\">No film here.</video>\n",
    },
    "tables of HTML and with HTML in their cells": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "includes/1-reading.md": "| Key | Value |\n|---|---|\n| a<br>b | <ul><li>one</li><li>two</li></ul> |\n| c \\| d | [x](/y) <b>z</b> `a|b` |\n\n"
        "<table>\n<tr><th>Head</th></tr>\n<tr><td>Cell<p>para</p></td><td><img src=\"m.png\" alt=\"inner picture\"></td></tr>\n</table>\n",
    },
    "pictures: there, missing, indented in steps, linked, larger ones, without words": {
        "index.yml": INDEX,
        "u.yml": UNIT,
        "media/there.png": PNG,
        "media/broken.png": b"not a picture",
        "includes/1-reading.md": "1. Open it.\n\n    :::image type=\"content\" source=\"../media/gone.png\" alt-text=\"The window that opens\" border=\"false\":::\n\n"
        "   ![Indented by three](../media/there.png)\n\n2. Close it.\n\n[![A linked picture of the console](../media/there.png)](../media/large.png#lightbox)\n\n"
        ":::image type=\"complex\" source=\"../media/gone2.png\" alt-text=\"A chart\":::\n   The long description of the chart.\n:::image-end:::\n\n"
        "![](../media/gone3.png)\n\n![Damaged drawing](../media/broken.png)\n\n:::image source=\"../media/gone4.png\":::\n",
    },
    "questions with code, pictures, brackets, numbers and nothing right": {
        "index.yml": INDEX + "- vendor.sample.check\n",
        "u.yml": UNIT,
        "includes/1-reading.md": "The text.\n",
        "q.yml": "### YamlMime:ModuleUnit\nuid: vendor.sample.check\ntitle: Check\nquiz:\n  title: Your turn\n  questions:\n"
        "  - content: 'What does `a[[0]]` give? ![A picture](../media/none.png)'\n    choices:\n    - content: '= 3'\n      isCorrect: yes\n      explanation: '> quoted'\n"
        "    - content: '- [x] a list'\n      isCorrect: false\n  - content: |\n      # A heading asks\n\n      > [!NOTE]\n      > with a note\n    choices:\n    - content: 1. numbered\n      isCorrect: 'True'\n"
        "    - content: \"two\\n\\nparagraphs\"\n      isCorrect: 'False'\n  - content: Nothing is right here\n    choices:\n    - content: no\n      isCorrect: false\n    - content: neither\n      isCorrect: false\n",
    },
}  # fmt: skip


def words_in(files: dict[str, str | bytes]) -> Counter[str]:
    """Every word of the module that somebody wrote for readers: Markdown, and the values of the YAML files."""
    text = []
    for path, content in files.items():
        if isinstance(content, bytes):
            continue
        content = content.removeprefix("\ufeff").replace("\\n", " ")
        if path.endswith(".md"):
            text.append(content)
        else:
            text += [
                re.sub(r"^\s*(- )?[\w.]+:(?=\s|$)", " ", line)
                for line in content.split("\n")
                if not line.lstrip().startswith("#")
            ]
    return Counter(WORD.findall("\n".join(text)))


def words_out(found) -> Counter[str]:
    """Every word of the course, and of the lists of what came over otherwise and what did not."""
    notes = [f"{note.message} {note.text}" for note in (*found.left, *found.carried)]
    pages = [data.decode() for path, data in found.bundle.files.items() if is_text(path)]
    return Counter(WORD.findall("\n".join([*pages, *notes])))


def made_of(files: dict[str, str | bytes], folder: Path):
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_learn(folder)


@pytest.fixture(params=ODD, ids=list(ODD))
def odd(request, tmp_path):
    return ODD[request.param], made_of(ODD[request.param], tmp_path)


def test_it_becomes_a_course_that_checks_clean(odd):
    _files, found = odd
    assert [str(one) for one in problems_of(found.slug, found.bundle)] == []


def test_no_word_of_it_is_lost_without_being_listed(odd):
    files, found = odd
    # A uid, a boolean and a number of minutes are for machines; where they went is tested by name below.
    machine = Counter(
        WORD.findall(" ".join(re.findall(r"(?:uid:|- ) *[\"']?((?:[Vv]endor|units)[\w.]+)", str(files))))
    ) | Counter(dict.fromkeys(("true", "True", "false", "False", "yes", "3"), 99))
    lost = words_in(files) - words_out(found) - machine
    assert lost == Counter()


def test_every_note_names_a_file_and_a_line_that_are_there(odd):
    files, found = odd
    for note in (*found.left, *found.carried):
        assert note.file in files, note
        content = files[note.file]
        lines = (content.decode(errors="replace") if isinstance(content, bytes) else content).split("\n")
        assert 1 <= note.line <= len(lines), note


def left_of(name: str, folder: Path) -> list[str]:
    return [str(note) for note in made_of(ODD[name], folder).left]


def titles(name: str, folder: Path) -> list[str]:
    return [unit.title for unit in parse(made_of(ODD[name], folder).bundle).lessons]


def test_units_stand_in_the_modules_order_whatever_their_files_are_called(tmp_path):
    assert titles("no marks, and units named by anything but their uid", tmp_path) == ["First", "Second"]


def test_a_unit_that_is_missing_hidden_or_a_twin_is_said_and_none_is_dropped(tmp_path):
    name = next(one for one in ODD if one.startswith("units as maps"))
    assert titles(name, tmp_path) == ["Reading", "Twin", "Hidden"]
    said = left_of(name, tmp_path)
    assert any("index.yml:8: The unit 'vendor.sample.gone' is not in the folder." in one for one in said)
    assert any("v.yml:2: The uid 'vendor.sample.reading' is also that of u.yml" in one for one in said)


def test_what_nobody_includes_is_listed_with_its_text(tmp_path):
    found = made_of(ODD["files that no unit takes in"], tmp_path)
    unread = {note.file: note.text for note in found.left}
    assert set(unread) == {"achievements.yml", "includes/9-orphan.md", "README.md"}
    assert unread["includes/9-orphan.md"] == "Nobody includes these sentences."


def test_a_missing_picture_becomes_its_description_where_it_stood(tmp_path):
    found = made_of(ODD["pictures: there, missing, indented in steps, linked, larger ones, without words"], tmp_path)
    lesson = next(data.decode() for path, data in found.bundle.files.items() if path.startswith("01-"))
    assert re.search(r"1\. Open it\.\n\n +\*Figure: The window that opens\*", lesson)
    assert "The long description of the chart." in lesson
    assert [path for path in found.bundle if path.startswith("media/")] == ["media/there.png"]


def test_yaml_that_unfolds_into_thousands_is_refused_instead_of_waited_for(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ImportRefused, match="unfolds into more than"):
        made_of({"index.yml": INDEX + "\n".join(lines) + "\n", "u.yml": UNIT}, tmp_path)


def test_the_counts_say_what_a_reader_will_find(tmp_path):
    name = "questions with code, pictures, brackets, numbers and nothing right"
    counts = made_of(ODD[name], tmp_path).counts
    assert (counts.lessons, counts.questions, counts.pictures) == (1, 3, 0)
    assert counts.words > 40


@needs_learn
@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_the_real_modules_check_clean_down_to_the_last_warning(folder):
    assert LEARN.is_dir()
    found = import_learn(folder)
    assert [str(one) for one in problems_of(found.slug, found.bundle)] == []
