"""Cases: the queue, opening one, the case as each side sees it, notes, marks, sending back, closing."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access.policy import Permission
from app.incentives.queries.holds import held_of_case, holds_of_case, may_see_money
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.partners import queries as partners
from app.remediation import queries, services
from app.remediation.forms import MarkForm, NoteForm, OpenCaseForm, ReasonForm, ReturnForm
from app.remediation.models import CaseState, DeadlineKind, Mark, RemediationCase, StepState
from app.remediation.rules.case_states import AFTER_COMPLETION, CLOSED
from app.remediation.rules.partner_view import standing
from app.remediation.views.next_for_staff import next_for_staff
from app.remediation.views.room import PAGE, bp, names, policy, whom_to_ask
from app.transactions import reading
from app.web.filters import day
from app.web.forms import EffectForm
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit


@bp.get("/cases")
@requires(Permission.CASE_READ)
def cases() -> ResponseReturnValue:
    return _own_cases() if actor().partner_id is not None else _queue()


def _queue() -> str:
    asked = request.args.get("state", "")
    state = CaseState(asked) if asked in {one.value for one in CaseState} else None
    partner = request.args.get("partner", "").strip()[:20]
    session = reading()
    found = queries.cases(
        session,
        by=actor(),
        state=state,
        include_closed=asked == "all",
        partner=partner,
        after=place_asked(),
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    following = None
    if len(found) > PAGE:
        following = url_for("remediation.cases", state=asked or None, partner=partner or None, after=shown[-1].case.id)
    return render_template(
        "remediation/cases.html",
        rows=shown,
        asked=asked if state or asked == "all" else "",
        states=[one for one in CaseState if queries.sees_inside(actor()) or one is not CaseState.DRAFT],
        partner=partner,
        following=following,
        waiting=queries.waiting_for_staff(session, actor(), policy=policy(), at=now()),
    )


def _own_cases() -> ResponseReturnValue:
    """A partner's cases; nearly every partner has one, and is led to it."""
    session, at = reading(), now()
    found = queries.own_cases(session, by=actor())
    if len(found) == 1:
        return redirect(url_for("remediation.case", number=found[0].number), 303)
    shown = [(case, *queries.parties(session, case), queries.deadlines(session, case.id)) for case in found]
    return render_template(
        "remediation/own_cases.html", cases=shown, action=queries.continue_for(session, actor(), at=at), closed=CLOSED
    )


@bp.get("/cases/new")
@requires(Permission.CASE_OPEN)
def new_case() -> ResponseReturnValue:
    form = OpenCaseForm(formdata=None)
    return _opening(request.args.get("partner", ""), form, fresh=True)


def _opening(number: str, form: OpenCaseForm, *, fresh: bool = False) -> str:
    session = reading()
    partner = partners.load(session, number, by=actor())
    counted = queries.count_infractions(session, partner.id, policy())
    found = _offer(session, partner.id, form)
    if fresh:
        form.infractions.data = [str(one.id) for one in found if one.id in counted.free]
        form.program.data = form.program.choices[0].value if form.program.choices else None
    return render_template(
        "remediation/new_case.html",
        form=form,
        partner=partner,
        count=counted,
        infractions=found,
        policy=policy(),
        open_case=next(
            (one.open_case for one in queries.suggestions(session, policy(), by=actor(), partner_id=partner.id)), None
        ),
    )


def _offer(session: Session, partner_id: int, form: OpenCaseForm) -> Any:
    """Fill the choices: the partner's free infractions, and their programs, the latest one's first."""
    found = queries.infractions_by_id(session, queries.free_infractions(session, partner_id))
    programs = {one.id: one for one in partners.programs(session)}
    latest_first = list(dict.fromkeys(one.program_id for one in reversed(found)))
    form.program.choices = [SelectChoice(programs[one].code, programs[one].name) for one in latest_first]
    form.infractions.choices = [
        SelectChoice(str(one.id), f"{day(one.occurred_on)}: {one.rule}", render_kw={"hint": one.summary})
        for one in found
    ]
    return found


@bp.post("/cases")
@requires(Permission.CASE_OPEN)
def open_case() -> ResponseReturnValue:
    number = request.form.get("partner", "")
    form = OpenCaseForm()
    _offer(reading(), partners.load(reading(), number, by=actor()).id, form)

    def act(session: Session) -> str:
        made = services.open_case(
            session,
            partners.load(session, number, by=actor()),
            partners.program(session, form.program.data),
            [int(one) for one in form.infractions.data],
            reason=form.reason.data,
            policy=policy(),
            by=actor(),
            at=now(),
        )
        return url_for("remediation.case", number=made.number)

    return submit(
        form,
        act,
        otherwise=lambda: _opening(number, form),
        said="The case is open as a draft. The partner does not know of it until the notice is served.",
    )


@bp.get("/cases/<number>")
@requires(Permission.CASE_READ)
def case(number: str) -> ResponseReturnValue:
    session = reading()
    found = queries.load_case(session, number, by=actor())
    if actor().partner_id is not None:
        return _own_case(session, found)
    return _inside(session, found) if queries.sees_inside(actor()) else _followed(session, found)


