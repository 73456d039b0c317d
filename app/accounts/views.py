"""Signing in and out, invitations, the theme, and the administrator's list of people."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission, Role
from app.accounts import passwords, queries, services
from app.accounts.forms import NewPasswordForm, PersonForm, SignInForm
from app.accounts.models import Person, Theme
from app.accounts.rules import Reauthentication, clean_email, refuse_weak_password
from app.accounts.sessions import SignedIn
from app.extensions import limiter
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.settings import Settings
from app.transactions import reading, transaction
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, actor_or_none, public, requires
from app.web.submissions import submit

bp = Blueprint("accounts", __name__)

WRONG = "That e-mail address and password do not belong together, or too many wrong ones were tried. Check both, wait a minute, and try again."


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def own_path(target: str | None) -> str | None:
    """`target` if it is a path on this portal, else None: nothing of another host, scheme or shape passes."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or any(letter in " \\" or not letter.isprintable() for letter in target)
    ):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if actor_or_none() is not None:
        return redirect(url_for("reports.home"), 303)
    form = SignInForm(formdata=None)
    form.next.data = own_path(request.args.get("next")) or ""
    return render_template("accounts/sign_in.html", form=form)


@bp.post("/sign-in/kept")
@public
def sign_in_keeping() -> ResponseReturnValue:
    """The sign-in page for somebody who sent a form while signed out: what they sent waits in the page, and nothing is done yet."""
    form = SignInForm(formdata=None)
    form.next.data = own_path(request.args.get("next")) or ""
    sent = [(name, value) for name, values in request.form.lists() if name not in _TOKENS for value in values]
    return sign_in_page(form, kept_for=own_path(request.args.get("to")), kept=sent)


_TOKENS = frozenset({"csrf_token", "idempotency_key"})
_MOST_KEPT = 100


def sign_in_page(form: SignInForm, *, kept_for: str | None, kept: list[tuple[str, str]]) -> str:
    return render_template("accounts/sign_in.html", form=form, kept_for=kept_for, kept=kept if kept_for else [])


def what_was_kept() -> tuple[str | None, list[tuple[str, str]]]:
    """Where a form that waited for a sign-in belongs, and its fields; None and nothing where there is none."""
    names, values = request.form.getlist("kept_name"), request.form.getlist("kept_value")
    return own_path(request.form.get("kept_for")), list(zip(names, values, strict=False))[:_MOST_KEPT]


@bp.post("/sign-in")
@public
@limiter.limit(lambda: settings().sign_in_limit)
def open_session() -> ResponseReturnValue:
    form = SignInForm()
    kept_for, kept = what_was_kept()
    if not form.validate():
        return sign_in_page(form, kept_for=kept_for, kept=kept), 422
    at = now()
    person, credential = queries.credential_for(reading(), clean_email(form.email.data))
    waiting = services.must_wait(credential, at=at)
    right, rehashed = passwords.verify(
        form.password.data, credential.password_hash if credential and not waiting else None, settings().hashing_cost
    )
    if person is None or not right:
        if person is not None and credential is not None and not waiting:
            with transaction() as session:
                services.note_failure(session, person.id, at=at)
        form.reject(DomainError(WRONG))
        return sign_in_page(form, kept_for=kept_for, kept=kept), 422
    begin_session(person.id, rehashed)
    if kept_for and kept:
        return render_template("accounts/send_again.html", kept_for=kept_for, kept=kept, back=own_path(form.next.data))
    return redirect(own_path(form.next.data) or url_for("reports.home"), 303)


def begin_session(person_id: int, rehashed: str | None = None) -> None:
    """Open a server-side session for a person and give the browser its token; an earlier one of this browser is forgotten."""
    with transaction() as session:
        person = session.get_one(Person, person_id)
        token = services.open_session(
            session,
            person,
            at=now(),
            hours=settings().session_hours,
            browser=str(request.user_agent)[:200],
            rehashed=rehashed,
        )
        who = queries.actor_of(session, person_id, via="web")
    cookie.clear()
    for known in ("csrf_token", "actor"):  # of whoever this browser was before
        g.pop(known, None)
    login_user(SignedIn(token, who))


