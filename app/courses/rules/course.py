"""A bundle read as a course: its units, its final quiz, its languages; and every fault in it, by file and line."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal
from xml.etree import ElementTree

from pydantic import TypeAdapter

from app.courses.rules import markdown
from app.courses.rules.bundle import Bundle
from app.courses.rules.front_matter import CourseMeta, LessonMeta, MoveOn, Page, QuizMeta, read_meta, read_page
from app.courses.rules.problems import CourseRefused, Problem, Report
from app.courses.rules.questions import AnyQuestion, Question
from app.courses.rules.quiz import Assessment, read_check, read_sections

INDEX = "index.md"
CHANGES = "CHANGES.md"
MEDIA_FOLDER = "media/"
_LANGUAGE_SUFFIX = re.compile(r"(?P<stem>.+)\.(?P<lang>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(?P<suffix>md|vtt)")
_SECONDS_PER_QUESTION = 45
_PLAIN_FILES = frozenset({".md", ".vtt"})
_SIGNATURES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".gif": ((0, b"GIF8"),),
    ".webp": ((0, b"RIFF"), (8, b"WEBP")),
    ".mp4": ((4, b"ftyp"),),
    ".m4a": ((4, b"ftyp"),),
    ".webm": ((0, b"\x1a\x45\xdf\xa3"),),
    ".ogg": ((0, b"OggS"),),
}


@dataclass(frozen=True)
class Part:
    """A stretch of a lesson: safe HTML, or (when `check` is set) the place of the ungraded check with that id."""

    html: str = ""
    check: str = ""


@dataclass(frozen=True)
class Unit:
    """A page of the course. `checks` hold their keys: show them with `grading.show`, never as they are."""

    slug: str
    kind: Literal["lesson", "quiz"]
    title: str
    lang: str
    minutes: int
    words: int
    description: str = ""
    objectives: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    headings: tuple[markdown.Heading, ...] = ()
    checks: tuple[AnyQuestion, ...] = ()

    @property
    def html(self) -> str:
        """The lesson without its checks."""
        return "\n".join(part.html for part in self.parts if part.html)

    def check(self, check_id: str) -> Question | None:
        return next((question for question in self.checks if question.id == check_id), None)


@dataclass(frozen=True)
class Course:
    """One language of one course version. `languages` names every language that the bundle holds."""

    meta: CourseMeta
    lang: str
    languages: tuple[str, ...]
    overview_html: str
    units: tuple[Unit, ...]
    assessment: Assessment | None
    minutes: int
    changes: tuple["Change", ...] = ()

    @property
    def title(self) -> str:
        return self.meta.title

    @property
    def version(self) -> str:
        return self.meta.version

    @property
    def objectives(self) -> dict[str, str]:
        return self.meta.objectives

    @property
    def move_on(self) -> MoveOn:
        """As declared; by default passed where there is a quiz, completed where there is none."""
        if self.meta.move_on is not None:
            return self.meta.move_on
        return MoveOn.COMPLETED_AND_PASSED if self.assessment else MoveOn.COMPLETED

    @property
    def lessons(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.kind == "lesson")

    def unit(self, slug: str) -> Unit | None:
        return next((unit for unit in self.units if unit.slug == slug), None)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives an equal course."""
        found: dict[str, object] = _COURSE.dump_python(self, mode="json")
        return found

    @classmethod
    def from_json(cls, value: object) -> "Course":
        return _COURSE.validate_python(value)


@dataclass(frozen=True)
class Change:
    """One line of CHANGES.md: the version, whether people who took an older one must take it again, and the words."""

    version: str
    retrain: bool
    text: str


@dataclass(frozen=True)
class Addresses:
    """Where the files of a course are served. Each function takes a path in the bundle, or a unit's slug, and gives a URL."""

    media: Callable[[str], str] = str
    unit: Callable[[str], str] = str


def check(bundle: Bundle) -> list[Problem]:
    """Every fault of the course in every language, by file and line. No errors among them: it may be published."""
    return _Reading(bundle, Addresses()).report.sorted()


