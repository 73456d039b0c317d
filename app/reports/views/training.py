"""Reports on training: a person's transcript, a partner's, and the covered-persons report; each as page, PDF and CSV."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.policy import Permission
from app.incentives.rules.delimited import neutral, write_table
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.partners import queries as partners
from app.partners.models import Partner
from app.reports import covered_persons, transcripts
from app.reports.covered_persons import SHOWN
from app.reports.papers import Paper, printed
from app.reports.transcripts import MOST_PRINTED, Line, Transcript
from app.reports.views.blueprint import bp
from app.settings import Settings
from app.transactions import reading
from app.web.filters import day, percent
from app.web.guard import actor, requires

_LINES = ("person", "training", "version", "language", "completed_on", "valid_until", "score", "needed", "minutes", "standing", "reference")  # fmt: skip
_REPORT = ("training", "description", "minutes", "renewal", "first_due", "last_due", "required", "completed", "percent", "exception", "why")  # fmt: skip


# A person's own, and a person's as those see it who look after them


@bp.get("/transcript")
@requires(Permission.TRAINING_RECORD_READ_OWN)
def own_transcript() -> ResponseReturnValue:
    return _transcript_page(*_own())


@bp.get("/transcript.csv")
@requires(Permission.TRAINING_RECORD_READ_OWN)
def own_transcript_csv() -> ResponseReturnValue:
    found, _ = _own()
    return _csv(_LINES, _cells(found.lines), f"transcript-{found.on.isoformat()}")


@bp.get("/transcript.pdf")
@requires(Permission.TRAINING_RECORD_READ_OWN)
def own_transcript_pdf() -> ResponseReturnValue:
    found, scores = _own()
    return _pdf(_paper_of(found, scores=scores), f"transcript-{found.on.isoformat()}")


def _own() -> tuple[Transcript, bool]:
    session, who = reading(), actor()
    if who.person_id is None or who.partner_id is None:
        raise NotFound
    partner = partners.load_by_id(session, who.partner_id, by=who)
    return transcripts.of_person(session, who.person_id, partner, scores=True, at=now()), True


@bp.get("/partners/<number>/people/<int:person_id>/transcript")
@requires(Permission.TEAM_TRAINING_READ)
def person_transcript(number: str, person_id: int) -> ResponseReturnValue:
    return _transcript_page(*_persons(number, person_id))


@bp.get("/partners/<number>/people/<int:person_id>/transcript.csv")
@requires(Permission.TEAM_TRAINING_READ)
def person_transcript_csv(number: str, person_id: int) -> ResponseReturnValue:
    found, _ = _persons(number, person_id)
    return _csv(_LINES, _cells(found.lines), f"transcript-{person_id}-{found.on.isoformat()}")


@bp.get("/partners/<number>/people/<int:person_id>/transcript.pdf")
@requires(Permission.TEAM_TRAINING_READ)
def person_transcript_pdf(number: str, person_id: int) -> ResponseReturnValue:
    found, scores = _persons(number, person_id)
    return _pdf(_paper_of(found, scores=scores), f"transcript-{person_id}-{found.on.isoformat()}")


def _persons(number: str, person_id: int) -> tuple[Transcript, bool]:
    session = reading()
    partner = partners.load(session, number, by=actor())
    scores = _sees_scores()
    return transcripts.of_person(session, person_id, partner, scores=scores, at=now()), scores


def _sees_scores() -> bool:
    """Scores are for the person and for compliance: not for colleagues, not for those who sell."""
    return actor().may(Permission.TRAINING_READ)


def _transcript_page(found: Transcript, scores: bool) -> str:
    own = found.person_id == actor().person_id
    address = (
        url_for("reports.own_transcript")
        if own
        else url_for("reports.person_transcript", number=found.partner.number, person_id=found.person_id)
    )
    return render_template("reports/transcript.html", found=found, own=own, scores=scores, address=address)


def _paper_of(found: Transcript, *, scores: bool) -> Paper:
    headings = [
        "Training",
        "Version",
        "Completed on",
        "Valid until",
        *(["Score (needed)"] if scores else []),
        "Standing",
    ]
    rows = [
        [
            line.title,
            line.version,
            day(line.completed_on),
            _until(line),
            *([_score(line)] if scores else []),
            line.standing,
        ]
        for line in found.lines[:MOST_PRINTED]
    ]
    return Paper(
        title="Transcript of training",
        vendor=_settings().vendor_name,
        facts=[
            ("Name", found.person_name),
            ("Company", f"{found.partner.legal_name} ({found.partner.number})"),
            ("As of", day(found.on)),
        ],
        headings=headings,
        rows=rows,
        notes=_cut(len(found.lines)),
    )


# A partner's


@bp.get("/partners/<number>/transcript")
@requires(Permission.TEAM_TRAINING_READ)
def partner_transcript(number: str) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    after = request.args.get("after", "")[:80]
    found = transcripts.of_partner(session, partner, scores=_sees_scores(), after=after, at=now())
    address = url_for("reports.partner_transcript", number=number)
    return render_template(
        "reports/partner_transcript.html",
        found=found,
        scores=_sees_scores(),
        address=address,
        first_url=address if after else None,
        next_url=f"{address}?after={found.following}" if found.following else None,
    )


@bp.get("/partners/<number>/transcript.csv")
@requires(Permission.TEAM_TRAINING_READ)
def partner_transcript_csv(number: str) -> ResponseReturnValue:
    session, at = reading(), now()
    partner = partners.load(session, number, by=actor())
    lines = _all_lines(session, partner, at, most=None)
    return _csv(_LINES, _cells(lines), f"transcript-{partner.number}")


@bp.get("/partners/<number>/transcript.pdf")
@requires(Permission.TEAM_TRAINING_READ)
def partner_transcript_pdf(number: str) -> ResponseReturnValue:
    session, at = reading(), now()
    partner = partners.load(session, number, by=actor())
    lines, scores = _all_lines(session, partner, at, most=MOST_PRINTED + 1), _sees_scores()
    headings = [
        "Person",
        "Training",
        "Version",
        "Completed on",
        "Valid until",
        *(["Score"] if scores else []),
        "Standing",
    ]
    rows = [
        [
            line.person_name,
            line.title,
            line.version,
            day(line.completed_on),
            _until(line),
            *([_score(line)] if scores else []),
            line.standing,
        ]
        for line in lines[:MOST_PRINTED]
    ]
    paper = Paper(
        title="Transcript of training",
        vendor=_settings().vendor_name,
        facts=[("Company", f"{partner.legal_name} ({partner.number})")],
        headings=headings,
        rows=rows,
        notes=_cut(len(lines)),
    )
    return _pdf(paper, f"transcript-{partner.number}")


def _all_lines(session: Session, partner: Partner, at: datetime, *, most: int | None) -> list[Line]:
    lines: list[Line] = []
    after = ""
    while most is None or len(lines) < most:
        page = transcripts.of_partner(session, partner, scores=_sees_scores(), after=after, limit=1000, at=at)
        lines += page.lines
        if page.following is None:
            break
        after = page.following
    return lines


# Covered persons


@bp.get("/partners/<number>/covered-persons-report")
@requires(Permission.TEAM_TRAINING_READ)
def covered_persons_report(number: str) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = covered_persons.report(session, partner, at=now())
    return render_template("reports/covered_persons.html", found=found, shown=SHOWN)


@bp.get("/partners/<number>/covered-persons-report.csv")
@requires(Permission.TEAM_TRAINING_READ)
def covered_persons_report_csv(number: str) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = covered_persons.report(session, partner, at=now())
    rows = []
    for one in found.trainings:
        about = (
            one.title,
            one.description,
            str(one.minutes),
            one.renewal,
            one.first_due.isoformat(),
            one.last_due.isoformat(),
            str(one.required),
            str(one.completed),
            one.percent,
        )
        rows += [(*about, missing.name, missing.why) for missing in one.exceptions] or [(*about, "", "")]
    cells = [tuple(neutral(cell) for cell in row) for row in rows]
    return _csv(_REPORT, cells, f"covered-persons-{partner.number}-{found.on.isoformat()}")


@bp.get("/partners/<number>/covered-persons-report.pdf")
@requires(Permission.TEAM_TRAINING_READ)
def covered_persons_report_pdf(number: str) -> ResponseReturnValue:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = covered_persons.report(session, partner, at=now())
    rows = [
        [
            one.title,
            one.description,
            f"{one.minutes} min",
            f"{day(one.first_due)} to {day(one.last_due)}, {one.renewal}" if one.first_due != one.last_due else f"{day(one.first_due)}, {one.renewal}",
            str(one.required),
            f"{one.completed} ({one.percent})",
            "; ".join(f"{missing.name}: {missing.why}" for missing in one.exceptions[:SHOWN]) or "None",
        ]
        for one in found.trainings
    ]  # fmt: skip
    paper = Paper(
        title="Training of covered persons",
        vendor=_settings().vendor_name,
        facts=[
            ("Company", f"{partner.legal_name} ({partner.number})"),
            ("Covered persons", str(found.people)),
            ("As of", day(found.on)),
        ],
        headings=["Training", "What it is about", "Length", "Schedule", "Required", "Completed", "Exceptions"],
        rows=rows,
        notes=[f"At most {SHOWN} exceptions of a training are named here; the CSV file names all of them."]
        if any(len(one.exceptions) > SHOWN for one in found.trainings)
        else [],
    )
    return _pdf(paper, f"covered-persons-{partner.number}-{found.on.isoformat()}")


# How they leave


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _until(line: Line) -> str:
    return day(line.valid_until) if line.valid_until else "does not lapse"


def _score(line: Line) -> str:
    if line.score is None or line.mastery_score is None:
        return ""
    return f"{percent(line.score)} ({percent(line.mastery_score)})"


def _cut(lines: int) -> list[str]:
    return (
        [f"Only the first {MOST_PRINTED:,} lines are printed; the CSV file has all of them."]
        if lines > MOST_PRINTED
        else []
    )


def _cells(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    return [
        (
            neutral(line.person_name),
            neutral(line.title),
            line.version,
            line.language,
            line.completed_on.isoformat(),
            line.valid_until.isoformat() if line.valid_until else "",
            percent(line.score) if line.score is not None else "",
            percent(line.mastery_score) if line.mastery_score is not None else "",
            str(line.minutes) if line.minutes else "",
            line.standing,
            line.reference,
        )
        for line in lines
    ]


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> Response:
    response = Response(write_table(columns, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _pdf(paper: Paper, name: str) -> Response:
    response = Response(printed(paper, settings=_settings()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
