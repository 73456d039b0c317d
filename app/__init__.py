"""Good Standing: the portal where a vendor's partners get back into good standing. `create_app` is the table of contents."""

import logging
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import csrf, db, limiter, login, migrate
from app.settings import Mode, Settings
from app.web.signatures import RememberingSessions


class Portal(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is a coroutine; Flask would look for one a dozen times a request."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application. Settings come from the environment unless given."""
    settings = settings or settings_of_this_start()
    app = Portal(__name__, static_folder=None, instance_path=str(settings.data_folder.resolve()))
    configure(app, settings)
    connect_database(app)
    install_web(app, settings)
    register_rooms(app, settings)
    if settings.mode is Mode.PRODUCTION and not is_migrating():
        refuse_demo_data(app)
    return app


# Commands that need nothing of a portal of one's own: they read files, or make a database for themselves.
_BY_THEMSELVES = (
    ("demo", "story"),
    ("courses", "check"),
    ("courses", "import-learn"),
    ("courses", "preview"),
    ("courses", "export-qti"),
)


def settings_of_this_start() -> Settings:
    """From the environment. Where it says nothing at all, a command that works by itself runs as in demo mode."""
    is_configured = any(name.startswith("GOOD_STANDING_") or name == "DATABASE_URL" for name in os.environ)
    if not is_configured and any(pair in _BY_THEMSELVES for pair in pairwise(sys.argv)):
        return Settings(mode=Mode.DEMO)
    return Settings()


def configure(app: Flask, settings: Settings) -> None:
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    secure = settings.mode is Mode.PRODUCTION and settings.base_url.startswith("https://")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.url,
        SQLALCHEMY_ENGINE_OPTIONS={} if settings.url.startswith("sqlite") else {"pool_pre_ping": True},
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + 512 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=settings.mode is not Mode.TESTING,
        RATELIMIT_HEADERS_ENABLED=False,
        PROPAGATE_EXCEPTIONS=settings.mode is Mode.TESTING or None,
        TRUSTED_HOSTS=[host.strip() for host in settings.trusted_hosts.split(",") if host.strip()] or None,
    )
    logging.getLogger("good_standing").setLevel(logging.INFO)
    app.session_interface = RememberingSessions()
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def is_migrating() -> bool:
    """Whether this process is `flask db …`, which must run on any database and before there are tables."""
    return Path(sys.argv[0]).name in ("flask", "__main__.py") and "db" in sys.argv[1:]


def refuse_demo_data(app: Flask) -> None:
    """Raise RuntimeError where the database holds invented people, whose password is printed in the documentation."""
    from app.accounts.models import Person

    with app.app_context():
        try:
            if not inspect(db.engine).has_table(Person.__tablename__):
                return
            invented = db.session.scalars(select(Person.email).where(Person.is_demo).order_by(Person.id)).all()
        finally:
            db.session.remove()
            db.engine.dispose()  # no connection may be shared with the processes that a server forks
    if invented:
        raise RuntimeError(
            f"This database holds demo data: {len(invented)} invented people, {invented[0]} among them, whose password is public. "
            "A production start refuses it. Set DATABASE_URL to another database, or GOOD_STANDING_MODE=demo to look around."
        )


def connect_database(app: Flask) -> None:
    from app.kernel.database import prepare_engine

    load_tables()
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"))
    with app.app_context():
        prepare_engine(db.engine)


def load_tables() -> None:
    """Every room's tables, so that foreign keys named by string find each other."""
    import app.accounts.models
    import app.audit.models
    import app.certificates.models
    import app.courses.models
    import app.decisions.models
    import app.incentives.models
    import app.kernel.receipts
    import app.learning.models
    import app.outbox.models
    import app.partners.models
    import app.remediation.models  # noqa: F401


def install_web(app: Flask, settings: Settings) -> None:
    from app.web import context, errors, filters, guard, headers, intake, static_files

    csrf.init_app(app)
    limiter.init_app(app)
    login.init_app(app)
    login.session_protection = None
    headers.install(app)
    guard.install(app)
    intake.install(app)
    errors.install(app)
    filters.install(app)
    context.install(app, settings)
    static_files.install(app, Path(__file__).resolve().parent / "static")


def register_rooms(app: Flask, settings: Settings) -> None:
    """Every room's pages and commands. Order is the order of the house, ground floor first."""
    from app import cli
    from app.accounts.views import bp as accounts
    from app.api.views import bp as api
    from app.certificates.views import bp as certificates
    from app.courses.views import bp as courses
    from app.incentives.views import bp as incentives
    from app.learning.views import bp as learning
    from app.outcomes.training import Outcomes
    from app.outcomes.views import bp as outcomes
    from app.partners.views import bp as partners
    from app.remediation.views import bp as remediation
    from app.reports.views import bp as reports
    from app.web.consequences import hand_over

    for blueprint in (
        accounts,
        partners,
        courses,
        learning,
        certificates,
        incentives,
        remediation,
        outcomes,
        reports,
        api,
    ):
        app.register_blueprint(blueprint)
    if settings.is_demo:
        from app.cli.demo.views import bp as demo
        from app.notifications.views import bp as demo_mail

        for blueprint in (demo, demo_mail):
            app.register_blueprint(blueprint)
    hand_over(app.extensions, Outcomes())
    cli.install(app)
    app.extensions["good_standing_create_app"] = create_app
    app.extensions["good_standing_endpoints"] = frozenset(app.view_functions)
