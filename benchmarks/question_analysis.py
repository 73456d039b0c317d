"""The analysis of questions over a million marked answers of one course version, beside a bare count of the same rows.

`python -m benchmarks.question_analysis` fills a throw-away SQLite database, measures, and prints; `measure` is for the whole run.
"""

import random
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, select, text

from app.courses.models import CourseVersion
from app.courses.rules.questions import Blanks, Matching, MultipleChoice, Number, Ordering, Question, SingleChoice
from app.courses.rules.quiz import Assessment
from app.extensions import db
from app.kernel.canonical import canonical
from app.learning.queries import analysis
from app.learning.rules.analysis import figures, flags
from app.transactions import reading
from benchmarks.rows import Row, table

ANSWERS = 1_000_000
ROUNDS = 5
NAME, BASELINE = "question analysis, 1 M answers", "bare count by question"
# Far above every attempt of the world that is measured beside it: these attempts exist in no other table.
FIRST_ATTEMPT = 1_000_000_000
_SEED = 20_260_302


def fill(app: Flask, count: int = ANSWERS) -> int:
    """So many marked answers to the version with the most questions; its id. Written past the portal, which would take hours.

    SQLite only: the attempts behind the answers do not exist, and it can be told not to look for them.
    """
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            raise ValueError("The answers are filled in on SQLite only.")
        version_id, quiz = _largest()
        with sqlite3.connect(db.engine.url.database or "") as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.executemany(
                "INSERT INTO marked_answer"
                " (attempt_id, question_id, version_id, language, points, attempt_score, chosen)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                _rows(version_id, quiz, count),
            )
            connection.execute("PRAGMA optimize")
        connection.close()
    return version_id


def _largest() -> tuple[int, Assessment]:
    quizzes = [
        (version_id, Assessment.from_json(kept))
        for version_id, kept in reading().execute(
            select(CourseVersion.id, CourseVersion.assessment).where(CourseVersion.assessment.is_not(None))
        )
    ]
    return max(quizzes, key=lambda one: sum(1 for question in one[1].graded if question.scored))


def _rows(version_id: int, quiz: Assessment, count: int) -> Iterator[tuple[Any, ...]]:
    """Attempt by attempt, by people of different ability; who knows little chooses among all answers."""
    chance = random.Random(_SEED)
    questions = [question for question in quiz.graded if question.scored]
    rights = {question.id: question.right_response() for question in questions}
    made, attempt = 0, FIRST_ATTEMPT
    while made < count:
        ability = chance.random()
        paper = []
        for question in questions:
            response = rights[question.id] if chance.random() < ability else _guess(question, chance)
            paper.append((question.id, int(question.judge(response).points * 10_000), canonical(response).decode()))
        score = sum(points for _, points, _ in paper) // len(paper)
        for question_id, points, chosen in paper:
            yield attempt, question_id, version_id, quiz.lang, points, score, chosen
        attempt += 1
        made += len(paper)


def _guess(question: Question, chance: random.Random) -> Any:
    match question:
        case SingleChoice():
            return chance.choice(question.options).id
        case MultipleChoice():
            options = [option.id for option in question.options]
            return chance.sample(options, chance.randint(1, len(options)))
        case Ordering():
            items = [item.id for item in question.items]
            return chance.sample(items, len(items))
        case Matching():
            return {left.id: chance.choice(question.rights).id for left in question.lefts}
        case Blanks():
            return {
                gap.id: chance.choice(gap.options).id if gap.options else f"word {chance.randint(1, 300)}"
                for gap in question.gaps
            }
        case Number():
            return str(chance.randint(0, 300))
        case _:
            raise ValueError(f"No answer is made up for a question of the kind {question.kind}.")


def analyse(version_id: int) -> int:
    """What the page works out; how many questions need a look."""
    session = reading()
    version = session.get_one(CourseVersion, version_id)
    found = analysis.tallies(session, version_id)
    quiz = analysis.assessment_in(session, version, version.language)
    given = analysis.choices(session, version_id, version.language, [one for one in quiz.graded if one.scored])
    asked = analysis.asked(quiz)
    return sum(1 for one in found if flags(figures(one, asked=asked), given.get(one.question_id, ())))


def _count() -> None:
    reading().execute(text("SELECT question_id, count(*) FROM marked_answer GROUP BY question_id")).all()


def measure(app: Flask, *, count: int = ANSWERS, rounds: int = ROUNDS) -> list[Row]:
    """Fill, then measure the analysis and the bare count in turns, one after the other."""
    version_id = fill(app, count)
    with app.app_context():
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "marked_answer" in statement:
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        analyse(version_id)
        event.remove(db.engine, "before_cursor_execute", note)
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(seconds_of(lambda: analyse(version_id)))
            bare.append(seconds_of(_count))
        reading().rollback()
    ratio = round(statistics.median(ours_s / bare_s for ours_s, bare_s in zip(ours, bare, strict=True)), 2)
    return [row_of(BASELINE, bare, 1), row_of(NAME, ours, len(statements), BASELINE, ratio)]


def seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def row_of(name: str, took: list[float], queries: int, baseline: str | None = None, ratio: float | None = None) -> Row:
    median = statistics.median(took)
    return Row(
        name, round(1 / median, 2), round(median * 1000, 1), round(max(took) * 1000, 1), queries, baseline, ratio
    )


def main() -> int:
    from app.settings import Settings
    from benchmarks.world import furnish_courses

    count = int(sys.argv[1]) if len(sys.argv) > 1 else ANSWERS
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        app = furnish_courses(
            Settings(mode="production", secret_key=secrets.token_urlsafe(32), data_folder=folder, database_url="")
        )
        print(table(measure(app, count=count)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
