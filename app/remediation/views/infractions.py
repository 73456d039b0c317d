"""Infractions: the list with what the portal suggests, recording one, judging one, joining one to a running case."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from app.access.policy import Permission
from app.decisions.rules import clash
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.partners import queries as partners
from app.remediation import queries, services
from app.remediation.forms import InfractionForm, JoinForm, JudgementForm
from app.remediation.models import Infraction, InfractionCategory, InfractionSource, InfractionState, Severity
from app.remediation.views.room import PAGE, bp, names, policy
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

_PARTNERS_OFFERED = 200


@bp.get("/infractions")
@requires(Permission.INFRACTION_READ)
def infractions() -> ResponseReturnValue:
    session = reading()
    asked = request.args.get("state", "")
    state = InfractionState(asked) if asked in {one.value for one in InfractionState} else None
    partner = request.args.get("partner", "").strip()[:20]
    found = queries.infractions(session, by=actor(), state=state, partner=partner, after=place_asked(), limit=PAGE + 1)
    shown = found[:PAGE]
    following = None
    if len(found) > PAGE:
        following = url_for(
            "remediation.infractions", state=asked or None, partner=partner or None, after=shown[-1].infraction.id
        )
    return render_template(
        "remediation/infractions.html",
        rows=shown,
        state=state,
        states=list(InfractionState),
        partner=partner,
        following=following,
        suggestions=queries.suggestions(session, policy(), by=actor()) if queries.sees_inside(actor()) else [],
        policy=policy(),
    )


@bp.get("/infractions/new")
@requires(Permission.INFRACTION_RECORD)
def new_infraction() -> ResponseReturnValue:
    form = InfractionForm(formdata=None)
    form.partner.data = request.args.get("partner", "")[:20]
    return _form(form)


def _form(form: InfractionForm) -> str:
    session = reading()
    _offer(session, form)
    offered = partners.partners(session, by=actor(), limit=_PARTNERS_OFFERED)
    return render_template("remediation/new_infraction.html", form=form, partners=offered)


def _offer(session: Session, form: InfractionForm) -> None:
    form.program.choices = [SelectChoice(one.code, one.name) for one in partners.programs(session)]


@bp.post("/infractions")
@requires(Permission.INFRACTION_RECORD)
def record_infraction() -> ResponseReturnValue:
    form = InfractionForm()
    _offer(reading(), form)

    def act(session: Session) -> str:
        try:
            partner = partners.load(session, (form.partner.data or "").strip().upper(), by=actor())
        except NotFound:
            raise DomainError("No partner has this number. Check it, for example P-1003.", field="partner") from None
        made = services.record_infraction(
            session,
            partner,
            partners.program(session, form.program.data),
            category=InfractionCategory(form.category.data),
            severity=Severity(form.severity.data),
            source=InfractionSource(form.source.data),
            rule=form.rule.data,
            summary=form.summary.data,
            internal_details=form.internal_details.data or "",
            occurred_on=form.occurred_on.data,
            discovered_on=form.discovered_on.data,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.infraction", infraction_id=made.id)

    return submit(
        form,
        act,
        otherwise=lambda: _form(form),
        said="The infraction is recorded. It counts once a second person has substantiated it.",
    )


@bp.get("/infractions/<int:infraction_id>")
@requires(Permission.INFRACTION_READ)
def infraction(infraction_id: int) -> ResponseReturnValue:
    return _page(infraction_id)


def _page(infraction_id: int, judgement: JudgementForm | None = None, joining: JoinForm | None = None) -> str:
    session = reading()
    found = queries.load_infraction(session, infraction_id, by=actor())
    partner = partners.load_by_id(session, found.partner_id, by=actor())
    row = next(iter(queries.infractions(session, by=actor(), after=found.id + 1, limit=1)))
    suggestion = next(iter(queries.suggestions(session, policy(), by=actor(), partner_id=partner.id)), None)
    is_free = found.id in queries.free_infractions(session, partner.id)
    return render_template(
        "remediation/infraction.html",
        infraction=found,
        partner=partner,
        program=row.program,
        case_number=row.case_number,
        count=queries.count_infractions(session, partner.id, policy()),
        policy=policy(),
        suggestion=suggestion,
        is_free=is_free,
        names=names(session, [found.recorded_by_id, found.judged_by_id]),
        may_judge=found.state is InfractionState.ALLEGED and actor().may(Permission.INFRACTION_SUBSTANTIATE),
        kept_apart=clash(actor().person_id, {"recorded it": found.recorded_by_id}),
        form=judgement or JudgementForm(formdata=None),
        joining=joining or JoinForm(formdata=None),
        page_has_errors=bool((judgement and judgement.errors) or (joining and joining.errors)),
    )


@bp.post("/infractions/<int:infraction_id>/judgements")
@requires(Permission.INFRACTION_SUBSTANTIATE)
def judge_infraction(infraction_id: int) -> ResponseReturnValue:
    form = JudgementForm()

    def act(session: Session) -> str:
        found: Infraction = queries.load_infraction(session, infraction_id, by=actor())
        verb = services.substantiate if form.verdict.data == "substantiated" else services.dismiss
        verb(session, found, reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.infraction", infraction_id=infraction_id)

    return submit(form, act, otherwise=lambda: _page(infraction_id, judgement=form), said="Your finding is recorded.")


@bp.post("/infractions/<int:infraction_id>/cases")
@requires(Permission.CASE_ADVANCE)
def join_infraction(infraction_id: int) -> ResponseReturnValue:
    form = JoinForm()

    def act(session: Session) -> str:
        found = queries.load_infraction(session, infraction_id, by=actor())
        suggested = queries.suggestions(session, policy(), by=actor(), partner_id=found.partner_id)
        if not suggested or suggested[0].open_case is None:
            raise DomainError("No case of this partner is open, so there is nothing to join.")
        case = suggested[0].open_case
        services.join_infraction(session, case, found, reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=case.number)

    return submit(
        form,
        act,
        otherwise=lambda: _page(infraction_id, joining=form),
        said="The infraction has joined the case. The partner learns of it by a new version of the notice.",
    )