def parse(bundle: Bundle, *, lang: str | None = None, addresses: Addresses | None = None) -> Course:
    """The course in one language (its own by default; a language that it lacks gives its own). Raises CourseRefused with all problems."""
    reading = _Reading(bundle, addresses or Addresses())
    if reading.report.errors:
        raise CourseRefused(reading.report.sorted())
    return reading.courses.get(lang or "", reading.courses[reading.own_lang])


def parse_all(bundle: Bundle, *, addresses: Addresses | None = None) -> dict[str, Course]:
    """Language -> course, the course's own language first. Raises CourseRefused."""
    reading = _Reading(bundle, addresses or Addresses())
    if reading.report.errors:
        raise CourseRefused(reading.report.sorted())
    return reading.courses


def check_prerequisites(courses: Mapping[str, CourseMeta]) -> list[Problem]:
    """Faults between the courses of a catalogue (id -> meta): a prerequisite that is missing, or that leads back to itself."""
    report = Report()
    for course_id, meta in courses.items():
        file = f"{course_id}/{INDEX}"
        for needed in meta.prerequisites:
            if needed not in courses:
                report.error(file, 0, f"prerequisites: there is no course '{needed}'.")
        seen: set[str] = set()
        waiting = list(meta.prerequisites)
        while waiting:
            needed = waiting.pop()
            if needed == course_id:
                report.error(file, 0, "prerequisites: the course leads back to itself, so nobody could start it.")
                break
            if needed not in seen and needed in courses:
                seen.add(needed)
                waiting += courses[needed].prerequisites
    return report.sorted()


@dataclass
class _Names:
    """The Markdown files of a bundle by stem and language; "" is the course's own language."""

    by_stem: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def languages(self) -> set[str]:
        return {lang for files in self.by_stem.values() for lang in files if lang}


