"""Certificates that were earned and could not be made: the list for compliance, and trying again."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates.document.errors import CertificateRefused
from app.certificates.views.blueprint import bp, settings
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.outcomes import refusals
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit


@bp.get("/certificate-refusals", endpoint="refusals")
@requires(Permission.CERTIFICATE_RETRY)
def open_refusals() -> ResponseReturnValue:
    return _page(ActionForm(formdata=None))


def _page(form: ActionForm) -> str:
    after = place_asked()
    found = refusals.open_refusals(reading(), by=actor(), after=after)
    shown = found[: refusals.PAGE]
    following = url_for("certificates.refusals", after=shown[-1].id) if len(found) > refusals.PAGE else None
    return render_template(
        "outcomes/certificate_refusals.html",
        refusals=shown,
        first=url_for("certificates.refusals") if after else None,
        following=following,
        form=form,
    )


@bp.post("/certificate-refusals/<int:refusal_id>/attempts")
@requires(Permission.CERTIFICATE_RETRY)
def try_again(refusal_id: int) -> ResponseReturnValue:
    """At once, so that whoever mended something sees whether it was enough; made before the lock."""
    form = ActionForm()
    at = now()
    session = reading()
    refusal = refusals.load(session, refusal_id, by=actor())
    if not form.validate():
        return _page(form), 422
    try:
        made = refusals.attempt(session, refusal, settings=settings(), at=at)
    except DomainError as error:
        form.reject(error)
        return _page(form), 422

    def act(session: Session) -> str:
        issued = refusals.keep(session, refusal_id, made, by=actor(), at=at)
        if issued is not None:
            flash("The certificate is issued. Its holder finds it under Certificates.")
            return url_for("certificates.certificate", number=issued.number)
        if isinstance(made, CertificateRefused):
            flash("It still can't be made; the list says what keeps it.")
        else:
            flash("It was issued, or settled, before you asked. Nothing was changed.")
        return url_for("certificates.refusals")

    return submit(form, act, otherwise=lambda: _page(form))
