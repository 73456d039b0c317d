"""Imports a Learn module: the folder format in which a large vendor publishes the training that its partners take today.

A module is `index.yml` with an ordered list of unit uids, a YAML file a unit (found by uid, not by name), and
DocFX-flavoured Markdown under `includes/`. The result is a course folder of ours that passes `course.check`; every word of
the source is carried into it or listed with file and line.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from app.courses.rules import markdown
from app.courses.rules.bundle import Bundle, read_files
from app.courses.rules.course import check
from app.courses.rules.learn_module.counts import Counts, counts_of
from app.courses.rules.learn_module.docfx import Converter, as_plain, escape
from app.courses.rules.learn_module.finding import find_module
from app.courses.rules.learn_module.source import Files, ImportRefused, Line, Note, Notes, Value
from app.courses.rules.learn_module.writing import (
    Document,
    attribution,
    changes_file,
    front_matter,
    guarded,
    indented,
    is_true,
    objectives_of,
    quoted,
    short_title,
    sorted_notes,
    title_and_scene,
)
from app.courses.rules.problems import Problem, Report, Severity
from app.courses.rules.quiz import read_sections

VERSION = "1.0.0"
QUIZ_FILE = "99-quiz.md"
_INTRO_WORDS = 60  # a longer text beside questions is a lesson of its own
_MAX_REPAIRS = 200
_KNOWN_UNIT_KEYS = frozenset({"uid", "title", "metadata", "durationInMinutes", "content", "quiz"})
_KNOWN_MODULE_KEYS = frozenset(
    {
        "uid",
        "title",
        "metadata",
        "summary",
        "abstract",
        "prerequisites",
        "units",
        "levels",
        "roles",
        "products",
        "subjects",
    }
)


@dataclass(frozen=True)
class ImportedCourse:
    """The course, a folder name for it, what was carried over in another form, and what was left; both by file and line."""

    slug: str
    bundle: Bundle
    carried: list[Note]
    left: list[Note]

    @property
    def counts(self) -> Counts:
        """How much came over."""
        return counts_of(self.bundle)


def import_learn(
    folder: Path, *, site: str = "https://learn.microsoft.com", publisher: str = "Microsoft", lang: str = "en"
) -> ImportedCourse:
    """Reads a Learn module. `site` is put before links that start with `/`; `publisher` is named in the attribution.

    Raises ImportRefused when the folder holds no module or its YAML can't be read, BundleRefused for links and sizes.
    """
    return _Import(Files(read_files(folder), notes := Notes()), notes, site, publisher, lang).course()


class _Import:
    def __init__(self, files: Files, notes: Notes, site: str, publisher: str, lang: str) -> None:
        self.files, self.notes, self.site, self.publisher, self.lang = files, notes, site.rstrip("/"), publisher, lang
        found = find_module(files, notes)
        self.module, self.listed = found.index, found.units
        self.slugs = self._slugs()
        self.converter = Converter(files, notes, self.site, self._lesson_of)
        self.documents: list[Document] = []
        self.sections: list[tuple[Line, list[Line]]] = []
        self.question_ids: set[str] = set()
        self.scored = 0

    def _slugs(self) -> dict[str, str]:
        """Unit file -> lesson slug, numbered in the module's order."""
        width = max(2, len(str(len(self.listed))))
        slugs: dict[str, str] = {}
        for number, unit in enumerate(self.listed, start=1):
            tail = _ascii_slug(unit["uid"].text.rpartition(".")[2]) or _ascii_slug(unit["title"].text) or "unit"
            slugs[unit.file] = f"{number:0{width}d}-{tail}"
        return slugs

    def _lesson_of(self, path: str) -> str | None:
        """The lesson file that a unit file, or a Markdown file that a unit includes, became; quizzes have no page to link to."""
        for unit in self.listed:
            if path == unit.file or path in {
                self.files.find(unit.file, target) for target in _included(unit["content"])
            }:
                return None if unit["quiz"].children else f"{self.slugs[unit.file]}.md"
        return None

    def course(self) -> ImportedCourse:
        for unit in self.listed:
            self._unit(unit)
        title = short_title(self.module["title"], "Imported module", self.notes)
        abstract = self.converter.convert(self.module["abstract"].lines())
        self._list_unknown(self.module, _KNOWN_MODULE_KEYS)
        tags = [
            item.text
            for key in ("products", "roles", "levels", "subjects")
            for item in self.module[key].items
            if item.text
        ]
        index = Document(
            "index.md",
            front_matter(
                {
                    "title": title,
                    "description": self.module["summary"].text,
                    "lang": self.lang,
                    "version": VERSION,
                    "tags": list(dict.fromkeys(tags)),
                    "time_required": self._whole_time(),
                    "objectives": objectives_of(abstract),
                }
            ),
            self.module.at,
        )
        self._quiz()
        self._list_unread()
        self._overview(index, abstract, title)
        self.documents.insert(0, index)
        bundle = self._repaired(title)
        slug = _ascii_slug(self.module["uid"].text.rpartition(".")[2]) or _ascii_slug(title) or "imported-module"
        return ImportedCourse(slug, bundle, sorted_notes(self.notes.carried), sorted_notes(self.notes.left))

    # --- Units ---

    def _unit(self, unit: Value) -> None:
        self._list_unknown(unit, _KNOWN_UNIT_KEYS)
        title = short_title(unit["title"], self.slugs[unit.file], self.notes)
        body = self.converter.convert(unit["content"].lines())
        words = markdown.count_words(markdown.parse("\n".join(line.text for line in body), markdown.Setting()).tokens)
        has_quiz = bool(unit["quiz"].children)
        if not has_quiz or words >= _INTRO_WORDS:
            if any(line.text.strip() for line in body):
                self._lesson(unit, title, body)
            elif not has_quiz:
                self.notes.leave(unit.at, f"The unit '{title}' has no text; it became no lesson.", title)
            body = []
        if has_quiz:
            self._questions(unit, title, body)

    def _lesson(self, unit: Value, title: str, body: list[Line]) -> None:
        description = " ".join(unit["metadata"]["description"].text.split())
        minutes = unit["durationInMinutes"].text
        self.documents.append(
            Document(
                f"{self.slugs[unit.file]}.md",
                front_matter(
                    {
                        "title": title,
                        "description": description if description != title else "",
                        "time_required": f"PT{int(minutes)}M"
                        if minutes.isascii() and minutes.isdigit() and 0 < int(minutes) < 10_000
                        else None,
                    }
                ),
                unit.at,
                body,
            ).trimmed()
        )

    def _questions(self, unit: Value, title: str, intro: list[Line]) -> None:
        quiz = unit["quiz"]
        section: list[Line] = []
        if quiz["title"].text and quiz["title"].text != title:
            section += [quiz["title"].at.saying(escape(quiz["title"].text)), quiz.at.saying("")]
        intro = guarded(intro)
        if any(line.text.strip() for line in intro):
            section += [*(intro if not self._faults(intro) else as_plain(intro)), quiz.at.saying("")]
        made = 0
        for question in quiz["questions"].items:
            lines = self._question(unit, question)
            if lines:
                made += 1
                section += [*lines, question.at.saying("")]
        self._list_unknown(quiz, frozenset({"title", "questions"}))
        if made:
            self.sections.append((unit["title"].at.saying(f"# {escape(title)}"), section))
            self.notes.carry(unit.at, f"The questions of '{title}' went into the final quiz.")
        else:
            self.notes.leave(quiz.at, "The quiz has no question.", quiz["title"].text)

    def _question(self, unit: Value, question: Value) -> list[Line]:
        """One question in our grammar. One that can't be graded becomes an open one, and is listed."""
        at = question.at
        body = guarded(self.converter.convert(question["content"].lines()))
        title, scene = title_and_scene(body)
        stem = _ascii_slug(unit["uid"].text.rpartition(".")[2]) or "question"
        number = 1
        while f"{stem}-{number}" in self.question_ids:
            number += 1
        identifier = f"{stem}-{number}"
        self.question_ids.add(identifier)
        choices: dict[str, tuple[bool, list[Line], list[Line]]] = {}
        for choice in question["choices"].items:
            self._list_unknown(choice, frozenset({"content", "isCorrect", "explanation"}))
            text = guarded(self.converter.convert(choice["content"].lines()))
            said = guarded(self.converter.convert(choice["explanation"].lines()))
            key = " ".join(" ".join(line.text for line in text).split())
            if not key:
                self.notes.leave(choice.at, "A choice without text was left out.", choice["explanation"].text)
            elif key in choices:
                self.notes.leave(
                    choice.at,
                    "A choice that stands twice was left out the second time.",
                    f"{key} {choice['explanation'].text}",
                )
            else:
                choices[key] = (is_true(choice["isCorrect"]), text, said)
        self._list_unknown(question, frozenset({"content", "choices", "explanation"}))
        explanation = guarded(self.converter.convert(question["explanation"].lines()))
        gradable = len(choices) >= 2 and any(is_right for is_right, _, _ in choices.values())
        if gradable:
            self.scored += 1
        else:
            why = "The question has no two choices with a right one among them; it became an open question."
            self.notes.leave(at, why, title)
        answers = list(choices.values())
        lines = _composed(at, identifier, title, scene, answers, explanation, gradable=gradable)
        if faults := self._faults(lines):
            raw = "\n".join(
                line.text
                for line in [*body, *(one for _, text, said in answers for one in (*text, *said)), *explanation]
            )
            self.notes.leave(at, f"Shown as it is written, letter by letter, because: {faults[0].message}", raw)
            answers = [(is_right, as_plain(text), as_plain(said)) for is_right, text, said in answers]
            lines = _composed(
                at, identifier, escape(title), as_plain(scene), answers, as_plain(explanation), gradable=gradable
            )
        return lines

    def _faults(self, lines: list[Line]) -> list[Problem]:
        """What is wrong with a piece of the quiz."""
        report = Report()
        text = "\n".join(line.text for line in lines)
        if not any(line.text.startswith("## ") for line in lines):
            text = f"# Section\n\n{text}\n\n## Question {{#a}}\n\n= 1\n"
        setting = markdown.Setting(
            media=lambda path: markdown.Media(path) if path in self.converter.media else None,
            link=lambda target: target if target.split("#")[0] in self._link_targets() else None,
        )
        read_sections("", text, setting, report)
        for line, snippet in markdown.raw_html(text):
            report.error("", line, f"Raw HTML: {snippet}")
        return report.errors

    def _link_targets(self) -> set[str]:
        return {f"{slug}.md" for slug in self.slugs.values()} | set(self.converter.media)

    def _quiz(self) -> None:
        if not self.sections:
            return
        body: list[Line] = []
        for heading, lines in self.sections:
            body += [heading, heading.saying(""), *lines]
        source = self.sections[0][0]
        if self.scored:
            front = {"title": "Final quiz", "quiz": {"shuffle_answers": True, "show_correct": "passed"}}
            self.documents.append(Document(QUIZ_FILE, front, source, body).trimmed())
            return
        self.notes.leave(source, "No question can be graded, so there is no quiz; the questions became a lesson.")
        plain = [line.saying(line.text.replace("[[___]]", "")) for line in body]
        self.documents.append(
            Document("98-questions.md", {"title": "Questions to think about"}, source, plain).trimmed()
        )

    # --- The course's own page ---

    def _overview(self, index: Document, abstract: list[Line], title: str) -> None:
        at = self.module.at
        body: list[Line] = []
        for block in (self.converter.convert(self.module["summary"].lines()), abstract):
            body += [*block, at.saying("")]
        prerequisites = self.converter.convert(self.module["prerequisites"].lines())
        if prerequisites:
            body += [
                self.module["prerequisites"].at.saying("## Before you start"),
                at.saying(""),
                *prerequisites,
                at.saying(""),
            ]
        tail = self.module["uid"].text.rpartition(".")[2]
        address = f"{self.site}/training/modules/{_ascii_slug(tail)}/" if tail else self.site
        body += [at.saying("---"), at.saying("")]
        body.append(
            at.saying(
                attribution(
                    title, address, self.publisher, self.module["metadata"]["ms.date"].text, len(self.notes.left)
                )
            )
        )
        index.body = body
        index.trimmed()

    def _whole_time(self) -> str | None:
        minutes = [unit["durationInMinutes"].text for unit in self.listed]
        whole = sum(int(text) for text in minutes if text.isascii() and text.isdigit() and len(text) < 5)
        return f"PT{whole}M" if whole else None

    def _list_unread(self) -> None:
        """Texts of the folder that no unit takes in: listed, so that nobody believes them carried over."""
        for path in self.files.unread():
            if path.lower().endswith((".md", ".yml", ".yaml")):
                text = " ".join(self.files.text(path).split())
                self.notes.leave(Line("", path, 1), "No unit takes this file in, so it did not come along.", text)

    def _list_unknown(self, value: Value, known: frozenset[str]) -> None:
        for key, inner in value.children.items():
            if key not in known and (text := inner.all_text) and text.lower() != "false":
                self.notes.leave(inner.at, f"'{key}' has no counterpart.", f"{key}: {text}")

    # --- The proof ---

    def _repaired(self, title: str) -> Bundle:
        """The bundle, after each block that a course can't hold has been turned into plain words."""
        for _ in range(_MAX_REPAIRS):
            bundle = self._bundle(title)
            errors = [problem for problem in check(bundle) if problem.severity is Severity.ERROR]
            if not errors:
                return bundle
            changed = False
            for problem in sorted(errors, key=lambda p: -p.line):
                document = next((one for one in self.documents if one.path == problem.file), None)
                if document is not None and document.as_plain_at(problem.line, self.notes, problem.message):
                    changed = True
                    break
            if not changed:
                raise ImportRefused(f"The module can't be made into a course: {errors[0]}")
        raise ImportRefused("The module can't be made into a course: too much of it is not Markdown.")

    def _bundle(self, title: str) -> Bundle:
        files = {document.path: document.text.encode() for document in self.documents}
        files["CHANGES.md"] = changes_file(VERSION, title).encode()
        return Bundle.of({**files, **self.converter.media})


