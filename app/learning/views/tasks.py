"""A learner's list, a course's first page, and going on where one left."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.courses.models import Course, CourseTranslation, CourseVersion
from app.kernel.clock import day_in, now
from app.learning import services
from app.learning.models import OPEN_STATES, Assignment, AssignmentState, RegistrationState
from app.learning.queries import assignments as assignment_queries
from app.learning.queries import content
from app.learning.queries.batches import campaign_of
from app.learning.queries.confirmations import returned_with
from app.learning.queries.extensions import of_assignment
from app.learning.queries.languages import language_to_begin
from app.learning.queries.lessons import reading_of
from app.learning.queries.prerequisites import comes_first
from app.learning.queries.records import waived_until
from app.learning.queries.retraining import to_read
from app.learning.queries.tasks import Task
from app.learning.queries.tasks import tasks as own_tasks
from app.learning.rules.progress import due_in_words
from app.learning.services.prerequisites import add_prerequisites
from app.learning.views.blueprint import bp
from app.learning.views.languages import choices
from app.partners import queries as partners
from app.partners.models import Partner
from app.transactions import reading
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, requires
from app.web.intake import wanted_languages
from app.web.submissions import submit


@bp.get("/tasks")
@requires(Permission.TASKS_READ)
def tasks() -> ResponseReturnValue:
    """Overdue, in progress, to do, done; and one thing to go on with."""
    found = own_tasks(reading(), wanted=wanted_languages(), by=actor(), at=now())
    open_ones = [task for task in found if task.is_open]
    overdue = [task for task in open_ones if task.is_overdue]
    passed = [task for task in open_ones if task.is_waiting]
    started = [task for task in open_ones if task.is_started and not task.is_overdue and not task.is_waiting]
    waiting = [task for task in open_ones if not task.is_started and not task.is_overdue]
    done = [task for task in found if task.is_done]
    return render_template(
        "learning/tasks.html",
        groups=(("Overdue", overdue), ("In progress", started), ("To do", waiting), ("Waiting for compliance", passed)),
        done=done[::-1],
        open_count=len(open_ones) - len(passed),
        passed_count=len(passed),
        overdue_count=len(overdue),
        next_task=next_of(overdue, started, waiting),
        to_read=to_read(reading(), by=actor(), at=now()),
    )


def next_of(*groups: list[Task]) -> Task | None:
    """What the one button leads to: in each group what was begun comes first; what waits for somebody else is no task."""
    for group in groups:
        able = [task for task in group if not task.is_stuck and not task.cannot_start]
        if able:
            return min(able, key=lambda task: (not task.is_started, task.due_on, task.assignment_id))
    return None


@bp.get("/assignments/<int:assignment_id>")
@requires(Permission.LEARNING_TAKE)
def assignment(assignment_id: int) -> ResponseReturnValue:
    """What a course is about, what it asks and why, before the first lesson; later, how far one is."""
    session = reading()
    found = assignment_queries.own(session, assignment_id, by=actor())
    return assignment_page(session, found)


def assignment_page(session: Session, found: Assignment, form: EffectForm | None = None) -> str:
    cycles = assignment_queries.registrations(session, found.id)
    latest = cycles[-1] if cycles else None
    version_id = latest.version_id if latest else session.get_one(Course, found.course_id).current_version_id
    version = session.get_one(CourseVersion, version_id)
    if latest is not None:
        language = latest.language
    else:
        language = language_to_begin(session, found.person_id, version, wanted_languages())
    outline = content.outline(session, (version.id, version.content_hash, language))
    partner = session.get_one(Partner, found.partner_id)
    stuck = latest is not None and latest.state is RegistrationState.FAILED
    running = latest is not None and latest.state is RegistrationState.OPEN
    at = now()
    is_open = found.state in OPEN_STATES
    waits = is_open and latest is not None and latest.state is RegistrationState.PASSED
    return render_template(
        "learning/assignment.html",
        assignment=found,
        campaign=campaign_of(session, found),
        version=version,
        about=session.get(CourseTranslation, (version.id, language)) or version,
        outline=outline,
        lesson={
            "languages": choices(outline.languages, language),
            "languages_action": url_for("learning.change_language", registration_id=latest.id)
            if latest
            else url_for("learning.choose_language", assignment_id=found.id),
            "languages_back": ("assignment", found.id),
        },
        standing=reading_of(session, latest.id, by=actor()).standing if latest else None,
        registration=latest,
        stuck=stuck,
        waits=waits,
        first=comes_first(session, found.person_id, found.course_id, at=at)
        if is_open and not (running or stuck or waits)
        else (),
        returned=returned_with(session, found.id) if is_open and len(cycles) > 1 else None,
        extensions=of_assignment(session, found.id),
        waived_until=waived_until(session, found.id) if found.state is AssignmentState.WAIVED else None,
        due_words=due_in_words(found.due_on, day_in(partner.time_zone, at)),
        representatives=partners.representatives(session, found.partner_id) if stuck else (),
        form=form or ActionForm(formdata=None),
    )


@bp.post("/assignments/<int:assignment_id>/registrations")
@requires(Permission.LEARNING_TAKE)
def start(assignment_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        found = assignment_queries.own(session, assignment_id, by=actor())
        registration = services.start(session, found, wanted=wanted_languages(), by=actor(), at=now())
        where = reading_of(session, registration.id, by=actor()).standing.resume
        return url_for("learning.unit", registration_id=registration.id, position=where.position)

    def again() -> str:
        session = reading()
        return assignment_page(session, assignment_queries.own(session, assignment_id, by=actor()), form)

    return submit(form, act, otherwise=again)


@bp.post("/assignments/<int:assignment_id>/prerequisites")
@requires(Permission.LEARNING_TAKE)
def add_first(assignment_id: int) -> ResponseReturnValue:
    """What has to be completed before this course comes onto the learner’s list."""
    form = ActionForm()

    def act(session: Session) -> str:
        found = assignment_queries.own(session, assignment_id, by=actor())
        add_prerequisites(session, found, by=actor(), at=now())
        return url_for("learning.assignment", assignment_id=assignment_id)

    def again() -> str:
        session = reading()
        return assignment_page(session, assignment_queries.own(session, assignment_id, by=actor()), form)

    return submit(form, act, otherwise=again, said="What comes first is on your list now.")


@bp.get("/registrations/<int:registration_id>")
@requires(Permission.LEARNING_TAKE)
def resume(registration_id: int) -> ResponseReturnValue:
    """On to where the learner left; a finished course opens its first page."""
    found = reading_of(reading(), registration_id, by=actor())
    if not found.is_open and found.assignment_id is not None:
        return redirect(url_for("learning.assignment", assignment_id=found.assignment_id), 303)
    position = found.standing.resume.position
    return redirect(url_for("learning.unit", registration_id=registration_id, position=position), 303)
