"""A translation must ask and teach what the original does."""

from collections.abc import Sequence

from app.courses.rules.course.file_names import Names
from app.courses.rules.course.model import Course, Unit
from app.courses.rules.front_matter import Page
from app.courses.rules.problems import Report
from app.courses.rules.quiz import Assessment


def compare_checks(original: Course, units: Sequence[Unit], names: Names, lang: str, report: Report) -> None:
    for unit in units:
        twin = original.unit(unit.slug)
        file = names.by_stem[unit.slug].get(lang)
        if twin is None or file is None:
            continue
        wanted, found = (
            {check.id: check.kind for check in twin.checks},
            {check.id: check.kind for check in unit.checks},
        )
        if set(wanted) != set(found):
            report_difference(report, file, 0, "checks", set(wanted), set(found))


def compare_quiz(original: Assessment, translated: Assessment, page: Page, report: Report) -> None:
    wanted, found = ({q.id: q for q in quiz.questions} for quiz in (original, translated))
    if set(wanted) != set(found):
        report_difference(report, page.file, 0, "questions", set(wanted), set(found))
    for identifier in wanted.keys() & found.keys():
        if wanted[identifier].kind != found[identifier].kind:
            report.error(
                page.file,
                0,
                f"The question '{identifier}' is of kind {found[identifier].kind}; in the original it is {wanted[identifier].kind}. Ask in the same way.",
            )
    if [s.pick for s in original.sections] != [s.pick for s in translated.sections]:
        report.error(
            page.file,
            0,
            "The sections draw other numbers of questions (pick) than in the original. Write the same numbers.",
        )


def report_difference(report: Report, file: str, line: int, what: str, wanted: set[str], found: set[str]) -> None:
    missing, extra = sorted(wanted - found), sorted(found - wanted)
    parts = [f"missing {', '.join(missing)}"] if missing else []
    parts += [f"not in the original {', '.join(extra)}"] if extra else []
    report.error(
        file, line, f"The translation has other {what} than the original: {'; '.join(parts)}. Use the same ids."
    )
