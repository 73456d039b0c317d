"""More time: asked for by a learner or by their compliance contact, answered by a representative or by compliance."""

from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.decisions.rules import clash
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError
from app.learning.forms import ExtensionAnswerForm, ExtensionForm
from app.learning.models import Assignment
from app.learning.queries import assignments as assignment_queries
from app.learning.queries import extensions as queries
from app.learning.rules.progress import due_in_words
from app.learning.services.extensions import (
    ask_extension,
    grant_extension,
    may_decide,
    refuse_extension,
    took_part,
)
from app.learning.views.blueprint import bp
from app.learning.views.confirmations import page_after
from app.partners.models import Partner
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/assignments/<int:assignment_id>/extensions/new")
@requires(Permission.LEARNING_TAKE)
def new_extension(assignment_id: int) -> ResponseReturnValue:
    session = reading()
    found = assignment_queries.own(session, assignment_id, by=actor())
    return asking_page(session, found, ExtensionForm(formdata=None))


@bp.post("/assignments/<int:assignment_id>/extensions")
@requires(Permission.LEARNING_TAKE)
def create_extension(assignment_id: int) -> ResponseReturnValue:
    """A learner asks for more time for a course of their own."""
    form = ExtensionForm()

    def act(session: Session) -> str:
        found = assignment_queries.own(session, assignment_id, by=actor())
        ask_extension(session, found, form.until.data, form.reason.data, by=actor(), at=now())
        return url_for("learning.assignment", assignment_id=assignment_id)

    def page() -> str:
        session = reading()
        return asking_page(session, assignment_queries.own(session, assignment_id, by=actor()), form)

    return submit(form, act, otherwise=page, said="You asked for more time. You get a message with the answer.")


@bp.get("/team-assignments")
@requires(Permission.EXTENSION_ASK)
def team_assignments() -> ResponseReturnValue:
    """What the partner's people still have to take, for the compliance contact: no scores."""
    after = request.args.get("after", "")[:40]
    return render_template(
        "learning/team_assignments.html", team=queries.team(reading(), by=actor(), after=after), after=after
    )


@bp.get("/team-assignments/<int:assignment_id>/extensions/new")
@requires(Permission.EXTENSION_ASK)
def new_team_extension(assignment_id: int) -> ResponseReturnValue:
    session = reading()
    found = queries.of_team(session, assignment_id, by=actor())
    return asking_page(session, found, ExtensionForm(formdata=None), for_team=True)


@bp.post("/team-assignments/<int:assignment_id>/extensions")
@requires(Permission.EXTENSION_ASK)
def create_team_extension(assignment_id: int) -> ResponseReturnValue:
    """The compliance contact asks for more time for somebody of the partner."""
    form = ExtensionForm()

    def act(session: Session) -> str:
        found = queries.of_team(session, assignment_id, by=actor())
        ask_extension(session, found, form.until.data, form.reason.data, by=actor(), at=now())
        return url_for("learning.team_assignments")

    def page() -> str:
        session = reading()
        return asking_page(session, queries.of_team(session, assignment_id, by=actor()), form, for_team=True)

    return submit(form, act, otherwise=page, said="You asked for more time. You both get a message with the answer.")


def asking_page(session: Session, found: Assignment, form: ExtensionForm, *, for_team: bool = False) -> str:
    return render_template(
        "learning/new_extension.html",
        assignment=found,
        title=_title(session, found),
        person=session.get_one(Person, found.person_id),
        due_words=due_in_words(found.due_on, _today(session, found)),
        for_team=for_team,
        form=form,
    )


@bp.get("/extensions")
@requires(Permission.EXTENSION_DECIDE)
def extensions() -> ResponseReturnValue:
    after = page_after()
    return render_template(
        "learning/extensions.html", queue=queries.waiting(reading(), by=actor(), after=after), after=after
    )


@bp.get("/extensions/<int:extension_id>")
@requires(Permission.EXTENSION_DECIDE)
def extension(extension_id: int) -> ResponseReturnValue:
    session = reading()
    form = ExtensionAnswerForm(formdata=None)
    form.until.data = queries.load(session, extension_id, by=actor()).asked_until
    return extension_page(extension_id, form)


def extension_page(extension_id: int, form: ExtensionAnswerForm) -> str:
    session = reading()
    found = queries.load(session, extension_id, by=actor())
    assignment = session.get_one(Assignment, found.assignment_id)
    partner = session.get_one(Partner, found.partner_id)
    return render_template(
        "learning/extension.html",
        extension=found,
        assignment=assignment,
        partner=partner,
        line=assignment_queries.line(session, assignment.id, partner=partner, at=now()),
        names=accounts.names(session, [found.asked_by_id, found.decided_by_id]),
        due_words=due_in_words(assignment.due_on, _today(session, assignment)),
        kept_apart=clash(actor().person_id, took_part(found, assignment)),
        may_decide=may_decide(actor(), assignment),
        form=form,
    )


@bp.post("/extensions/<int:extension_id>/answer")
@requires(Permission.EXTENSION_DECIDE)
def answer_extension(extension_id: int) -> ResponseReturnValue:
    """Give more time, until the day asked for or another one, or leave the due date and say why."""
    form = ExtensionAnswerForm()

    def act(session: Session) -> str:
        found = queries.load(session, extension_id, by=actor())
        if form.outcome.data == "refuse":
            refuse_extension(session, found, form.reply.data or "", by=actor(), at=now())
        elif form.until.data is None:
            raise DomainError("Choose the new due date.", field="until")
        else:
            grant_extension(session, found, form.until.data, form.reply.data or "", by=actor(), at=now())
        return url_for("learning.extensions")

    said = (
        "The new due date holds. They are told by mail."
        if form.outcome.data == "grant"
        else "The due date stays. They are told by mail, with your reason."
    )
    return submit(form, act, otherwise=lambda: extension_page(extension_id, form), said=said)


def _title(session: Session, found: Assignment) -> str:
    course = session.get_one(Course, found.course_id)
    return session.get_one(CourseVersion, course.current_version_id).title


def _today(session: Session, found: Assignment) -> date:
    return day_in(session.get_one(Partner, found.partner_id).time_zone, now())
