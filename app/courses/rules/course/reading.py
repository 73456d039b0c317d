"""A bundle read once, in every language, with every fault found on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from app.courses.rules.bundle import TEXT_SUFFIXES, Bundle
from app.courses.rules.course.changes import read_changes
from app.courses.rules.course.file_names import CHANGES, INDEX, names_of, title_of
from app.courses.rules.course.final_quiz import minutes_of, read_quiz
from app.courses.rules.course.forgotten_quiz import report_forgotten_quiz
from app.courses.rules.course.lessons import read_lesson
from app.courses.rules.course.media_files import fault_of_file
from app.courses.rules.course.model import Course, Unit
from app.courses.rules.course.pages import Addresses, Pages
from app.courses.rules.course.translations import compare_checks, compare_quiz, report_difference
from app.courses.rules.front_matter import CourseMeta, MoveOn, Page, QuizMeta, read_meta, read_page
from app.courses.rules.problems import CourseRefused, Problem, Report, with_texts

_NEEDS_A_QUIZ = frozenset({MoveOn.PASSED, MoveOn.COMPLETED_AND_PASSED, MoveOn.COMPLETED_OR_PASSED})


def check(bundle: Bundle) -> list[Problem]:
    """Every fault of the course in every language, by file and line. No errors among them: it may be published."""
    return examine(bundle)[1]


def examine(bundle: Bundle) -> tuple[dict[str, Course], list[Problem]]:
    """What could be read (language -> course), and every fault found on the way; one reading gives both."""
    reading = _Reading(bundle, Addresses())
    return reading.courses, with_texts(reading.report.sorted(), reading.texts)


def parse(bundle: Bundle, *, lang: str | None = None, addresses: Addresses | None = None) -> Course:
    """The course in one language (its own by default; a language that it lacks gives its own). Raises CourseRefused with all problems."""
    reading = _Reading(bundle, addresses or Addresses())
    if reading.report.errors:
        raise CourseRefused(with_texts(reading.report.sorted(), reading.texts))
    return reading.courses.get(lang or "", reading.courses[reading.own_lang])


def parse_all(bundle: Bundle, *, addresses: Addresses | None = None) -> dict[str, Course]:
    """Language -> course, the course's own language first. Raises CourseRefused."""
    reading = _Reading(bundle, addresses or Addresses())
    if reading.report.errors:
        raise CourseRefused(with_texts(reading.report.sorted(), reading.texts))
    return reading.courses


@dataclass
class _Units:
    """The units of one language, and the page and front matter of the final quiz if there is one."""

    units: list[Unit] = field(default_factory=list)
    quiz_page: Page | None = None
    quiz_meta: QuizMeta | None = None


