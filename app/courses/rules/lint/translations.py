"""A translation that has fallen behind its original: an older version, less text, or another key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.courses.rules.course import Course
from app.courses.rules.lint.written import WrittenPage
from app.courses.rules.problems import Report
from app.courses.rules.questions import MultipleChoice, Number, Question, SingleChoice
from app.courses.rules.questions.base import LISTS, Block, items_of
from app.courses.rules.versions import is_later


def translations_behind(pages: Sequence[WrittenPage], courses: Mapping[str, Course], report: Report) -> None:
    originals = {page.stem: page for page in pages if not page.lang}
    own = next(iter(courses.values()))
    for page in pages:
        original = originals.get(page.stem)
        if not page.lang and "translates" in page.page.raw:
            line = page.page.key_lines.get("translates", 1)
            report.warning(
                page.file, line, "translates: belongs into a translation; this is the original. Take it out."
            )
        if not page.lang or original is None:
            continue
        _older_version(page, own.version, report)
        if not page.is_quiz:
            _missing_text(page, original, report)
        elif page.lang in courses:
            _another_key(page, own, courses[page.lang], report)


def _older_version(page: WrittenPage, version: str, report: Report) -> None:
    """`translates: 2.0.0` in the front matter says which version a translation was made of."""
    translated = page.page.raw.get("translates")
    if isinstance(translated, str) and is_later(version, than=translated):
        report.warning(
            page.file,
            page.page.key_lines.get("translates", 1),
            f"This translates version {translated}; the course is at {version}. Translate what CHANGES.md names since, then write "
            f"translates: {version}.",
        )


@dataclass(frozen=True)
class _Passage:
    """What stands under one heading: the heading's row and words, and how much of each kind of text."""

    row: int
    heading: str
    level: str
    parts: tuple[tuple[str, int], ...]

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


def _missing_text(page: WrittenPage, original: WrittenPage, report: Report) -> None:
    """By shape alone: as many headings, and under each as many paragraphs, list items, table rows, quotes, pictures, checks."""
    wanted, found = _passages(original), _passages(page)
    if len(wanted) != len(found):
        missing = [f"'{passage.heading}'" for passage in wanted[1:]]
        report.warning(
            page.file,
            page.line(found[-1].row),
            f"{original.file} has {len(wanted) - 1} headings, this translation {len(found) - 1}. Translate what is missing, and take out "
            f"what the original no longer has. Headings there: {', '.join(missing) or 'none'}.",
        )
        return
    for there, here in zip(wanted, found, strict=True):
        if here.amount < there.amount:
            place = f"Under '{there.heading}'" if there.heading else "Before the first heading"
            report.warning(
                page.file,
                page.line(here.row),
                f"{place} {original.file} has {_listed(there)}; this translation has {_listed(here)}. Translate what is missing.",
            )


def _passages(page: WrittenPage) -> list[_Passage]:
    row, heading, level = 0, "", ""
    counts: dict[str, int] = {}
    result: list[_Passage] = []
    for block in page.blocks:
        if block.type == "heading_open":
            result.append(_Passage(row, heading, level, tuple(counts.items())))
            row, heading, level, counts = block.start, block.tokens[1].content, block.tokens[0].tag, {}
            continue
        kind, amount = _measure(block)
        if amount:
            counts[kind] = counts.get(kind, 0) + amount
    result.append(_Passage(row, heading, level, tuple(counts.items())))
    return result


def _measure(block: Block) -> tuple[str, int]:
    if block.type in LISTS:
        return "list item", len(items_of(block))
    if block.type == "table_open":
        return "table row", sum(token.type == "tr_open" for token in block.tokens)
    if block.type in {"blockquote_open", "alert_open"}:
        return "quoted paragraph", sum(token.type == "paragraph_open" for token in block.tokens)
    named = {"paragraph_open": "paragraph", "fence": "piece of code", "quiz": "check", "media": "film or sound"}
    return named.get(block.type, ""), 1 if block.type in named else 0


def _listed(passage: _Passage) -> str:
    return ", ".join(f"{amount} {kind}{'' if amount == 1 else 's'}" for kind, amount in passage.parts) or "nothing"


def _another_key(page: WrittenPage, own: Course, translated: Course, report: Report) -> None:
    for question in translated.assessment.questions if translated.assessment else ():
        original = own.assessment.question(question.id) if own.assessment else None
        fault = _difference(original, question) if original is not None else ""
        if fault:
            report.warning(page.file, _row_of(page, question.id), f"'{question.id}': {fault}")


def _difference(original: Question, translated: Question) -> str:
    if isinstance(original, SingleChoice | MultipleChoice) and isinstance(translated, SingleChoice | MultipleChoice):
        if len(original.options) != len(translated.options):
            return f"the original has {len(original.options)} answers, the translation {len(translated.options)}. Offer the same ones."
        places = [[number for number, one in enumerate(q.options, 1) if one.right] for q in (original, translated)]
        if places[0] != places[1]:
            return (
                f"in the original answer {_numbers(places[0])} is right, here {_numbers(places[1])}. Keep the answers in the original's "
                "order and mark the same ones."
            )
    if isinstance(original, Number) and isinstance(translated, Number) and original.key() != translated.key():
        return f"the original takes {original.as_written}, the translation {translated.as_written}. Ask for the same number."
    if len(original.key()) != len(translated.key()):
        return f"the original has {len(original.key())} gaps, pairs or steps, the translation {len(translated.key())}. Keep them all."
    return ""


def _numbers(places: list[int]) -> str:
    return " and ".join(str(place) for place in places)


def _row_of(page: WrittenPage, question_id: str) -> int:
    for row, line in enumerate(page.lines):
        if line.startswith("##") and f"{{#{question_id}" in line:
            return page.line(row)
    return 0
