"""How long an author waits for `flask courses check` on a large catalogue: `python -m benchmarks.checking`."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.courses.rules.preparation import problems_of
from app.courses.rules.roots import Source
from app.settings import ROOT

COURSES = 200


@dataclass(frozen=True)
class Checked:
    """`seconds` for reading and checking `courses` folders that hold `questions` questions and `words` words."""

    courses: int
    questions: int
    words: int
    problems: int
    seconds: float


def check_many(courses: int = COURSES) -> Checked:
    """Checks copies of the courses that ship with the portal, no two of them alike, one after the other in this process."""
    shipped = sorted(path for path in (ROOT / "courses").iterdir() if (path / "index.md").is_file())
    with tempfile.TemporaryDirectory() as space:
        folders = [_copy(shipped[number % len(shipped)], Path(space), number) for number in range(courses)]
        pages = [page.read_text(encoding="utf-8") for folder in folders for page in folder.glob("*.md")]
        begun = time.perf_counter()
        problems = sum(len(problems_of(folder.name, Source(folder.name, (folder,)).read())) for folder in folders)
        seconds = time.perf_counter() - begun
    questions = sum(line.startswith("## ") and "{#" in line for page in pages for line in page.split("\n"))
    return Checked(courses, questions, sum(len(page.split()) for page in pages), problems, seconds)


def _copy(course: Path, space: Path, number: int) -> Path:
    target = space / f"{course.name}-{number}"
    shutil.copytree(course, target)
    for page in target.glob("*.md"):
        if page.name != "CHANGES.md":
            page.write_text(f"{page.read_text(encoding='utf-8').rstrip()}\n\nCopy {number}.\n", encoding="utf-8")
    return target


if __name__ == "__main__":
    found = check_many()
    print(
        f"{found.courses} courses, {found.questions:,} questions, {found.words:,} words: {found.seconds:.1f} s, "
        f"{1000 * found.seconds / found.courses:.0f} ms a course"
    )