class _Reading:
    """Reads a bundle once, in every language, collecting faults."""

    def __init__(self, bundle: Bundle, addresses: Addresses) -> None:
        self.bundle = bundle
        self.report = Report()
        self.courses: dict[str, Course] = {}
        self.texts: dict[str, str] = {}
        self.own_lang = "en"
        self._read_texts()
        self._check_media_files()
        self.pages = Pages(bundle, self.texts, addresses, self.report)
        self.names = names_of(self.texts)
        if INDEX not in self.texts:
            self.report.error(INDEX, 0, "The course has no index.md. Add one that starts with its title and version.")
            return
        original = self._read_language("")
        for lang in sorted(self.names.languages):
            if lang == self.own_lang:
                self.report.error(
                    f"index.{lang}.md",
                    0,
                    f"The course itself is in '{lang}'; files named .{lang}.md would say it twice.",
                )
            else:
                self._read_language(lang, original)
        for path in self.texts:
            if path.endswith(".vtt") and not self.texts[path].startswith("WEBVTT"):
                self.report.error(path, 1, "A captions file starts with the line WEBVTT.")

    def _read_texts(self) -> None:
        for path in self.bundle:
            if PurePosixPath(path).suffix.lower() in TEXT_SUFFIXES:
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

    def _read_language(self, lang: str, original: Course | None = None) -> Course | None:
        """The course in one language; "" is its own, and the others are compared with that `original`."""
        file = self.names.by_stem.get("index", {}).get(lang)
        if file is None:
            present = sorted(
                path for files in self.names.by_stem.values() for one, path in files.items() if one == lang
            )
            self.report.error(
                present[0],
                0,
                f"There is no index.{lang}.md, so this translation is not shown. Add it, with the translated title.",
            )
            return None
        page = read_page(file, self.texts[file], self.report)
        meta = self._read_course_meta(page, lang)
        if not lang:
            self.own_lang = meta.lang
        elif original and set(meta.objectives) != set(original.meta.objectives):
            line = page.key_lines.get("objectives", 1)
            report_difference(
                self.report, file, line, "objectives", set(original.meta.objectives), set(meta.objectives)
            )
        spoken = lang or meta.lang
        overview = self.pages.overview(page, spoken)
        found = self._read_units(lang, meta)
        units, quiz_page, quiz_meta = found.units, found.quiz_page, found.quiz_meta
        if original:
            compare_checks(original, units, self.names, lang, self.report)
        assessment = read_quiz(quiz_page, quiz_meta, meta, spoken, tuple(units), self.pages) if quiz_page else None
        if assessment:
            minutes = minutes_of(assessment)
            declared = quiz_meta.time_required.in_minutes if quiz_meta and quiz_meta.time_required else minutes
            units = [replace(unit, minutes=declared) if unit.kind == "quiz" else unit for unit in units]
            if original and original.assessment and quiz_page:
                compare_quiz(original.assessment, assessment, quiz_page, self.report)
        self._check_whole(page, meta, units, quiz_page)
        course = Course(
            meta=meta,
            lang=spoken,
            languages=(self.own_lang, *sorted(self.names.languages - {self.own_lang})),
            overview_html=overview.html,
            units=tuple(units),
            assessment=assessment,
            minutes=meta.time_required.in_minutes if meta.time_required else sum(unit.minutes for unit in units),
            changes=read_changes(self.texts.get(CHANGES), meta, self.report)
            if not lang
            else (original.changes if original else ()),
        )
        self.courses[spoken] = course
        return course

    def _read_course_meta(self, page: Page, lang: str) -> CourseMeta:
        """The front matter of an index; a stand-in where it can't be read, so that one wrong key does not hide other faults."""
        if not page.has_front_matter:
            self.report.error(
                page.file, 1, "The file must start with front matter: --- on line 1, title and version, and --- again."
            )
        meta = read_meta(CourseMeta, page, self.report, inherited=self._inherited(page, lang) if lang else None)
        if meta is not None:
            return meta
        if not lang:
            self.own_lang = str(page.raw.get("lang", "en"))
        raw_objectives = page.raw.get("objectives")
        stand_in = (
            {str(key): str(value) or "-" for key, value in raw_objectives.items()}
            if isinstance(raw_objectives, dict)
            else {}
        )
        return CourseMeta.model_construct(title="-", version="0.0.0", lang=lang or self.own_lang, objectives=stand_in)

    def _inherited(self, page: Page, lang: str) -> dict[str, object]:
        """What a translation takes from the course's own index; it may repeat the version, not change it."""
        source = read_page(INDEX, self.texts[INDEX], Report())
        inherited: dict[str, object] = {**source.raw, "lang": lang}
        for key in ("version", "lang"):
            if key in page.raw and page.raw[key] != inherited.get(key):
                self.report.error(
                    page.file,
                    page.key_lines.get(key, 1),
                    f"{key}: the translation says '{page.raw[key]}', it must be '{inherited.get(key)}'.",
                )
        return inherited

    def _read_units(self, lang: str, meta: CourseMeta) -> _Units:
        result = _Units()
        for stem in sorted(self.names.by_stem):
            if stem == "index":
                continue
            files = self.names.by_stem[stem]
            if "" not in files:
                if lang in files:
                    self.report.error(
                        files[lang],
                        0,
                        f"This is a translation of {stem}.md, which is not there. Add that file, or rename this one.",
                    )
                continue
            file = files.get(lang, files[""])
            if lang and lang not in files:
                self.report.warning(
                    files[""],
                    0,
                    f"Not translated: readers of '{lang}' see it in '{self.own_lang}'. Put {stem}.{lang}.md beside it.",
                )
            unit_lang = lang if lang in files and lang else self.own_lang
            quiet = bool(lang) and lang not in files
            page = read_page(file, self.texts[file], self.report if not quiet else Report())
            if "quiz" not in page.raw:
                if not quiet:
                    report_forgotten_quiz(page, self.report)
                result.units.append(read_lesson(page, stem, unit_lang, meta, self.pages))
            elif result.quiz_page is not None:
                line = page.key_lines.get("quiz", 1)
                self.report.error(
                    file,
                    line,
                    f"The course already has a final quiz, {result.quiz_page.file}. Put all questions into one file.",
                )
            else:
                result.quiz_page = page
                result.quiz_meta = quiz_meta = read_meta(QuizMeta, page, self.report)
                title = (quiz_meta and quiz_meta.title) or title_of(stem)
                result.units.append(Unit(slug=stem, kind="quiz", title=title, lang=unit_lang, minutes=1, words=0))
        return result

    def _check_whole(self, page: Page, meta: CourseMeta, units: Sequence[Unit], quiz_page: Page | None) -> None:
        if not units:
            self.report.error(
                INDEX, 0, "The course has no lesson and no quiz. Add a file such as 01-why-it-matters.md."
            )
        if meta.move_on in _NEEDS_A_QUIZ and not quiz_page:
            self.report.error(
                INDEX,
                page.key_lines.get("move_on", 1),
                f"move_on is {meta.move_on}, but the course has no quiz to pass. Add one, or write move_on: Completed.",
            )
