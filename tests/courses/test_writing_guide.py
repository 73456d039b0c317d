"""What docs/writing-courses.md shows an author is accepted as it stands, and what it promises is so."""

import re
from pathlib import Path

import pytest

from app.cli.courses import courses_commands
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.preparation import problems_of
from tests.courses.samples import PNG, with_files

GUIDE = (Path(__file__).parents[2] / "docs" / "writing-courses.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```markdown\n(.*?)```", GUIDE, re.DOTALL)


def test_the_examples_together_are_a_course_that_checks_clean():
    index, lesson, quiz, changes = EXAMPLES
    quiz += "\n## Who is told first? {#first}\n\n- [x] The owner\n- [ ] The customer at once\n"
    made = with_files({
        "index.md": index, "01-why-it-matters.md": lesson, "02-sharing.md": "# Labels\n\nText.\n", "99-quiz.md": quiz,
        "media/leak.png": PNG, "CHANGES.md": changes,
    })  # fmt: skip
    assert [str(one) for one in problems_of("customer-data-basics", made)] == []


@pytest.mark.parametrize("command", re.findall(r"flask --app wsgi courses ([\w-]+)", GUIDE))
def test_every_command_that_it_names_is_there(command):
    assert command in courses_commands.commands


def test_every_setting_of_a_course_is_explained():
    settings = set(CourseMeta.model_fields) - {"title", "description", "lang", "tags"}
    assert {name for name in settings if f"`{name}`" not in GUIDE and f"`{name}:" not in GUIDE} == set()