def _composed(
    at: Line,
    identifier: str,
    title: str,
    scene: list[Line],
    answers: list[tuple[bool, list[Line], list[Line]]],
    explanation: list[Line],
    *,
    gradable: bool,
) -> list[Line]:
    """A question in our grammar: heading, scene, answers with their feedback, explanation. An ungradable one is open."""
    result = [at.saying(f"## {_heading_text(title)} {{#{identifier}}}"), at.saying("")]
    if any(line.text.strip() for line in scene):
        result += [*scene, at.saying("")]
    for is_right, text, said in answers:
        mark = ("- [x]" if is_right else "- [ ]") if gradable else "-"
        result.append(text[0].saying(f"{mark} {text[0].text.strip()}"))
        result += indented(text[1:], "    ")
        if any(line.text.strip() for line in said):
            result += quoted(said)
    if not gradable:
        result += [at.saying(""), at.saying("[[___]]")]
    if any(line.text.strip() for line in explanation):
        result += [at.saying(""), *explanation]
    return result


def _included(content: Value) -> list[str]:
    return re.findall(r"\[!include\s*\[[^\]]*\]\s*\(\s*([^)\s]+)\s*\)\s*\]", content.text, re.IGNORECASE)


def _ascii_slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", markdown.slug(text)).strip("-")[:60].strip("-")


def _heading_text(text: str) -> str:
    """A question's first line as a heading: no leading marks, no braces that would be read as attributes."""
    words = text.strip().lstrip("#").strip()
    if words.endswith("}"):
        words = words[:-1] + r"\}"
    return words.rstrip("#").rstrip() or "Question"


__all__ = ["ImportRefused", "ImportedCourse", "Note", "import_learn"]