def _own_case(session: Session, found: RemediationCase) -> str:
    at = now()
    partner, program = queries.parties(session, found)
    deadlines = queries.deadlines(session, found.id)
    views = queries.step_views(session, found, at=at) if queries.shows_steps(found, actor()) else []
    notices = [one for one in queries.notices_of(session, found.id) if one.served_at is not None]
    attestation = next((view for view in views if view.step.kind.value == "attestation"), None)
    monitoring = deadlines.get(DeadlineKind.MONITORING)
    determination = next((one for one in queries.determinations_of(session, found.id) if one.made_at), None)
    return render_template(
        "remediation/own_case.html",
        case=found,
        partner=partner,
        program=program,
        deadlines=deadlines,
        views=views,
        done=sum(view.is_done for view in views),
        action=queries.next_action(session, found, by=actor(), at=at, views=views),
        standing=standing(
            found.state,
            is_acknowledged=any(one.acknowledged_at for one in notices),
            has_signed=attestation is not None and attestation.step.state is StepState.ACCEPTED,
            monitoring_until=day(monitoring.current_due_on) if monitoring else "",
        ),
        notices=notices,
        held=held_of_case(session, found.id) if may_see_money(actor(), partner.id) else [],
        sees_money=may_see_money(actor(), partner.id),
        determination=determination,
        fallen=queries.fallen(session, determination)
        if determination and found.state not in AFTER_COMPLETION
        else None,
        referral=next((one for one in queries.referrals_of(session, found.id) if one.approved_at), None),
        representatives=whom_to_ask(session, partner.id),
        events=queries.timeline(session, found, by=actor()),
        is_closed=found.state in CLOSED,
    )


def _followed(session: Session, found: RemediationCase) -> str:
    """The case for the account representative: progress and what to help with, nothing of the inside."""
    at = now()
    partner, program = queries.parties(session, found)
    views = queries.step_views(session, found, at=at) if queries.shows_steps(found, actor()) else []
    return render_template(
        "remediation/followed_case.html",
        case=found,
        partner=partner,
        program=program,
        deadlines=queries.deadlines(session, found.id),
        views=views,
        done=sum(view.is_done for view in views),
        events=queries.timeline(session, found, by=actor()),
    )


def _inside(
    session: Session, found: RemediationCase, note: NoteForm | None = None, mark: MarkForm | None = None
) -> str:
    at = now()
    partner, program = queries.parties(session, found)
    topic = request.args.get("topic", "")
    topic = topic if topic in queries.TOPICS else ""
    views = queries.step_views(session, found, at=at)
    marks = queries.marks_of(session, found.id)
    return render_template(
        "remediation/case.html",
        reviews=queries.reviews_of(session, found.id) if queries.sees_inside(actor()) else (),
        case=found,
        partner=partner,
        program=program,
        infractions=queries.infractions_of(session, found.id),
        deadlines=queries.deadlines(session, found.id),
        views=views,
        done=sum(view.is_done for view in views),
        next_steps=next_for_staff(session, found, views, by=actor()),
        held=held_of_case(session, found.id) if may_see_money(actor(), partner.id) else [],
        holds=holds_of_case(session, found.id) if may_see_money(actor(), partner.id) else [],
        notices=queries.notices_of(session, found.id),
        plans=queries.plans_of(session, found.id),
        determinations=queries.determinations_of(session, found.id),
        manifest=queries.latest_manifest(session, found.id),
        live_marks=[one for one in marks if one.lifted_at is None],
        follows=session.get(RemediationCase, found.follows_id) if found.follows_id else None,
        representatives=whom_to_ask(session, partner.id),
        topics=queries.TOPICS,
        topic=topic,
        events=queries.timeline(session, found, by=actor(), topic=topic),
        names=names(session, [found.opened_by_id]),
        note=note or NoteForm(formdata=None),
        mark=mark or MarkForm(formdata=None),
        page_has_errors=bool((note and note.errors) or (mark and mark.errors)),
        is_closed=found.state in CLOSED,
    )


