"""One-click sign-in as an invented person. Registered in demo mode only; elsewhere these addresses do not exist."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.views import begin_session
from app.cli.demo.cast import COMPANIES, PASSWORD, STAFF
from app.kernel.errors import NotFound
from app.transactions import reading
from app.web.guard import public

bp = Blueprint("demo", __name__)


@bp.get("/demo")
@public
def choose_person() -> ResponseReturnValue:
    known = set(reading().scalars(select(Person.email).where(Person.is_demo, Person.deactivated_at.is_(None))))
    staff = [player for player in STAFF.values() if player.email in known]
    companies = [
        (
            company,
            [p for p in (company.contact, company.executive, company.finance, *company.learners) if p.email in known],
        )
        for company in COMPANIES
    ]
    return render_template(
        "demo/choose_person.html", staff=staff, companies=[pair for pair in companies if pair[1]], password=PASSWORD
    )


@bp.post("/demo/sessions")
@public
def sign_in() -> ResponseReturnValue:
    email = request.form.get("email", "")
    person_id = reading().scalar(
        select(Person.id).where(Person.email == email, Person.is_demo, Person.deactivated_at.is_(None))
    )
    if person_id is None:
        raise NotFound
    begin_session(person_id)
    return redirect(url_for("reports.home"), 303)
