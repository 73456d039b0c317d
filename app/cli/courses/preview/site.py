"""The pages of a preview: an application of its own with the portal's templates and styles, without database and sign-in."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as PlainResponse

from app.cli.courses.preview.folder import KEY, CourseFolder, Look
from app.courses.rules.course import Course, Part, Unit
from app.courses.rules.grading import draw, show_check
from app.courses.rules.preparation import DEFAULT_ATTEMPTS, MEDIA_TYPES
from app.courses.rules.questions import Attestation, Question, Shown
from app.courses.rules.review import QuestionPreview, preview
from app.kernel.languages import own_name
from app.settings import Settings
from app.web import filters, headers, static_files
from app.web.context import Brand, brand_stylesheet

_APP = Path(__file__).resolve().parents[3]
_MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def preview_site(folder: CourseFolder, settings: Settings, *, lang: str = "") -> Flask:
    """The application. Set `config["PREVIEW_PORT"]` once the port is known: other hosts than this machine are turned away."""
    site = Flask("good_standing_preview", template_folder=str(_APP / "templates"), static_folder=None)
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    headers.install(site)
    filters.install(site)
    static_files.install(site, _APP / "static")
    site.wsgi_app = _only_here(site, site.wsgi_app)  # type: ignore[method-assign]
    brand = Brand(settings.brand_name, settings.vendor_name, None, settings.support_email, "", "/brand.css")
    pages = _Pages(folder, lang)

    @site.context_processor
    def given() -> dict[str, Any]:
        return {"brand": brand, "theme": "system"}

    site.add_url_rule("/brand.css", "brand", lambda: Response(brand_stylesheet(settings), mimetype="text/css"))
    site.add_url_rule("/stamp", "stamp", lambda: Response(folder.stamp(), mimetype="text/plain"))
    site.add_url_rule("/", "start", pages.start)
    site.add_url_rule("/faults", "faults", pages.faults)
    site.add_url_rule("/media/<path:path>", "media", pages.media)
    site.add_url_rule("/<lang>/", "overview", pages.overview)
    site.add_url_rule("/<lang>/units/<slug>", "unit", pages.unit)
    site.add_url_rule("/<lang>/statements", "statements", pages.statements)
    return site


def _only_here(site: Flask, inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A page of another site may make its own name point at this machine; the name that the browser then sends gives it away."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        port = site.config.get("PREVIEW_PORT")
        if environ.get("HTTP_HOST", "") in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            return inner(environ, start_response)
        refusal = PlainResponse(f"This preview answers at http://127.0.0.1:{port}/ only.\n", 421, mimetype="text/plain")
        return refusal(environ, start_response)

    return answer


class _Pages:
    """What each address shows."""

    def __init__(self, folder: CourseFolder, lang: str) -> None:
        self.folder, self.lang = folder, lang

    def start(self) -> ResponseReturnValue:
        look = self.folder.look()
        course = look.course("", with_key=False)
        if course is None:
            return self._faulty(look)
        return redirect(f"/{self.lang if self.lang in course.languages else course.languages[0]}/", 303)

    def faults(self) -> ResponseReturnValue:
        return self._faulty(self.folder.look())

    def overview(self, lang: str) -> ResponseReturnValue:
        return self._page(
            lang, "courses/preview/overview.html", lambda course: {"attempts": course.meta.attempts or DEFAULT_ATTEMPTS}
        )

    def unit(self, lang: str, slug: str) -> ResponseReturnValue:
        def shown(course: Course) -> dict[str, Any]:
            unit = course.unit(slug) or abort(404)
            if unit.kind == "quiz":
                return {"unit": unit, **self._quiz(course)}
            return {"unit": unit, "parts": [_part(unit, part, with_key=_with_key()) for part in unit.parts]}

        return self._page(lang, "courses/preview/unit.html", shown, slug)

    def statements(self, lang: str) -> ResponseReturnValue:
        def shown(course: Course) -> dict[str, Any]:
            statements = course.assessment.attestation_statements if course.assessment else ()
            return {"statements": statements or abort(404)}

        return self._page(lang, "courses/preview/statements.html", shown, "statements")

    def media(self, path: str) -> ResponseReturnValue:
        bundle = self.folder.look().bundle
        kind = MEDIA_TYPES.get(PurePosixPath(path).suffix.lower())
        if bundle is None or path not in bundle or kind is None:
            abort(404)
        response = send_file(io.BytesIO(bundle[path]), mimetype=kind, conditional=True)
        response.headers["Content-Security-Policy"] = _MEDIA_POLICY
        return response

    def _quiz(self, course: Course) -> dict[str, Any]:
        quiz = course.assessment or abort(404)
        if _with_key():
            sections = [
                (
                    section,
                    [preview(one, with_key=True) for one in section.questions if not isinstance(one, Attestation)],
                )
                for section in quiz.sections
            ]
            return {"quiz": quiz, "sections": sections}
        drawn = request.args.get("paper", "1")
        number = int(drawn) if drawn.isascii() and drawn.isdigit() and len(drawn) < 6 else 1
        return {"quiz": quiz, "paper": draw(quiz, seed=f"preview {number}"), "next_paper": number + 1}

    def _page(
        self, lang: str, template: str, shown: Callable[[Course], dict[str, Any]], here: str = ""
    ) -> ResponseReturnValue:
        look = self.folder.look()
        course = look.course(lang, with_key=_with_key())
        if course is None:
            return self._faulty(look)
        if lang not in course.languages:
            abort(404)
        places = _places(course, lang)
        at = next((number for number, place in enumerate(places) if place["slug"] == here), -1)
        return render_template(
            template,
            course=course,
            page_language=lang,
            lesson={
                "course_title": course.title,
                "progress_text": f"Version {course.version}",
                "units": [{**place, "current": number == at} for number, place in enumerate(places)],
            },
            place=at + 1,
            before=places[at - 1] if at > 0 else None,
            after=places[at + 1] if at + 1 < len(places) else None,
            **self._bar(look, course, lang, here),
            **shown(course),
        )

    def _bar(self, look: Look, course: Course | None, lang: str, here: str) -> dict[str, Any]:
        tail = f"{'units/' if here != 'statements' else ''}{quote(here)}" if here else ""
        key = KEY if _with_key() else ""
        return {
            "look": look,
            "slug": self.folder.name,
            "with_key": _with_key(),
            "key": key,
            "other_key": "" if key else KEY,
            "address": f"/{lang}/{tail}",
            "languages": [
                {
                    "code": one,
                    "name": own_name(one),
                    "url": f"/{one}/{tail}{key}",
                    "current": one == lang,
                }
                for one in (course.languages if course else ())
            ],
        }

    def _faulty(self, look: Look) -> ResponseReturnValue:
        return render_template("courses/preview/faults.html", **self._bar(look, None, "", ""))


def _with_key() -> bool:
    return request.args.get("key") == "1"


def _places(course: Course, lang: str) -> list[dict[str, Any]]:
    """The pages of a course in their order, as the list of units shows them."""
    key = KEY if _with_key() else ""
    places = [
        {
            "slug": unit.slug,
            "title": unit.title,
            "minutes": unit.minutes,
            "url": f"/{lang}/units/{quote(unit.slug)}{key}",
            "done": False,
        }
        for unit in course.units
    ]
    if course.assessment and course.assessment.attestation_statements:
        places.append(
            {"slug": "statements", "title": "Statements to sign", "url": f"/{lang}/statements{key}", "done": False}
        )
    return places


def _part(unit: Unit, part: Part, *, with_key: bool) -> dict[str, str | Shown | QuestionPreview | None]:
    """A stretch of a lesson: its text, or its check as the learner gets it or with its key."""
    question: Question | None = unit.check(part.check) if part.check else None
    return {
        "html": part.html,
        "shown": show_check(question) if question is not None and not with_key else None,
        "keyed": preview(question, with_key=True) if question is not None and with_key else None,
    }
