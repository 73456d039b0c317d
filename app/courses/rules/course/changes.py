"""CHANGES.md: what each version changed, and whether people must take the course again."""

import re

from app.courses.rules.course.file_names import CHANGES
from app.courses.rules.course.model import Change
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.problems import Report


def read_changes(text: str | None, meta: CourseMeta, report: Report) -> tuple[Change, ...]:
    """The lines of CHANGES.md that name a version; none where there is no such file (`text` is None)."""
    if text is None:
        return ()
    changes: list[Change] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.lstrip("-*# ").strip()
        version = re.match(r"\d+\.\d+\.\d+\S*", words)
        if not version:
            continue
        retrain = re.search(r"retrain:\s*(yes|no)\b", words, re.IGNORECASE)
        if retrain is None:
            report.error(
                CHANGES,
                number,
                "Say whether people must take the course again: end the line with 'retrain: yes' or 'retrain: no'.",
            )
            continue
        rest = (words[version.end() : retrain.start()] + words[retrain.end() :]).strip(" -–—:;,.()")
        changes.append(Change(version[0].rstrip(":,;"), retrain[1].lower() == "yes", rest))
    if meta.version not in {change.version for change in changes} and meta.version != "0.0.0":
        report.warning(
            CHANGES, 0, f"There is no line for version {meta.version}. Add: - {meta.version}: what changed. retrain: no"
        )
    return tuple(changes)
