"""Marking a question with a wrong key again: choose, see what would change, propose; and how far it is."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.courses import queries as courses
from app.courses.models import CourseVersion, VersionState
from app.courses.rules.questions import Question
from app.courses.rules.review import preview
from app.decisions import queries as decisions
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.learning import services
from app.learning.forms import RegradeForm
from app.learning.models import RegradeRule, RegradeState
from app.learning.queries import content
from app.learning.queries import regrades as queries
from app.learning.services.regrades import IN_WORDS, chosen_rule
from app.learning.views.blueprint import bp
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


def _version(session: Session, slug: str, version_id: int) -> CourseVersion:
    """A published version with a quiz; NotFound for any other."""
    version = courses.load_version(session, slug, version_id, by=actor())
    if version.state is not VersionState.PUBLISHED or version.assessment is None:
        raise NotFound
    return version


def _scored(session: Session, version: CourseVersion) -> list[Question]:
    return [one for one in content.assessment(session, (version.id, version.content_hash)).graded if one.scored]


@bp.get("/courses/<slug>/versions/<int:version_id>/regrades/new")
@requires(Permission.COURSE_PROPOSE)
def new_regrade(slug: str, version_id: int) -> ResponseReturnValue:
    """`?question=` alone asks how to mark it; with `?rule=` (and `key_version`) what that would change. Nothing is written."""
    session = reading()
    version = _version(session, slug, version_id)
    asked = request.args
    form = RegradeForm(formdata=None)
    form.question.data = asked.get("question", "")[:64]
    form.rule.data, form.key_version.data = asked.get("rule", "")[:40], asked.get("key_version", "")[:18]
    return regrade_form_page(session, slug, version, form)


def regrade_form_page(session: Session, slug: str, version: CourseVersion, form: RegradeForm) -> str:
    questions = _scored(session, version)
    question = next((one for one in questions if one.id == form.question.data), None)
    others = queries.versions_with(session, version, question) if question is not None else []
    rule = _rule(form.rule.data)
    key_version = next((one for one in others if str(one.id) == form.key_version.data), None)
    complete = question is not None and rule is not None
    if rule is RegradeRule.KEY_OF_VERSION and key_version is None:
        complete = False
    effect = None
    if complete and question is not None and rule is not None:
        effect = queries.effect(session, version, question.id, rule, key_version.id if key_version else None)
    return render_template(
        "learning/new_regrade.html",
        slug=slug,
        version=version,
        questions=questions,
        question=question,
        preview=preview(question, with_key=True) if question is not None else None,
        rules=[(one, IN_WORDS[one]) for one in RegradeRule if others or one is not RegradeRule.KEY_OF_VERSION],
        rule=rule,
        in_words=IN_WORDS,
        others=others,
        key_version=key_version,
        key=_key_of(session, key_version, question) if rule is RegradeRule.KEY_OF_VERSION else (),
        effect=effect,
        form=form,
    )


def _rule(text: str | None) -> RegradeRule | None:
    try:
        return RegradeRule(text or "")
    except ValueError:
        return None


def _key_of(session: Session, version: CourseVersion | None, question: Question | None) -> tuple[str, ...]:
    if version is None or question is None:
        return ()
    found = queries.question_of(session, version.id, question.id)
    return found.key() if found is not None else ()


@bp.post("/courses/<slug>/versions/<int:version_id>/regrades")
@requires(Permission.COURSE_PROPOSE)
def create_regrade(slug: str, version_id: int) -> ResponseReturnValue:
    _version(reading(), slug, version_id)
    form = RegradeForm()

    def act(session: Session) -> str:
        key = form.key_version.data or ""
        made = services.propose_regrade(
            session,
            _version(session, slug, version_id),
            form.question.data or "",
            chosen_rule(form.rule.data or ""),
            key_version_id=int(key) if key.isdecimal() and len(key) < 19 else None,
            reason=form.reason.data,
            by=actor(),
            at=now(),
        )
        return url_for("learning.regrade", slug=slug, regrade_id=made.id)

    def again() -> str:
        session = reading()
        return regrade_form_page(session, slug, _version(session, slug, version_id), form)

    return submit(
        form, act, otherwise=again, said="Proposed. Nothing is marked again before somebody else approves it."
    )


@bp.get("/courses/<slug>/regrades/<int:regrade_id>")
@requires(Permission.QUESTION_ANALYSIS_READ)
def regrade(slug: str, regrade_id: int) -> ResponseReturnValue:
    session = reading()
    found = queries.load(session, slug, regrade_id)
    version = courses.load_version(session, slug, found.version_id, by=actor())
    question = queries.question_of(session, version.id, found.question_id)
    if question is None:
        raise NotFound
    with_key = courses.sees_keys(actor())
    key_version = session.get_one(CourseVersion, found.key_version_id) if found.key_version_id else None
    waiting = found.state is RegradeState.PROPOSED
    decision = decisions.of_subject(session, DecisionKind.REGRADE, found.id)
    return render_template(
        "learning/regrade.html",
        slug=slug,
        version=version,
        regrade=found,
        question=question,
        preview=preview(question, with_key=with_key),
        in_words=IN_WORDS[found.rule],
        key_version=key_version,
        key=_key_of(session, key_version, question) if with_key else (),
        effect=queries.effect(session, version, question.id, found.rule, found.key_version_id) if waiting else None,
        progress=queries.progress(session, found) if found.state is RegradeState.APPLIED else None,
        decision=decision[0] if decision and DecisionKind.REGRADE in decisions.visible_kinds(actor()) else None,
        names=accounts.names(session, [found.proposed_by_id]),
    )