class _Reading:
    """Reads a bundle once, in every language, collecting faults."""

    def __init__(self, bundle: Bundle, addresses: Addresses) -> None:
        self.bundle, self.addresses = bundle, addresses
        self.report = Report()
        self.courses: dict[str, Course] = {}
        self.texts: dict[str, str] = {}
        self.used: set[str] = set()
        self.own_lang = "en"
        self._read_texts()
        self._check_media_files()
        if INDEX not in self.texts:
            self.report.error(INDEX, 0, "The course has no index.md.")
            return
        names = self._names()
        original = self._read_language(names, "")
        for lang in sorted(names.languages):
            if lang == self.own_lang:
                self.report.error(
                    f"index.{lang}.md",
                    0,
                    f"The course itself is in '{lang}'; files named .{lang}.md would say it twice.",
                )
            else:
                self._read_language(names, lang, original)
        for path in self.texts:
            if path.endswith(".vtt") and not self.texts[path].startswith("WEBVTT"):
                self.report.error(path, 1, "A captions file starts with the line WEBVTT.")

    def _read_texts(self) -> None:
        for path in self.bundle:
            suffix = PurePosixPath(path).suffix.lower()
            if suffix in _PLAIN_FILES:
                try:
                    self.texts[path] = self.bundle[path].decode("utf-8")
                except UnicodeDecodeError as error:
                    line = self.bundle[path][: error.start].count(b"\n") + 1
                    self.report.error(path, line, "The file is not UTF-8 text; save it as UTF-8.")
                    self.texts[path] = self.bundle[path].decode("utf-8", errors="replace")

    def _check_media_files(self) -> None:
        for path in self.bundle:
            if fault := fault_of_file(path, self.bundle[path]):
                self.report.error(path, 0, fault)

    def _names(self) -> _Names:
        names = _Names()
        for path in self.texts:
            if "/" in path or not path.endswith(".md") or path == CHANGES:
                continue
            found = _LANGUAGE_SUFFIX.fullmatch(path)
            stem, lang = (found["stem"], found["lang"]) if found else (path.removesuffix(".md"), "")
            names.by_stem.setdefault(stem, {})[lang] = path
        return names

    def _read_language(self, names: _Names, lang: str, original: "Course | None" = None) -> Course | None:
        file = names.by_stem.get("index", {}).get(lang)
        if file is None:
            present = sorted(path for files in names.by_stem.values() for one, path in files.items() if one == lang)
            self.report.error(present[0], 0, f"There is no index.{lang}.md, so this translation is not shown.")
            return None
        page = read_page(file, self.texts[file], self.report)
        if not page.has_front_matter:
            self.report.error(
                file, 1, "The file must start with front matter: --- on line 1, title and version, and --- again."
            )
        inherited: dict[str, object] | None = None
        if lang:
            source = read_page(INDEX, self.texts[INDEX], Report())
            inherited = {**source.raw, "lang": lang}
            for key in ("version", "lang"):
                if key in page.raw and page.raw[key] != inherited.get(key):
                    self.report.error(
                        file,
                        page.key_lines.get(key, 1),
                        f"{key}: the translation says '{page.raw[key]}', it must be '{inherited.get(key)}'.",
                    )
        meta = read_meta(CourseMeta, page, self.report, inherited=inherited)
        if meta is None:
            if not lang:
                self.own_lang = str(page.raw.get("lang", "en"))
            # Go on with a stand-in, so that one wrong key does not hide the faults of every lesson.
            raw_objectives = page.raw.get("objectives")
            stand_in = (
                {str(key): str(value) or "-" for key, value in raw_objectives.items()}
                if isinstance(raw_objectives, dict)
                else {}
            )
            meta = CourseMeta.model_construct(
                title="-", version="0.0.0", lang=lang or self.own_lang, objectives=stand_in
            )
        if not lang:
            self.own_lang = meta.lang
        elif original and set(meta.objectives) != set(original.meta.objectives):
            self._differ(
                file,
                page.key_lines.get("objectives", 1),
                "objectives",
                set(original.meta.objectives),
                set(meta.objectives),
            )
        spoken = lang or meta.lang
        overview = self._render(page, spoken, "index")
        units: list[Unit] = []
        quiz_page: Page | None = None
        quiz_meta: QuizMeta | None = None
        for stem in sorted(names.by_stem):
            if stem == "index":
                continue
            files = names.by_stem[stem]
            if "" not in files:
                if lang in files:
                    self.report.error(files[lang], 0, f"This is a translation of {stem}.md, which is not there.")
                continue
            unit_file = files.get(lang, files[""])
            if lang and lang not in files:
                self.report.warning(files[""], 0, f"Not translated: readers of '{lang}' see it in '{self.own_lang}'.")
            unit_lang = lang if lang in files and lang else self.own_lang
            quiet = bool(lang) and lang not in files
            unit_page = read_page(unit_file, self.texts[unit_file], self.report if not quiet else Report())
            if "quiz" in unit_page.raw:
                if quiz_page is not None:
                    self.report.error(
                        unit_file,
                        unit_page.key_lines.get("quiz", 1),
                        f"The course already has a final quiz, {quiz_page.file}.",
                    )
                    continue
                quiz_meta = read_meta(QuizMeta, unit_page, self.report)
                quiz_page = unit_page
                units.append(
                    Unit(
                        slug=stem,
                        kind="quiz",
                        title=(quiz_meta and quiz_meta.title) or _title_of(stem),
                        lang=unit_lang,
                        minutes=1,
                        words=0,
                    )
                )
            else:
                units.append(self._read_lesson(unit_page, stem, unit_lang, meta))
        if original:
            self._compare_checks(original, units, names, lang)
        assessment = self._read_quiz(quiz_page, quiz_meta, meta, spoken, tuple(units)) if quiz_page else None
        if assessment:
            minutes = -(-assessment.asked * _SECONDS_PER_QUESTION // 60)
            declared = quiz_meta.time_required.in_minutes if quiz_meta and quiz_meta.time_required else minutes
            units = [replace(unit, minutes=declared) if unit.kind == "quiz" else unit for unit in units]
            if original and original.assessment and quiz_page:
                self._compare_quiz(original.assessment, assessment, quiz_page)
        if not units:
            self.report.error(
                INDEX, 0, "The course has no lesson and no quiz. Add a file such as 01-why-it-matters.md."
            )
        if meta.move_on in {MoveOn.PASSED, MoveOn.COMPLETED_AND_PASSED, MoveOn.COMPLETED_OR_PASSED} and not quiz_page:
            self.report.error(
                INDEX,
                page.key_lines.get("move_on", 1),
                f"move_on is {meta.move_on}, but the course has no quiz to pass.",
            )
        course = Course(
            meta=meta,
            lang=spoken,
            languages=(self.own_lang, *sorted(names.languages - {self.own_lang})),
            overview_html=overview.html,
            units=tuple(units),
            assessment=assessment,
            minutes=meta.time_required.in_minutes if meta.time_required else sum(unit.minutes for unit in units),
            changes=self._read_changes(meta) if not lang else (original.changes if original else ()),
        )
        self.courses[spoken] = course
        return course

    def _setting(self, page: Page, lang: str) -> markdown.Setting:
        return markdown.Setting(
            media=lambda path: self._media(page.file, path, lang),
            link=lambda target: self._link(target),
            lang=lang,
            first_line=page.body_line,
        )

    def _render(self, page: Page, lang: str, stem: str) -> markdown.Rendered:
        self._refuse_html(page)
        setting = self._setting(page, lang)
        parsed = markdown.parse(page.body, setting)
        for token in parsed.tokens:
            if token.type == "quiz":
                self.report.error(
                    page.file, (token.map or [0])[0] + page.body_line, "A <quiz> check belongs into a lesson."
                )
        self._pass_on(page, parsed)
        headings = markdown.level_headings(parsed.tokens, setting)
        tokens = [token for token in parsed.tokens if token.type != "quiz"]
        return markdown.Rendered(markdown.to_html(tokens, setting), markdown.count_words(tokens), headings)

    def _read_lesson(self, page: Page, stem: str, lang: str, course: CourseMeta) -> Unit:
        meta = read_meta(LessonMeta, page, self.report) or LessonMeta()
        for objective in meta.objectives:
            if objective not in course.objectives:
                self.report.error(
                    page.file, page.key_lines.get("objectives", 1), f"The course has no objective '{objective}'."
                )
        self._refuse_html(page)
        setting = self._setting(page, lang)
        parsed = markdown.parse(page.body, setting)
        self._pass_on(page, parsed)
        headings = markdown.level_headings(parsed.tokens, setting)
        parts: list[Part] = []
        checks: list[Question] = []
        words = 0
        start = 0
        for index, token in enumerate([*parsed.tokens, None]):
            if token is not None and token.type != "quiz":
                continue
            piece = parsed.tokens[start:index]
            start = index + 1
            words += markdown.count_words(piece)
            if html := markdown.to_html(piece, setting):
                parts.append(Part(html=html))
            if token is None:
                continue
            line = (token.map or [0])[0] + page.body_line
            if not token.meta["closed"]:
                self.report.error(
                    page.file, line, "This <quiz> is not closed: put </quiz> on a line of its own after it."
                )
                continue
            if token.content.split("\n", 1)[0].strip():
                self.report.error(
                    page.file, line, "Leave an empty line after <quiz>, so that other Markdown readers show the list."
                )
            inner = replace(setting, first_line=line + 1, id_prefix=f"{setting.id_prefix}{stem}-")
            question = read_check(
                page.file,
                token.content,
                inner,
                self.report,
                name=f"{stem}-check-{len(checks) + 1}",
                objectives=course.objectives,
            )
            if question is None:
                continue
            if any(question.id == other.id for other in checks):
                self.report.error(page.file, line, f"The id '{question.id}' is already used in this lesson.")
            checks.append(question)
            parts.append(Part(check=question.id))
        if not parts:
            self.report.error(page.file, 0, "The lesson is empty.")
        title = meta.title or (headings[0].text if headings else _title_of(stem))
        return Unit(
            slug=stem,
            kind="lesson",
            title=title,
            lang=lang,
            minutes=meta.time_required.in_minutes if meta.time_required else markdown.reading_minutes(words),
            words=words,
            description=meta.description,
            objectives=meta.objectives,
            parts=tuple(parts),
            headings=headings,
            checks=tuple(checks),  # type: ignore[arg-type]
        )

    def _read_quiz(
        self, page: Page, meta: QuizMeta | None, course: CourseMeta, lang: str, units: tuple[Unit, ...]
    ) -> Assessment | None:
        self._refuse_html(page)
        sections = read_sections(
            page.file, page.body, self._setting(page, lang), self.report, objectives=course.objectives
        )
        if meta is None:
            return None
        review = tuple(
            (objective, tuple(unit.slug for unit in units if objective in unit.objectives))
            for objective in course.objectives
        )
        assessment = Assessment(
            title=meta.title or _title_of(page.file.removesuffix(".md")),
            lang=lang,
            sections=sections,
            settings=meta.quiz,
            review=review,
        )
        if not any(question.scored for question in assessment.questions):
            self.report.error(page.file, 0, "The quiz has no question that can be scored.")
        return assessment

    def _refuse_html(self, page: Page) -> None:
        for line, snippet in markdown.raw_html(page.body):
            if snippet.strip() in {"<quiz>", "</quiz>"}:
                message = f"{snippet.strip()} must stand alone on its line, not inside a list or a quote."
            else:
                message = f"Raw HTML is not allowed: '{snippet.strip()[:60]}'. Write Markdown; for a less-than sign write &lt;."
            self.report.error(page.file, line + page.body_line - 1, message)

    def _pass_on(self, page: Page, parsed: markdown.Parsed) -> None:
        for line, message in parsed.problems:
            self.report.error(page.file, line, message)

    def _media(self, file: str, path: str, lang: str) -> markdown.Media | None:
        if path not in self.bundle:
            return None
        self.used.add(path)
        suffix = PurePosixPath(path).suffix.lower()
        stem = path[: -len(suffix)] if suffix else path
        captions: list[tuple[str, str]] = []
        for other in self.texts:
            found = _LANGUAGE_SUFFIX.fullmatch(other)
            if found and found["stem"] == stem and found["suffix"] == "vtt":
                captions.append((found["lang"], self.addresses.media(other)))
        transcript = self.texts.get(f"{stem}.{lang}.md", self.texts.get(f"{stem}.md"))
        fault = ""
        if suffix in markdown.VIDEO_SUFFIXES and not captions:
            fault = f"The film '{path}' has no captions: put {PurePosixPath(stem).name}.{lang}.vtt beside it."
        elif suffix in markdown.VIDEO_SUFFIXES and lang not in dict(captions):
            self.report.warning(file, 0, f"The film '{path}' has no captions in '{lang}'.")
        elif suffix in markdown.AUDIO_SUFFIXES and not transcript:
            fault = f"The sound '{path}' has no transcript: put {PurePosixPath(stem).name}.md beside it."
        html = ""
        if transcript and suffix in markdown.VIDEO_SUFFIXES | markdown.AUDIO_SUFFIXES:
            html = markdown.render(transcript, lang=lang, id_prefix=f"c-{markdown.slug(stem)}-", top_heading=3).html
        return markdown.Media(self.addresses.media(path), tuple(captions), html, fault)

    def _link(self, target: str) -> str | None:
        path, hash_mark, fragment = target.partition("#")
        inside = markdown.inside_folder(path)
        if inside is None or inside not in self.bundle:
            return None
        if "/" in inside or not inside.endswith(".md"):
            return self.addresses.media(inside)
        found = _LANGUAGE_SUFFIX.fullmatch(inside)
        stem = found["stem"] if found else inside.removesuffix(".md")
        return self.addresses.unit(stem) + (f"#c-{markdown.slug(fragment)}" if hash_mark and fragment else "")

    def _compare_checks(self, original: Course, units: list[Unit], names: _Names, lang: str) -> None:
        for unit in units:
            twin = original.unit(unit.slug)
            file = names.by_stem[unit.slug].get(lang)
            if twin is None or file is None:
                continue
            wanted, found = (
                {check.id: check.kind for check in twin.checks},
                {check.id: check.kind for check in unit.checks},
            )
            if set(wanted) != set(found):
                self._differ(file, 0, "checks", set(wanted), set(found))

    def _compare_quiz(self, original: Assessment, translated: Assessment, page: Page) -> None:
        wanted, found = ({q.id: q for q in quiz.questions} for quiz in (original, translated))
        if set(wanted) != set(found):
            self._differ(page.file, 0, "questions", set(wanted), set(found))
        for identifier in wanted.keys() & found.keys():
            if wanted[identifier].kind != found[identifier].kind:
                self.report.error(
                    page.file,
                    0,
                    f"The question '{identifier}' is of kind {found[identifier].kind}; in the original it is {wanted[identifier].kind}.",
                )
        if [s.pick for s in original.sections] != [s.pick for s in translated.sections]:
            self.report.error(page.file, 0, "The sections draw other numbers of questions (pick) than in the original.")

    def _differ(self, file: str, line: int, what: str, wanted: set[str], found: set[str]) -> None:
        missing, extra = sorted(wanted - found), sorted(found - wanted)
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"not in the original {', '.join(extra)}"] if extra else []
        self.report.error(file, line, f"The translation has other {what} than the original: {'; '.join(parts)}.")

    def _read_changes(self, meta: CourseMeta) -> tuple[Change, ...]:
        text = self.texts.get(CHANGES)
        if text is None:
            return ()
        changes: list[Change] = []
        for number, line in enumerate(text.split("\n"), start=1):
            words = line.lstrip("-*# ").strip()
            version = re.match(r"\d+\.\d+\.\d+\S*", words)
            if not version:
                continue
            retrain = re.search(r"retrain:\s*(yes|no)\b", words, re.IGNORECASE)
            if retrain is None:
                self.report.error(
                    CHANGES,
                    number,
                    "Say whether people must take the course again: end the line with 'retrain: yes' or 'retrain: no'.",
                )
                continue
            rest = (words[version.end() : retrain.start()] + words[retrain.end() :]).strip(" -–—:;,.()")
            changes.append(Change(version[0].rstrip(":,;"), retrain[1].lower() == "yes", rest))
        if meta.version not in {change.version for change in changes} and meta.version != "0.0.0":
            self.report.warning(CHANGES, 0, f"There is no line for version {meta.version}.")
        return tuple(changes)


