"""What every template may use without asking: the brand, the reader, the header's links, notices, tokens."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, get_flashed_messages, session, url_for

from app.settings import Settings
from app.web.forms import new_key
from app.web.frame import frame
from app.web.guard import actor_or_none, public
from app.web.signatures import csrf_token


@dataclass(frozen=True)
class Brand:
    name: str
    vendor_name: str
    logo_url: str | None
    support_email: str
    support_hours: str
    stylesheet_url: str


@dataclass(frozen=True)
class Notice:
    kind: str
    title: str


def install(app: Flask, settings: Settings) -> None:
    stylesheet = brand_stylesheet(settings)
    tag = hashlib.sha256(stylesheet.encode()).hexdigest()[:12]
    logo = settings.logo_path.read_bytes() if settings.logo_path else None
    brand = Brand(
        settings.brand_name,
        settings.vendor_name,
        f"/brand-logo.{hashlib.sha256(logo).hexdigest()[:12]}.png" if logo else None,
        settings.support_email,
        settings.support_hours,
        f"/brand.css?v={tag}",
    )

    @app.get("/brand.css", endpoint="brand_stylesheet")
    @public
    def brand_css() -> Response:
        return _kept(Response(stylesheet, mimetype="text/css"))

    if logo:

        @app.get(brand.logo_url or "", endpoint="brand_logo")
        @public
        def brand_logo() -> Response:
            return _kept(Response(logo, mimetype="image/png"))

    always = {"brand": brand, "demo_mode": settings.is_demo}
    framing = frame(app, always)

    @app.context_processor
    def given() -> dict[str, Any]:
        who = actor_or_none()
        return {
            **always,
            "actor": who,
            "theme": who.theme if who else session.get("theme", "system"),
            "just_said": [
                Notice(kind, str(said))
                for kind, flashed_as in (("success", "message"), ("attention", "attention"))
                for said in get_flashed_messages(category_filter=(flashed_as,))
            ]
            if "_flashes" in session
            else (),
            "known_endpoints": app.view_functions,
            "csrf_token": csrf_token,
            **framing,
        }

    app.jinja_env.globals.update(idempotency_key=new_key, url_for=url_for)


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def brand_stylesheet(settings: Settings) -> str:
    """The vendor's colors over the defaults of app.css; settings have checked them to be hexadecimal."""
    return f"@layer tokens {{ :root {{ --brand-light: {settings.brand_color}; --brand-dark: {settings.brand_color_dark}; }} }}\n"
