"""Notices, plans and referrals: written by one person, decided on by another; the notice as the partner reads it."""

from collections.abc import Sequence
from datetime import timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access.policy import Permission
from app.courses import queries as courses
from app.decisions.rules import DecisionKind
from app.incentives.queries.holds import held_of_case, may_see_money
from app.kernel.clock import day_in, now
from app.remediation import queries, services
from app.remediation.forms import NoticeForm, PlanForm, ReferralForm
from app.remediation.models import (
    CaseState,
    DeadlineKind,
    NoticeState,
    PlanState,
    RemediationCase,
    StepKind,
)
from app.remediation.rules.case_states import PLANNABLE, referral_refusal
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import StepDraft, notice_draft, plan_draft
from app.remediation.views.room import bp, names, settings, shown_decision, whom_to_ask
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit

_EMPTY_ROWS = 2


@bp.get("/cases/<number>/notices/new")
@requires(Permission.NOTICE_PROPOSE)
def new_notice(number: str) -> ResponseReturnValue:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    partner, program = queries.parties(session, case)
    form = NoticeForm(formdata=None)
    last = next(iter(queries.notices_of(session, case.id)), None)
    draft = last or notice_draft(
        partner_name=partner.legal_name,
        program_name=program.name,
        vendor_name=settings().vendor_name,
        policy=Policy.kept(case.policy),
        count=len(queries.infractions_of(session, case.id)),
        support_email=settings().support_email,
    )
    form.explanation.data, form.obligations.data = draft.explanation, draft.obligations
    form.consequences.data, form.appeal.data = draft.consequences, draft.appeal
    return _notice_form(case, form)


def _notice_form(case: RemediationCase, form: NoticeForm) -> str:
    session = reading()
    return render_template(
        "remediation/new_notice.html",
        case=case,
        form=form,
        infractions=queries.infractions_of(session, case.id),
        is_first=not any(one.state is NoticeState.SERVED for one in queries.notices_of(session, case.id)),
    )


@bp.post("/cases/<number>/notices")
@requires(Permission.NOTICE_PROPOSE)
def propose_notice(number: str) -> ResponseReturnValue:
    form = NoticeForm()

    def act(session: Session) -> str:
        services.propose_notice(
            session,
            queries.load_case(session, number, by=actor()),
            explanation=form.explanation.data,
            obligations=form.obligations.data,
            consequences=form.consequences.data,
            appeal=form.appeal.data,
            reason=form.reason.data,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _notice_form(queries.load_case(reading(), number, by=actor()), form),
        said="The notice is proposed. It is served when a second person approves it.",
    )


@bp.get("/notices/<int:notice_id>")
@requires(Permission.CASE_READ)
def notice(notice_id: int) -> ResponseReturnValue:
    return _notice_page(notice_id, ActionForm(formdata=None))


def _notice_page(notice_id: int, form: ActionForm) -> str:
    session = reading()
    found, case = queries.load_notice(session, notice_id, by=actor())
    partner, program = queries.parties(session, case)
    sees_money = may_see_money(actor(), partner.id)
    return render_template(
        "remediation/notice.html",
        notice=found,
        case=case,
        partner=partner,
        program=program,
        deadlines=queries.deadlines(session, case.id),
        held=held_of_case(session, case.id) if sees_money else [],
        sees_money=sees_money,
        representatives=whom_to_ask(session, partner.id),
        names=names(session, [found.acknowledged_by_id]),
        may_acknowledge=found.state is NoticeState.SERVED
        and found.acknowledged_at is None
        and actor().may(Permission.NOTICE_ACKNOWLEDGE),
        decision=shown_decision(session, DecisionKind.NOTICE, found.id),
        form=form,
        acknowledge_by=deadlines[DeadlineKind.ACKNOWLEDGE].current_due_on
        if (deadlines := queries.deadlines(session, case.id))
        else None,
    )