def fault_of_file(path: str, data: bytes) -> str | None:
    """Why a course may not hold this file: its type, or that its bytes are not what its name says. None when it may."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in markdown.IMAGE_SUFFIXES | markdown.VIDEO_SUFFIXES | markdown.AUDIO_SUFFIXES | _PLAIN_FILES:
        return f"A course may not hold {suffix or 'such'} files."
    if suffix == ".svg":
        return _fault_of_svg(data)
    if any(not data.startswith(mark, at) for at, mark in _SIGNATURES.get(suffix, ())):
        return f"The file is not what its name says: it does not start like a {suffix[1:]} file."
    return None


def _title_of(stem: str) -> str:
    """`01-why-it-matters` -> `Why it matters`."""
    words = re.sub(r"^\d+[-_ ]*", "", stem).replace("-", " ").replace("_", " ").strip() or stem
    return words[:1].upper() + words[1:]


def _fault_of_svg(data: bytes) -> str | None:
    """Why a drawing is refused: it is not well-formed, or brings script, entities or foreign content."""
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        return "The drawing has a DOCTYPE or entities; save it as plain SVG."
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no DOCTYPE, so no entity to unfold
    except (ElementTree.ParseError, ValueError):
        return "The drawing is not well-formed SVG."
    if root.tag.rpartition("}")[2] != "svg":
        return "The drawing is not SVG."
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].lower()
        if name in {"script", "foreignobject", "iframe", "embed", "object", "handler", "set", "animate"}:
            return f"The drawing holds <{name}>, which is not allowed."
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2].lower()
            if attribute.startswith("on") or (
                attribute in {"href", "src"} and not value.startswith(("#", "data:image/"))
            ):
                return f"The drawing holds {attribute}=, which is not allowed."
    return None


_COURSE: TypeAdapter[Course] = TypeAdapter(Course)
