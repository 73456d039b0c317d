"""The partner's statement: for its own people, and for vendor staff who may see money."""

from datetime import date

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.incentives import queries
from app.incentives.queries import holds, statement_file
from app.incentives.queries.statements import partner_of_statement
from app.incentives.views.room import attachment, bp
from app.kernel.clock import day_in, now
from app.partners import queries as partners
from app.partners.models import Partner
from app.transactions import reading
from app.web.guard import actor, requires


@bp.get("/incentives/own")
@requires(Permission.MONEY_READ_OWN)
def own_statement() -> ResponseReturnValue:
    session = reading()
    return _page(session, partner_of_statement(session, actor().partner_id or 0, by=actor()), own=True)


@bp.get("/partners/<number>/incentives", endpoint="statement")
@requires(Permission.MONEY_READ)
def statement_of(number: str) -> ResponseReturnValue:
    session = reading()
    return _page(session, partners.load(session, number, by=actor()), own=False)


@bp.get("/incentives/own.csv")
@requires(Permission.MONEY_READ_OWN)
def own_statement_file() -> ResponseReturnValue:
    session = reading()
    return _file(session, partner_of_statement(session, actor().partner_id or 0, by=actor()))


@bp.get("/partners/<number>/incentives.csv")
@requires(Permission.MONEY_READ)
def statement_file_of(number: str) -> ResponseReturnValue:
    session = reading()
    return _file(session, partners.load(session, number, by=actor()))


@bp.get("/incentives/own/holds/<number>")
@requires(Permission.MONEY_READ_OWN)
def own_hold(number: str) -> ResponseReturnValue:
    """What one hold withholds, earning by earning, without what compliance wrote about it."""
    session = reading()
    hold = holds.load_own_hold(session, number, by=actor())
    at = now()
    view = next(
        view for view in queries.statement(session, hold.partner_id, by=actor(), at=at).holds if view.hold.id == hold.id
    )
    return render_template("incentives/own_hold.html", view=view, earnings=holds.held_earnings(session, hold.id))


def _page(session: Session, partner: Partner, *, own: bool) -> str:
    at = now()
    today = day_in(partner.time_zone, at)
    month = _month(request.args.get("month"), today)
    earlier = date(month.year - (month.month == 1), 12 if month.month == 1 else month.month - 1, 1)
    later = date(month.year + month.month // 12, month.month % 12 + 1, 1)

    def url(shown: date) -> str:
        asked = f"{shown:%Y-%m}"
        if own:
            return url_for("incentives.own_statement", month=asked, _anchor="month")
        return url_for("incentives.statement", number=partner.number, month=asked, _anchor="month")

    return render_template(
        "incentives/statement.html",
        statement=queries.statement(session, partner.id, by=actor(), at=at),
        period=queries.period(session, partner, month),
        own=own,
        month=month,
        earlier_url=url(earlier),
        later_url=url(later) if later <= today else None,
        file_url=url_for("incentives.own_statement_file")
        if own
        else url_for("incentives.statement_file_of", number=partner.number),
    )


def _month(asked: str | None, today: date) -> date:
    """The first day of the month asked for as `2026-03`; this month where the address says something else."""
    try:
        found = date.fromisoformat(f"{asked}-01") if asked else today.replace(day=1)
    except ValueError:
        found = today.replace(day=1)
    return min(max(found, date(2000, 1, 1)), today.replace(day=1))


def _file(session: Session, partner: Partner) -> Response:
    at = now()
    content = statement_file.write(queries.statement(session, partner.id, by=actor(), at=at))
    return attachment(content, f"incentives-{partner.number}-{day_in(partner.time_zone, at)}.csv")
