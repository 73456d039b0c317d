"""The first page after signing in."""

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.kernel.clock import now
from app.remediation.rules.policy import Policy
from app.reports import home as questions
from app.reports.views.blueprint import bp
from app.settings import Settings
from app.transactions import reading
from app.web.guard import actor_or_none, public
from app.web.intake import wanted_languages
from app.web.navigation import links


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    who = actor_or_none()
    if who is None:
        return redirect(url_for("accounts.sign_in"), 303)
    settings: Settings = current_app.config["SETTINGS"]
    found = questions.home(reading(), wanted=wanted_languages(), by=who, at=now(), policy=Policy.of(settings))
    return render_template("reports/home.html", home=found, shown=questions.SHOWN, doors=links(who))