@bp.post("/sign-out")
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    who = actor()
    with transaction() as session:
        services.end_session(session, who.session_id, by=who, at=now())
    logout_user()
    cookie.clear()
    flash("You are signed out.")
    response = redirect(url_for("accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.post("/theme")
@public
def choose_theme() -> ResponseReturnValue:
    wanted = request.form.get("theme", "")
    if wanted not in {theme.value for theme in Theme}:
        raise DomainError("Choose system, light or dark.", field="theme")
    who = actor_or_none()
    if who is not None and who.person_id is not None:
        with transaction() as session:
            services.choose_theme(session, who.person_id, Theme(wanted))
    else:
        cookie["theme"] = wanted
    return redirect(own_path(request.form.get("next")) or url_for("reports.home"), 303)


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    _, person = queries.invitation(reading(), token, at=now())
    return render_template("accounts/invitation.html", form=NewPasswordForm(formdata=None), person=person)


@bp.post("/invitations/<token>")
@public
@limiter.limit(lambda: settings().sign_in_limit)
def accept_invitation(token: str) -> ResponseReturnValue:
    _, person = queries.invitation(reading(), token, at=now())
    form = NewPasswordForm()

    def page() -> str:
        return render_template("accounts/invitation.html", form=form, person=person)

    if not form.validate():
        return page(), 422
    try:
        if form.password.data != form.repeated.data:
            raise DomainError("The two passwords differ. Enter the same one twice.", field="repeated")
        refuse_weak_password(form.password.data, name=person.name, email=person.email, brand=settings().brand_name)
    except DomainError as error:
        form.reject(error)
        return page(), 422
    hashed = passwords.hash_password(form.password.data, settings().hashing_cost)

    def act(session: Session) -> str:
        services.accept_invitation(session, token, hashed, at=now())
        return url_for("accounts.sign_in")

    return submit(form, act, otherwise=page, said="Your password is set. Sign in with it.")


def confirm_password(form: EffectForm) -> Reauthentication | None:
    """Check the form's `password` field against the signed-in person's own; None, with the field's error set, when it is wrong.

    Call it before the transaction of a signature: hashing takes time that no lock should wait for.
    """
    who: Actor = actor()
    if not form.validate() or who.person_id is None:
        return None
    at = now()
    _, credential = queries.credential_for(reading(), who.email)
    waiting = services.must_wait(credential, at=at)
    right, _ = passwords.verify(
        form.data["password"],
        credential.password_hash if credential and not waiting else None,
        settings().hashing_cost,
    )
    if not right:
        if credential is not None and not waiting:
            with transaction() as session:
                services.note_failure(session, who.person_id, at=at)
        form.reject(DomainError("That is not your password. Nothing was signed; enter it again.", field="password"))
        return None
    return Reauthentication(who.person_id, at)


@bp.get("/people")
@requires(Permission.PEOPLE_READ)
def people() -> ResponseReturnValue:
    search = request.args.get("search", "").strip()[:100]
    after = request.args.get("after", "")
    name, _, last = after.rpartition("|")
    cursor = (name, int(last)) if name and last.isdigit() and len(last) < 15 else None
    session = reading()
    found = queries.people(session, search=search, after=cursor, limit=51)
    shown = found[:50]
    roles = {person.id: queries.roles_of(session, person.id) for person in shown} if len(shown) <= 50 else {}
    following = f"{shown[-1].name}|{shown[-1].id}" if len(found) > 50 else None
    return render_template("accounts/people.html", people=shown, roles=roles, search=search, following=following)


@bp.get("/people/new")
@requires(Permission.PEOPLE_KEEP)
def new_person() -> ResponseReturnValue:
    return render_template("accounts/new_person.html", form=PersonForm(formdata=None))


@bp.post("/people")
@requires(Permission.PEOPLE_KEEP)
def create_person() -> ResponseReturnValue:
    form = PersonForm()

    def act(session: Session) -> str:
        roles = frozenset(Role(value) for value in form.roles.data)
        made = services.create_person(
            session, form.name.data, form.email.data, partner_id=None, roles=roles, by=actor(), at=now()
        )
        services.invite(session, made, by=actor(), at=now())
        return url_for("accounts.people", search=made.email)

    return submit(
        form,
        act,
        otherwise=lambda: render_template("accounts/new_person.html", form=form),
        said="The account is made and an invitation is on its way.",
    )


@bp.post("/people/<int:person_id>/deactivation")
@requires(Permission.PEOPLE_KEEP)
def deactivate_person(person_id: int) -> ResponseReturnValue:
    def act(session: Session) -> str:
        person = session.get(Person, person_id)
        if person is None:
            raise NotFound
        services.deactivate(session, person, by=actor(), at=now())
        return url_for("accounts.people", search=person.email)

    form = ActionForm()
    return submit(
        form,
        act,
        otherwise=lambda: redirect(url_for("accounts.people"), 303),
        said="The account is closed and its sessions have ended.",
    )
