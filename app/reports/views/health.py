"""Is the portal alive, and is it ready?"""

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.reports import health
from app.reports.views.blueprint import bp
from app.transactions import reading
from app.web.guard import public


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return jsonify(alive=True)


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    findings = health.readiness(reading())
    ok = all(finding.ok for finding in findings)
    return jsonify(
        ready=ok, checks=[{"name": f.name, "ok": f.ok, "sentence": f.sentence} for f in findings]
    ), 200 if ok else 503
