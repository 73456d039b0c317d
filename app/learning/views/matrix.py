"""Team training: people and courses in one table, filters with a name, reminders to those who still have something to do."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.access.policy import Permission
from app.kernel.clock import now
from app.learning.queries import matrix as queries
from app.learning.queries.matrix import COUNTED, MOST_COURSES, Filters, Show
from app.learning.queries.saved_views import views_of
from app.learning.services.reminding import remind, reminded_today
from app.learning.services.saved_views import LONGEST_QUERY, forget_view, save_view
from app.learning.views.blueprint import bp
from app.partners.models import RosterCategory
from app.transactions import reading
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, requires
from app.web.submissions import submit

PAGE = "team-training"
ADDRESS = "/team-training"


class SavedViewForm(EffectForm):
    name = StringField(
        "Name of this view",
        validators=[InputRequired("Give the view a name, for example “Sales, overdue”."), Length(max=80)],
    )
    query = HiddenField(validators=[Length(max=LONGEST_QUERY, message="These filters are too long to be kept.")])


@bp.get("/team-training")
@requires(Permission.TEAM_TRAINING_READ)
def team_training() -> ResponseReturnValue:
    return page_of_team(SavedViewForm(formdata=None), request.args)


def page_of_team(form: SavedViewForm, asked: Any) -> str:
    session, at = reading(), now()
    filters = filters_of(asked)
    known = queries.columns(session)
    shown = queries.chosen(known, filters.courses)
    after = asked.get("after", "")
    found = queries.matrix(
        session,
        by=actor(),
        filters=filters,
        shown=shown,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 18 else None,
        at=at,
    )
    query = as_query(filters)
    form.query.data = urlencode(query)
    return render_template(
        "learning/team_training.html",
        found=found,
        filters=filters,
        known=known,
        shows=list(Show),
        categories=list(RosterCategory),
        chips=chips(filters, known),
        query=urlencode(query),
        saved=views_of(session, PAGE, by=actor()),
        first_url=_address(query) if after else None,
        next_url=_address([*query, ("after", str(found.following))]) if found.following else None,
        counted=COUNTED,
        most_courses=MOST_COURSES,
        form=form,
        remind_form=ActionForm(formdata=None),
        reported=queries.reported(session, filters, by=actor()),
    )


def filters_of(asked: Any) -> Filters:
    """The filters in an address; what it does not know stands as unasked."""
    try:
        show = Show(asked.get("show", Show.EVERYBODY.value))
    except ValueError:
        show = Show.EVERYBODY
    return Filters(
        show=show,
        partner=asked.get("partner", "").strip()[:20],
        category=asked.get("category", "").strip()[:20],
        search=asked.get("search", "").strip()[:100],
        courses=tuple(sorted({slug.strip()[:100] for slug in asked.getlist("course")} - {""})),
    )


def as_query(filters: Filters) -> list[tuple[str, str]]:
    """The filters as pairs of an address; those that stand as unasked are left out."""
    pairs = [
        ("show", filters.show.value if filters.show is not Show.EVERYBODY else ""),
        ("partner", filters.partner),
        ("category", filters.category),
        ("search", filters.search),
        *(("course", slug) for slug in filters.courses),
    ]
    return [(name, value) for name, value in pairs if value]


def chips(filters: Filters, known: list[queries.Column]) -> list[tuple[str, str]]:
    """The filters at work: words, and the address without them."""
    titles = {column.slug: column.title for column in known}
    query = as_query(filters)
    words = {"show": filters.show.label, "category": filters.category.capitalize(), "search": f"“{filters.search}”"}
    return [
        (
            titles.get(value, value) if name == "course" else words.get(name, value),
            _address([pair for pair in query if pair != (name, value)]),
        )
        for name, value in query
    ]


def _address(query: list[tuple[str, str]]) -> str:
    return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS


@bp.post("/team-training/views")
@requires(Permission.TEAM_TRAINING_READ)
def save_team_view() -> ResponseReturnValue:
    form = SavedViewForm()
    filters = filters_of(_read(form.query.data or ""))

    def act(session: Session) -> str:
        query = as_query(filters)
        save_view(session, PAGE, form.name.data, urlencode(query), by=actor(), at=now())
        return _address(query)

    return submit(
        form, act, otherwise=lambda: page_of_team(form, _read(form.query.data or "")), said="The view is saved."
    )


@bp.post("/team-training/views/<int:view_id>/removal")
@requires(Permission.TEAM_TRAINING_READ)
def remove_team_view(view_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        forget_view(session, view_id, by=actor())
        return ADDRESS

    return submit(
        ActionForm(),
        act,
        otherwise=lambda: page_of_team(SavedViewForm(formdata=None), _read("")),
        said="The view is removed.",
    )


def _read(query: str) -> Any:
    return MultiDict(parse_qsl(query[:LONGEST_QUERY]))


@bp.post("/team-training/reminders/preview")
@requires(Permission.TRAINING_REMIND)
def preview_reminders() -> ResponseReturnValue:
    """Who would get a mail, and who not and why. Nothing is sent."""
    return page_of_reminders(ActionForm(formdata=None))


def page_of_reminders(form: EffectForm) -> str:
    session, at = reading(), now()
    query, filters, shown, person_ids = _asked_to_remind(session)
    found = queries.to_remind(session, by=actor(), filters=filters, shown=shown, person_ids=person_ids, at=at)
    before = reminded_today(session, found)
    return render_template(
        "learning/preview_reminders.html",
        fresh=[one for one in found if one.person_id not in before],
        before=[one for one in found if one.person_id in before],
        person_ids=person_ids,
        nothing_to_do=len(person_ids) - len(found) if person_ids is not None else 0,
        back=f"{ADDRESS}?{query}" if query else ADDRESS,
        query=query,
        counted=COUNTED,
        form=form,
    )


def _asked_to_remind(session: Session) -> tuple[str, Filters, tuple[queries.Column, ...], list[int] | None]:
    """The address the table had, its filters and courses, and the people ticked; None where everybody who matches was meant."""
    query = request.form.get("query", "")[:LONGEST_QUERY]
    filters = filters_of(_read(query))
    shown = queries.chosen(queries.columns(session), filters.courses)
    if request.form.get("everybody"):
        return query, filters, shown, None
    ticked = [int(one) for one in request.form.getlist("person") if one.isascii() and one.isdigit() and len(one) < 18]
    return query, filters, shown, sorted(set(ticked))


@bp.post("/team-training/reminders")
@requires(Permission.TRAINING_REMIND)
def send_reminders() -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        query, filters, shown, person_ids = _asked_to_remind(session)
        found = queries.to_remind(session, by=actor(), filters=filters, shown=shown, person_ids=person_ids, at=now())
        remind(session, found, [column.course_id for column in shown], by=actor(), at=now())
        return f"{url_for('learning.team_training')}?{query}" if query else url_for("learning.team_training")

    return submit(
        form,
        act,
        otherwise=lambda: page_of_reminders(form),
        said="The reminders are on their way. Nobody gets more than one such mail a day.",
    )