@bp.post("/notices/<int:notice_id>/acknowledgements")
@requires(Permission.NOTICE_ACKNOWLEDGE)
def acknowledge_notice(notice_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        found, case = queries.load_notice(session, notice_id, by=actor())
        services.acknowledge_notice(session, found, by=actor(), at=now())
        return url_for("remediation.case", number=case.number)

    return submit(
        form,
        act,
        otherwise=lambda: _notice_page(notice_id, form),
        said="Thank you. We have noted that you have read the notice.",
    )


@bp.get("/cases/<number>/plans/new")
@requires(Permission.PLAN_PROPOSE)
def new_plan(number: str) -> ResponseReturnValue:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    partner, _ = queries.parties(session, case)
    last = next(iter(queries.plans_of(session, case.id)), None)
    drafts: Sequence[StepDraft]
    if last is not None:
        drafts = [
            StepDraft(
                step.kind,
                step.title,
                step.what_to_do,
                step.original_due_on,
                tuple(step.courses),
                tuple(step.materials),
                step.coverage_target,
            )
            for step in queries.steps_of_plan(session, last.id)
        ]
    else:
        drafts = plan_draft(
            [one.category.value for one in queries.infractions_of(session, case.id)],
            available_courses=[one.course.slug for one in courses.catalogue(session)],
            available_materials=[one.slug for one in courses.materials_for(session, by=actor())],
            starts_on=day_in(partner.time_zone, now()),
            policy=Policy.kept(case.policy),
        )
    form = PlanForm(formdata=None)
    for place, draft in enumerate(drafts, start=1):
        form.steps.append_entry(
            {
                "position": place,
                "kind": draft.kind.value,
                "title": draft.title,
                "what_to_do": draft.what_to_do,
                "due_on": draft.due_on,
                "courses": list(draft.courses),
                "materials": list(draft.materials),
                "target": (draft.coverage_target or 0) // 100 or None,
            }
        )
    for _ in range(_EMPTY_ROWS):
        form.steps.append_entry({"kind": StepKind.EVIDENCE.value})
    return _plan_form(case, form)


def _offer(session: Session, form: PlanForm) -> None:
    taught = [SelectChoice(one.course.slug, one.title) for one in courses.catalogue(session)]
    read = [SelectChoice(one.slug, one.title) for one in courses.materials_for(session, by=actor())]
    for row in form.steps:
        row.form.courses.choices, row.form.materials.choices = taught, read


def _plan_form(case: RemediationCase, form: PlanForm) -> str:
    session = reading()
    _offer(session, form)
    partner, _ = queries.parties(session, case)
    program_due = queries.deadlines(session, case.id).get(DeadlineKind.PROGRAM)
    latest = (
        program_due.current_due_on
        if program_due
        else day_in(partner.time_zone, now()) + timedelta(days=Policy.kept(case.policy).program_days)
    )
    filled = [row for row in form.steps if row.form.title.data]
    return render_template(
        "remediation/new_plan.html",
        case=case,
        form=form,
        filled=filled,
        empty=[row for row in form.steps if not row.form.title.data],
        latest=latest,
        is_open=case.state in PLANNABLE,
        decision=_rejected(session, case),
    )


def _rejected(session: Session, case: RemediationCase) -> str:
    """Why the last version was turned down, for the person who writes the next."""
    last = next(iter(queries.plans_of(session, case.id)), None)
    if last is None or last.state is not PlanState.REJECTED:
        return ""
    decision = shown_decision(session, DecisionKind.PLAN, last.id)
    return decision.decision_reason or "" if decision else ""


@bp.post("/cases/<number>/plans")
@requires(Permission.PLAN_PROPOSE)
def propose_plan(number: str) -> ResponseReturnValue:
    form = PlanForm()
    _offer(reading(), form)

    def act(session: Session) -> str:
        case = queries.load_case(session, number, by=actor())
        services.propose_plan(session, case, _drafts(form), reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _plan_form(queries.load_case(reading(), number, by=actor()), form),
        said="The plan is proposed. It is in force when a second person approves it and the partner has acknowledged the notice.",
    )


def _drafts(form: PlanForm) -> list[StepDraft]:
    """The rows that are steps, by their places; what does not belong to a kind is left out of it."""
    rows = [row.form for row in form.steps if not row.form.leave_out.data and (row.form.title.data or "").strip()]
    rows.sort(key=lambda row: (row.kind.data == StepKind.ATTESTATION.value, row.position.data or 99))
    made = []
    for row in rows:
        kind = StepKind(row.kind.data)
        made.append(
            StepDraft(
                kind,
                row.title.data,
                row.what_to_do.data or "",
                row.due_on.data or now().date(),
                tuple(row.courses.data or ()) if kind is StepKind.TRAINING else (),
                tuple(row.materials.data or ()) if kind is StepKind.READING else (),
                (row.target.data or 100) * 100 if kind.is_computed else None,
            )
        )
    return made


@bp.get("/cases/<number>/plans/<int:version>")
@requires(Permission.CASE_READ)
def plan(number: str, version: int) -> ResponseReturnValue:
    session = reading()
    case, found = queries.load_plan(session, number, version, by=actor())
    steps = queries.steps_of_plan(session, found.id)
    titles = courses.titles(
        session,
        course_slugs={slug for step in steps for slug in step.courses},
        material_slugs={slug for step in steps for slug in step.materials},
    )
    return render_template(
        "remediation/plan.html",
        case=case,
        plan=found,
        steps=steps,
        named=lambda slugs: "; ".join(titles.get(slug, slug) for slug in slugs),
        decision=shown_decision(session, DecisionKind.PLAN, found.id),
    )


@bp.get("/cases/<number>/referrals/new")
@requires(Permission.REFERRAL_PROPOSE)
def new_referral(number: str) -> ResponseReturnValue:
    return _referral_form(number, ReferralForm(formdata=None))


def _referral_form(number: str, form: ReferralForm) -> str:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    form.destination.choices = [
        choice for choice in form.destination.choices if referral_refusal(case.state, CaseState(choice.value)) is None
    ]
    return render_template("remediation/new_referral.html", case=case, form=form, held=held_of_case(session, case.id))


@bp.post("/cases/<number>/referrals")
@requires(Permission.REFERRAL_PROPOSE)
def propose_referral(number: str) -> ResponseReturnValue:
    form = ReferralForm()

    def act(session: Session) -> str:
        services.propose_referral(
            session,
            queries.load_case(session, number, by=actor()),
            CaseState(form.destination.data),
            words_to_partner=form.words_to_partner.data,
            reason=form.reason.data,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _referral_form(number, form),
        said="The question is with an approver. Nothing changes until it is decided.",
    )
