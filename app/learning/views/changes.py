"""What a new version changed, for somebody who passed an older one, and their word that they have read it."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.courses.queries import between
from app.kernel.clock import now
from app.learning import services
from app.learning.queries.retraining import own_change
from app.learning.views.blueprint import bp
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/course-changes/<int:version_id>")
@requires(Permission.LEARNING_TAKE)
def course_change(version_id: int) -> ResponseReturnValue:
    return _page(version_id, ActionForm(formdata=None))


def _page(version_id: int, form: ActionForm) -> str:
    session = reading()
    found = own_change(session, version_id, by=actor())
    return render_template(
        "learning/course_change.html",
        version=found.version,
        taken=found.taken,
        acknowledgement=found.acknowledgement,
        difference=between(session, found.taken, found.version, with_key=False),
        form=form,
    )


@bp.post("/course-changes/<int:version_id>/acknowledgements")
@requires(Permission.LEARNING_TAKE)
def acknowledge_change(version_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        services.acknowledge_change(session, version_id, by=actor(), at=now())
        return url_for("learning.course_change", version_id=version_id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(version_id, form),
        said="Confirmed. That you have read what changed is on record.",
    )
