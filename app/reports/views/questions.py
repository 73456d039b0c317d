"""How the questions of a course version do: what to look at first, then each question. No names, no single attempts."""

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.access.policy import Permission
from app.courses import queries as courses
from app.courses.models import VersionState
from app.kernel.errors import NotFound
from app.learning.queries import analysis
from app.learning.queries.regrades import regrades_of
from app.learning.rules.analysis import Choice, Figures, figures, flags, share
from app.reports.charts import BarChart, bar_chart
from app.reports.views.blueprint import bp
from app.transactions import reading
from app.web.filters import count
from app.web.guard import actor, requires


@dataclass(frozen=True)
class Item:
    """One question on the page. `figures` is None where nobody was asked it."""

    number: int
    id: str
    title: str
    instruction: str
    figures: Figures | None
    flags: tuple[str, ...]
    choices: tuple[Choice, ...]
    chart: BarChart | None


@bp.get("/courses/<slug>/versions/<int:version_id>/question-analysis")
@requires(Permission.QUESTION_ANALYSIS_READ)
def question_analysis(slug: str, version_id: int) -> ResponseReturnValue:
    """`?language=` says which language's answers; unasked, the one with the most."""
    session = reading()
    version = courses.load_version(session, slug, version_id, by=actor())
    if version.assessment is None or version.state is not VersionState.PUBLISHED:
        raise NotFound
    tallies = analysis.tallies(session, version.id)
    answered: dict[str, int] = {}
    for tally in tallies:
        answered[tally.language] = answered.get(tally.language, 0) + tally.n
    languages = sorted(answered, key=lambda one: (-answered[one], one)) or [version.language]
    language = request.args.get("language", languages[0])
    if language not in languages:
        raise NotFound
    quiz = analysis.assessment_in(session, version, language)
    scored = [one for one in quiz.graded if one.scored]
    with_key = courses.sees_keys(actor())
    by_question = {tally.question_id: tally for tally in tallies if tally.language == language}
    given = analysis.choices(session, version.id, language, scored)
    items = []
    for number, question in enumerate(scored, start=1):
        counted = by_question.get(question.id)
        found = figures(counted, asked=analysis.asked(quiz)) if counted is not None else None
        listed = given[question.id]
        items.append(
            Item(
                number,
                question.id,
                question.title or question.id,
                question.instruction,
                found,
                flags(found, listed) if found is not None else (),
                listed,
                _chart(listed, found.n, with_key=with_key) if found is not None and listed else None,
            )
        )
    flagged = sum(1 for item in items if item.flags)
    return render_template(
        "reports/question_analysis.html",
        slug=slug,
        version=version,
        language=language,
        languages=[(one, _name(one), answered.get(one, 0)) for one in languages],
        items=items,
        flagged=flagged,
        too_few=sum(1 for item in items if item.figures is None or not item.figures.is_enough),
        chart=_overview(items, flagged),
        regrades=regrades_of(session, version.id),
        titles={question.id: question.title or question.id for question in scored},
    )


def _overview(items: list[Item], flagged: int) -> BarChart:
    need = f"{flagged} of {len(items)} questions need a look" if flagged else "no question needs a look"
    return bar_chart(
        f"Share of right answers: {need}",
        [
            (
                f"{item.number}. {item.title}",
                item.figures.share_right / 100,
                "; ".join(flag.partition(":")[0].lower() for flag in item.flags),
            )
            for item in items
            if item.figures is not None
        ],
        "%",
        full=100,
    )


def _chart(listed: tuple[Choice, ...], n: int, *, with_key: bool) -> BarChart:
    """How often each answer was given. Right and wrong are marked for those who may see the key."""
    most = max(listed, key=lambda one: one.count)
    return bar_chart(
        f"Most often given: “{most.text}”, by {share(most.count, n) / 100:g} % of {count(n, 'answer')}",
        [
            (choice.text or "(empty)", share(choice.count, n) / 100, "right" if with_key and choice.right else "")
            for choice in listed
        ],
        "%",
        full=100,
    )


def _name(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag
