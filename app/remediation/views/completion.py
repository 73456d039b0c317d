"""The end of a case: the list of what was handed in, the executive's signature, the determination."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts.rules import Reauthentication
from app.accounts.views import confirm_password
from app.certificates.rules.snapshot import Locale
from app.decisions.queries import signatures
from app.decisions.rules import DecisionKind
from app.incentives.queries.holds import held_of_case
from app.kernel.canonical import digest
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.remediation import queries, services
from app.remediation.forms import AttestationForm, DeterminationForm, ReasonForm
from app.remediation.models import CaseState, DeterminationState, Outcome
from app.remediation.views.cases import offer_steps
from app.remediation.views.room import bp, names, settings, shown_decision
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/cases/<number>/manifest")
@requires(Permission.CASE_READ)
def manifest(number: str) -> ResponseReturnValue:
    return _manifest_page(number, ActionForm(formdata=None))


def _manifest_page(number: str, form: ActionForm) -> str:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    found = queries.latest_manifest(session, case.id)
    if found is None or not queries.may_read_evidence(actor()):
        raise NotFound
    attested = next((one for one in queries.attestations_of(session, case.id) if one.manifest_id == found.id), None)
    works = case.state in (CaseState.IN_REMEDIATION, CaseState.COMPLETION_REVIEW)
    return render_template(
        "remediation/manifest.html",
        case=case,
        manifest=found,
        attestation=attested,
        signature=next(iter(signatures(session, "evidence_manifest", found.id)), None),
        names=names(session, [attested.signed_by_id if attested else None]),
        is_current=not works or digest(queries.manifest_content(session, case, at=now())) == found.digest,
        may_freeze=works and (actor().may(Permission.CASE_ADVANCE) or actor().may(Permission.ATTESTATION_SIGN)),
        form=form,
    )


@bp.post("/cases/<number>/manifests")
@requires(Permission.CASE_READ)
def freeze_manifest(number: str) -> ResponseReturnValue:
    """Write the list anew when what stands has changed. Who may is said by the service: those who sign or run the case."""
    form = ActionForm()

    def act(session: Session) -> str:
        case = queries.load_case(session, number, by=actor())
        services.freeze_manifest(session, case, by=actor(), at=now())
        return url_for("remediation.manifest", number=number)

    return submit(form, act, otherwise=lambda: _manifest_page(number, form), said="The list shows what stands now.")


@bp.get("/cases/<number>/attestation")
@requires(Permission.ATTESTATION_SIGN)
def attestation(number: str) -> ResponseReturnValue:
    return _attestation_page(number, AttestationForm(formdata=None))


def _attestation_page(number: str, form: AttestationForm) -> str:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    partner, _ = queries.parties(session, case)
    found = queries.latest_manifest(session, case.id)
    signed = next(
        (one for one in queries.attestations_of(session, case.id) if found and one.manifest_id == found.id), None
    )
    is_open = case.state is CaseState.COMPLETION_REVIEW and found is not None and signed is None
    is_current = found is not None and (
        not is_open or digest(queries.manifest_content(session, case, at=now())) == found.digest
    )
    if found is not None:
        form.manifest_digest.data = found.digest
    return render_template(
        "remediation/attestation.html",
        case=case,
        partner=partner,
        manifest=found,
        attestation=signed,
        is_open=is_open,
        is_current=is_current,
        statement=services.statement_for(
            case,
            partner,
            found.digest,
            len(found.content["steps"]),
            name=actor().name,
            vendor_name=settings().vendor_name,
        )
        if found
        else "",
        names=names(session, [signed.signed_by_id if signed else None]),
        form=form,
        freezing=ActionForm(formdata=None),
    )


@bp.post("/cases/<number>/attestations")
@requires(Permission.ATTESTATION_SIGN)
def sign_attestation(number: str) -> ResponseReturnValue:
    form = AttestationForm()
    queries.load_case(reading(), number, by=actor())
    shown = form.manifest_digest.data or ""
    proof: Reauthentication | None = confirm_password(form)

    def again() -> str:
        return _attestation_page(number, form)

    if proof is None:
        return again(), 422
    fresh = proof

    def act(session: Session) -> str:
        case = queries.load_case(session, number, by=actor())
        services.sign_attestation(
            session,
            case,
            manifest_digest=shown,
            vendor_name=settings().vendor_name,
            proof=fresh,
            by=actor(),
            at=now(),
        )
        return url_for("remediation.case", number=number)

    return submit(
        form, act, otherwise=again, said="You have signed. We decide now, and tell you by e-mail what we determine."
    )


@bp.get("/cases/<number>/determinations/new")
@requires(Permission.DETERMINATION_PROPOSE)
def new_determination(number: str) -> ResponseReturnValue:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    language = queries.certificate_language(session, case.partner_id) or Locale(settings().certificate_language)
    return _determination_form(number, DeterminationForm(formdata=None, language=language.value))


def _determination_form(number: str, form: DeterminationForm) -> str:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    offer_steps(session, case, form)
    completion = case.state is CaseState.COMPLETION_REVIEW
    form.outcome.choices = [
        choice for choice in form.outcome.choices if completion or not Outcome(choice.value).is_completion
    ]
    content = queries.manifest_content(session, case, at=now())
    found = queries.latest_manifest(session, case.id)
    signed = queries.latest_attestation(session, case.id)
    return render_template(
        "remediation/new_determination.html",
        case=case,
        form=form,
        steps=[queries.step_line(one) for one in content["steps"]],
        digest=digest(content),
        is_signed=bool(found and signed and signed.manifest_id == found.id and found.digest == digest(content)),
        held=held_of_case(session, case.id),
    )


@bp.post("/cases/<number>/determinations")
@requires(Permission.DETERMINATION_PROPOSE)
def propose_determination(number: str) -> ResponseReturnValue:
    form = DeterminationForm()
    offer_steps(reading(), queries.load_case(reading(), number, by=actor()), form)

    def act(session: Session) -> str:
        outcome = Outcome(form.outcome.data)
        services.propose_determination(
            session,
            queries.load_case(session, number, by=actor()),
            outcome,
            reason=form.reason.data,
            internal_reason=form.internal_reason.data,
            conditions=form.conditions.data or "",
            language=Locale(form.language.data),
            steps_to_reopen=[int(one) for one in form.steps.data or ()] if outcome is Outcome.NOT_COMPLETED else (),
            by=actor(),
            at=now(),
        )
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _determination_form(number, form),
        said="The determination is proposed. Nothing is determined until a second person approves it.",
    )


@bp.get("/cases/<number>/determinations/<int:determination_id>")
@requires(Permission.CASE_READ)
def determination(number: str, determination_id: int) -> ResponseReturnValue:
    return _determination_page(number, determination_id, ReasonForm(formdata=None))


def _determination_page(number: str, determination_id: int, form: ReasonForm) -> str:
    session = reading()
    case = queries.load_case(session, number, by=actor())
    found = queries.load_determination(session, case, determination_id, by=actor())
    is_open = found.state is DeterminationState.PROPOSED
    stands = digest(queries.manifest_content(session, case, at=now())) if is_open else found.manifest_digest
    return render_template(
        "remediation/determination.html",
        case=case,
        determination=found,
        language=Locale(found.language),
        decision=shown_decision(session, DecisionKind.DETERMINATION, found.id),
        is_stale=stands != found.manifest_digest,
        may_withdraw=is_open and found.proposed_by_id == actor().person_id,
        names=names(session, [found.proposed_by_id]),
        form=form,
    )


@bp.post("/cases/<number>/determinations/<int:determination_id>/withdrawals")
@requires(Permission.DETERMINATION_PROPOSE)
def withdraw_determination(number: str, determination_id: int) -> ResponseReturnValue:
    form = ReasonForm()

    def act(session: Session) -> str:
        case = queries.load_case(session, number, by=actor())
        found = queries.load_determination(session, case, determination_id, by=actor())
        services.withdraw_determination(session, found.id, reason=form.reason.data, by=actor(), at=now())
        return url_for("remediation.case", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _determination_page(number, determination_id, form),
        said="The proposal is taken back.",
    )