@bp.post("/cases/<number>/notes")
@requires(Permission.CASE_NOTE)
def write_note(number: str) -> ResponseReturnValue:
    form = NoteForm()

    def act(session: Session) -> str:
        found = queries.load_case(session, number, by=actor())
        services.write_note(session, found, form.text.data, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    def again() -> str:
        return _inside(reading(), queries.load_case(reading(), number, by=actor()), note=form)

    return submit(form, act, otherwise=again, said="Your note is in the timeline. It stays inside.")


@bp.post("/cases/<number>/marks")
@requires(Permission.CASE_ADVANCE)
def set_mark(number: str) -> ResponseReturnValue:
    form = MarkForm()

    def act(session: Session) -> str:
        found = queries.load_case(session, number, by=actor())
        services.set_mark(session, found, Mark(form.mark.data), reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    def again() -> str:
        return _inside(reading(), queries.load_case(reading(), number, by=actor()), mark=form)

    return submit(form, act, otherwise=again, said="The case is marked.")


@bp.get("/cases/<number>/marks/<mark>/lifting")
@requires(Permission.CASE_ADVANCE)
def lifting(number: str, mark: str) -> ResponseReturnValue:
    return _with_reason(number, ReasonForm(formdata=None), _lifting(mark))


@bp.post("/cases/<number>/marks/<mark>/liftings")
@requires(Permission.CASE_ADVANCE)
def lift_mark(number: str, mark: str) -> ResponseReturnValue:
    about = _lifting(mark)

    def verb(session: Session, found: RemediationCase, reason: str) -> None:
        services.lift_mark(session, found, Mark(mark), reason=reason, by=actor(), at=now())

    return _act_with_reason(number, about, verb, said="The mark is lifted.")


def _lifting(mark: str) -> dict[str, Any]:
    if mark not in {one.value for one in Mark}:
        raise NotFound
    return {
        "title": f"Lift the mark: {mark.replace('_', ' ')}",
        "lead": "The mark and both reasons stay in the timeline.",
        "label": "Why it is lifted",
        "button": "Lift the mark",
        "endpoint": "remediation.lift_mark",
        "values": {"mark": mark},
    }


_DISMISSING: dict[str, Any] = {
    "title": "Dismiss this draft",
    "lead": "The partner never heard of this case. Its infractions are free again, for another case or none. Nothing is deleted.",
    "label": "Why the case is set aside",
    "button": "Dismiss the draft",
    "endpoint": "remediation.dismiss_draft",
    "values": {},
}
_CLOSING: dict[str, Any] = {
    "title": "Close the case",
    "lead": "The monitoring period is over. Say how you found that the conditions were kept.",
    "label": "How the conditions were checked",
    "button": "Close the case",
    "endpoint": "remediation.close_case",
    "values": {},
}


@bp.get("/cases/<number>/dismissal")
@requires(Permission.CASE_ADVANCE)
def dismissal(number: str) -> ResponseReturnValue:
    return _with_reason(number, ReasonForm(formdata=None), _DISMISSING)


@bp.post("/cases/<number>/dismissals")
@requires(Permission.CASE_ADVANCE)
def dismiss_draft(number: str) -> ResponseReturnValue:
    def verb(session: Session, found: RemediationCase, reason: str) -> None:
        services.dismiss_draft(session, found, reason=reason, by=actor(), at=now())

    return _act_with_reason(number, _DISMISSING, verb, said="The draft is dismissed.")


@bp.get("/cases/<number>/closure")
@requires(Permission.CASE_ADVANCE)
def closure(number: str) -> ResponseReturnValue:
    return _with_reason(number, ReasonForm(formdata=None), _CLOSING)


@bp.post("/cases/<number>/closures")
@requires(Permission.CASE_ADVANCE)
def close_case(number: str) -> ResponseReturnValue:
    def verb(session: Session, found: RemediationCase, reason: str) -> None:
        services.close_after_monitoring(session, found, reason=reason, by=actor(), at=now())

    return _act_with_reason(number, _CLOSING, verb, said="The case is closed.")


def _with_reason(number: str, form: ReasonForm, about: dict[str, Any]) -> str:
    found = queries.load_case(reading(), number, by=actor())
    return render_template("remediation/with_reason.html", case=found, form=form, about=about)


def _act_with_reason(
    number: str,
    about: dict[str, Any],
    verb: Callable[[Session, RemediationCase, str], None],
    *,
    said: str,
) -> ResponseReturnValue:
    form = ReasonForm()

    def act(session: Session) -> str:
        verb(session, queries.load_case(session, number, by=actor()), form.reason.data)
        return url_for("remediation.case", number=number)

    return submit(form, act, otherwise=lambda: _with_reason(number, form, about), said=said)


@bp.get("/cases/<number>/returns/new")
@requires(Permission.CASE_ADVANCE)
def new_return(number: str) -> ResponseReturnValue:
    return _returning(number, ReturnForm(formdata=None))


def _returning(number: str, form: ReturnForm) -> str:
    session = reading()
    found = queries.load_case(session, number, by=actor())
    offer_steps(session, found, form)
    return render_template("remediation/new_return.html", case=found, form=form)


def offer_steps(session: Session, found: RemediationCase, form: EffectForm) -> None:
    """The steps that can be opened again by name: accepted, and not computed."""
    form["steps"].choices = [
        SelectChoice(str(step.id), f"{step.position}. {step.title}")
        for step in queries.steps(session, found.id)
        if step.state is StepState.ACCEPTED and not step.kind.is_computed and step.kind.value != "attestation"
    ]


@bp.post("/cases/<number>/returns")
@requires(Permission.CASE_ADVANCE)
def return_steps(number: str) -> ResponseReturnValue:
    form = ReturnForm()
    offer_steps(reading(), queries.load_case(reading(), number, by=actor()), form)

    def act(session: Session) -> str:
        found = queries.load_case(session, number, by=actor())
        chosen = [int(one) for one in form.steps.data]
        services.return_steps(session, found, chosen, reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _returning(number, form),
        said="The steps are open again. The partner is at work on them.",
    )
