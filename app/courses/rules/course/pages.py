"""One page of a course rendered: its pictures and links found among the files, its faults reported by line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.courses.rules import markdown
from app.courses.rules.bundle import Bundle
from app.courses.rules.course.file_names import CHANGES, LANGUAGE_SUFFIX
from app.courses.rules.front_matter import Page
from app.courses.rules.problems import Report


@dataclass(frozen=True)
class Addresses:
    """Where the files of a course are served. Each function takes a path in the bundle, or a unit's slug, and gives a URL."""

    media: Callable[[str], str] = str
    unit: Callable[[str], str] = str


@dataclass(frozen=True)
class Pages:
    """The files that a page may show or link, where they are served, and the report that its faults go to."""

    bundle: Bundle
    texts: dict[str, str]
    addresses: Addresses
    report: Report

    def setting(self, page: Page, lang: str) -> markdown.Setting:
        return markdown.Setting(
            media=lambda path: self._media(page.file, path, lang),
            link=self._link,
            lang=lang,
            first_line=page.body_line,
        )

    def overview(self, page: Page, lang: str) -> markdown.Rendered:
        self.refuse_html(page)
        setting = self.setting(page, lang)
        parsed = markdown.parse(page.body, setting)
        for token in parsed.tokens:
            if token.type == "quiz":
                self.report.error(
                    page.file, (token.map or [0])[0] + page.body_line, "A <quiz> check belongs into a lesson."
                )
        self.pass_on(page, parsed)
        headings = markdown.level_headings(parsed.tokens, setting)
        tokens = [token for token in parsed.tokens if token.type != "quiz"]
        return markdown.Rendered(markdown.to_html(tokens, setting), markdown.count_words(tokens), headings)

    def refuse_html(self, page: Page) -> None:
        for line, snippet in markdown.raw_html(page.body):
            if snippet.strip() in {"<quiz>", "</quiz>"}:
                message = f"{snippet.strip()} must stand alone on its line, not inside a list or a quote."
            else:
                message = f"Raw HTML is not allowed: '{snippet.strip()[:60]}'. Write Markdown; for a less-than sign write &lt;."
            self.report.error(page.file, line + page.body_line - 1, message)

    def pass_on(self, page: Page, parsed: markdown.Parsed) -> None:
        for line, message in parsed.problems:
            self.report.error(page.file, line, message)

    def _media(self, file: str, path: str, lang: str) -> markdown.Media | None:
        if path not in self.bundle:
            return None
        suffix = PurePosixPath(path).suffix.lower()
        stem = path[: -len(suffix)] if suffix else path
        captions: list[tuple[str, str]] = []
        for other in self.texts:
            found = LANGUAGE_SUFFIX.fullmatch(other)
            if found and found["stem"] == stem and found["suffix"] == "vtt":
                captions.append((found["lang"], self.addresses.media(other)))
        transcript = self.texts.get(f"{stem}.{lang}.md", self.texts.get(f"{stem}.md"))
        fault = ""
        if suffix in markdown.VIDEO_SUFFIXES and not captions:
            fault = f"The film '{path}' has no captions: put {PurePosixPath(stem).name}.{lang}.vtt beside it."
        elif suffix in markdown.VIDEO_SUFFIXES and lang not in dict(captions):
            self.report.warning(
                file,
                0,
                f"The film '{path}' has no captions in '{lang}'. Put {PurePosixPath(stem).name}.{lang}.vtt beside it.",
            )
        elif suffix in markdown.AUDIO_SUFFIXES and not transcript:
            fault = f"The sound '{path}' has no transcript: put {PurePosixPath(stem).name}.md beside it."
        html = ""
        if transcript and suffix in markdown.VIDEO_SUFFIXES | markdown.AUDIO_SUFFIXES:
            html = markdown.render(transcript, lang=lang, id_prefix=f"c-{markdown.slug(stem)}-", top_heading=3).html
        return markdown.Media(self.addresses.media(path), tuple(captions), html, fault)

    def _link(self, target: str) -> str | None:
        path, hash_mark, fragment = target.partition("#")
        inside = markdown.inside_folder(path)
        if inside is None or inside not in self.bundle or inside == CHANGES:
            return None
        if "/" in inside or not inside.endswith(".md"):
            return self.addresses.media(inside)
        found = LANGUAGE_SUFFIX.fullmatch(inside)
        stem = found["stem"] if found else inside.removesuffix(".md")
        if stem == "index":
            return None  # the overview is part of the course's own page, whose address differs from reader to reader
        return self.addresses.unit(stem) + (f"#c-{markdown.slug(fragment)}" if hash_mark and fragment else "")
