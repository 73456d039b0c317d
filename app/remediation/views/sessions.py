"""Engagement sessions: planning one, its minutes, the partner's confirmation, a calendar file."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.kernel.clock import now
from app.remediation import queries, services
from app.remediation.forms import ConfirmationForm, MinutesForm, ReasonForm, SessionForm
from app.remediation.models import SessionState
from app.remediation.rules.calendar_file import calendar_file
from app.remediation.views.room import bp, lines, names, settings
from app.transactions import reading
from app.web.forms import EffectForm
from app.web.guard import actor, requires
from app.web.submissions import submit


def _instant(form: EffectForm) -> datetime:
    """Day and time as typed, in the zone of the person who typed them."""
    return datetime.combine(form["day"].data, form["time"].data, ZoneInfo(actor().time_zone))


@bp.get("/cases/<number>/steps/<int:step_id>/sessions/new")
@requires(Permission.SESSION_HOLD)
def new_session(number: str, step_id: int) -> ResponseReturnValue:
    return _planning(number, step_id, SessionForm(formdata=None))


def _planning(number: str, step_id: int, form: SessionForm) -> str:
    case, _, step = queries.load_step(reading(), number, step_id, by=actor())
    partner, _ = queries.parties(reading(), case)
    return render_template("remediation/new_session.html", case=case, step=step, partner=partner, form=form)


@bp.post("/cases/<number>/steps/<int:step_id>/sessions")
@requires(Permission.SESSION_HOLD)
def plan_session(number: str, step_id: int) -> ResponseReturnValue:
    form = SessionForm()

    def act(session: Session) -> str:
        case, _, step = queries.load_step(session, number, step_id, by=actor())
        made = services.plan_session(
            session,
            case,
            step,
            agenda=form.agenda.data,
            place=form.place.data,
            starts_at=_instant(form),
            minutes_to_last=form.minutes_to_last.data,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.engagement_session", session_id=made.id)

    return submit(
        form,
        act,
        otherwise=lambda: _planning(number, step_id, form),
        said="The meeting is planned. The partner is invited by e-mail.",
    )


@bp.get("/sessions/<int:session_id>", endpoint="engagement_session")
@requires(Permission.CASE_READ)
def engagement_session(session_id: int) -> ResponseReturnValue:
    return _page(session_id)


def _page(session_id: int, *, minutes: MinutesForm | None = None, confirmation: ConfirmationForm | None = None) -> str:
    session, at = reading(), now()
    case, step, meeting = queries.load_session(session, session_id, by=actor())
    if minutes is None:
        minutes = MinutesForm(formdata=None)
        local = (meeting.held_at or meeting.starts_at).astimezone(ZoneInfo(actor().time_zone))
        minutes.day.data, minutes.time.data = local.date(), local.time()
        minutes.attendees.data = "\n".join(meeting.attendees)
        minutes.minutes.data = meeting.minutes or ""
        minutes.follow_ups.data = "\n".join(meeting.follow_ups)
    writes = meeting.state is SessionState.PLANNED or (
        meeting.state is SessionState.HELD and meeting.objection is not None
    )
    waits = meeting.state is SessionState.HELD and meeting.objection is None
    return render_template(
        "remediation/engagement_session.html",
        case=case,
        step=step,
        meeting=meeting,
        names=names(session, [meeting.planned_by_id, meeting.minuted_by_id, meeting.confirmed_by_id]),
        ends_at=meeting.starts_at + timedelta(minutes=meeting.minutes_to_last),
        is_over=meeting.starts_at <= at,
        may_write=writes and actor().may(Permission.SESSION_HOLD),
        may_cancel=meeting.state is SessionState.PLANNED and actor().may(Permission.SESSION_HOLD),
        may_confirm=waits and actor().may(Permission.SESSION_CONFIRM),
        form=minutes,
        confirmation=confirmation or ConfirmationForm(formdata=None),
        page_has_errors=bool(minutes.errors or (confirmation and confirmation.errors)),
    )


@bp.post("/sessions/<int:session_id>/minutes")
@requires(Permission.SESSION_HOLD)
def write_minutes(session_id: int) -> ResponseReturnValue:
    form = MinutesForm()

    def act(session: Session) -> str:
        case, step, meeting = queries.load_session(session, session_id, by=actor())
        services.write_minutes(
            session,
            case,
            step,
            meeting,
            held_at=_instant(form),
            attendees=lines(form.attendees.data),
            minutes=form.minutes.data,
            follow_ups=lines(form.follow_ups.data),
            by=actor(),
            at=now(),
        )
        return url_for("remediation.engagement_session", session_id=session_id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(session_id, minutes=form),
        said="The minutes are with the partner, who confirms them.",
    )


@bp.post("/sessions/<int:session_id>/confirmations")
@requires(Permission.SESSION_CONFIRM)
def confirm_session(session_id: int) -> ResponseReturnValue:
    form = ConfirmationForm()

    def act(session: Session) -> str:
        case, step, meeting = queries.load_session(session, session_id, by=actor())
        if form.verdict.data == "confirmed":
            services.confirm_session(session, case, step, meeting, by=actor(), at=now())
        else:
            services.object_to_minutes(
                session, case, step, meeting, objection=form.objection.data or "", by=actor(), at=now()
            )
        return url_for("remediation.case", number=case.number)

    said = (
        "Thank you. The minutes are confirmed and the step is done."
        if form.verdict.data == "confirmed"
        else "Thank you. We read your objection and write the minutes anew."
    )
    return submit(form, act, otherwise=lambda: _page(session_id, confirmation=form), said=said)


@bp.get("/sessions/<int:session_id>/cancellation")
@requires(Permission.SESSION_HOLD)
def cancellation(session_id: int) -> ResponseReturnValue:
    return _cancelling(session_id, ReasonForm(formdata=None))


def _cancelling(session_id: int, form: ReasonForm) -> str:
    case, _, meeting = queries.load_session(reading(), session_id, by=actor())
    return render_template("remediation/cancellation.html", case=case, meeting=meeting, form=form)


@bp.post("/sessions/<int:session_id>/cancellations")
@requires(Permission.SESSION_HOLD)
def cancel_session(session_id: int) -> ResponseReturnValue:
    form = ReasonForm()

    def act(session: Session) -> str:
        case, _, meeting = queries.load_session(session, session_id, by=actor())
        services.cancel_session(session, case, meeting, reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=case.number)

    return submit(form, act, otherwise=lambda: _cancelling(session_id, form), said="The meeting is cancelled.")


@bp.get("/sessions/<int:session_id>/meeting.ics")
@requires(Permission.CASE_READ)
def calendar(session_id: int) -> ResponseReturnValue:
    case, _, meeting = queries.load_session(reading(), session_id, by=actor())
    text = calendar_file(
        identity=f"session-{meeting.id}@{case.number.lower()}",
        title=f"{settings().brand_name}: meeting on {case.number}",
        agenda=meeting.agenda,
        place=meeting.place,
        starts_at=meeting.starts_at,
        minutes_to_last=meeting.minutes_to_last,
        made_at=meeting.planned_at,
        cancelled=meeting.state is SessionState.CANCELLED,
    )
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{case.number}-meeting.ics"'
    return response
