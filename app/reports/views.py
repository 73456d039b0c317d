"""Pages that read across rooms: the home page of each role, the audit trail, health."""

from flask import Blueprint, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.reports import health
from app.transactions import reading
from app.web.guard import actor_or_none, public

bp = Blueprint("reports", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    who = actor_or_none()
    if who is None:
        return redirect(url_for("accounts.sign_in"), 303)
    return render_template("reports/home.html")


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return jsonify(alive=True)


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    findings = health.readiness(reading())
    ok = all(finding.ok for finding in findings)
    return jsonify(ready=ok, checks=[{"name": f.name, "ok": f.ok, "sentence": f.sentence} for f in findings]), 200 if ok else 503
