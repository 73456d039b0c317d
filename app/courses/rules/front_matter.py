"""The YAML block at the top of a Markdown file: which keys a course, a lesson, a quiz and a material may have.

To add a key, add a field to the model here; unknown keys, wrong types and near misses are reported from the models.
"""

import difflib
import re
from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from app.courses.rules.durations import Duration
from app.courses.rules.problems import Report

_SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
DEFAULT_MASTERY_SCORE = Decimal("0.8")


class MoveOn(StrEnum):
    """When the registration is satisfied (cmi5's five words)."""

    PASSED = "Passed"
    COMPLETED = "Completed"
    COMPLETED_AND_PASSED = "CompletedAndPassed"
    COMPLETED_OR_PASSED = "CompletedOrPassed"
    NOT_APPLICABLE = "NotApplicable"


class ShowCorrect(StrEnum):
    """When the right answers are shown after grading."""

    ALWAYS = "always"
    PASSED = "passed"
    NEVER = "never"


class Confirm(StrEnum):
    """Who confirms a result: nobody further, or compliance."""

    COMPLIANCE = "compliance"
    AUTOMATIC = "automatic"


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError(f"'{value}' is not an id; use letters, digits, - and _")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"'{value}' is not a language code; write for example en, fr or pt-BR")
    return value


def _sentence(value: str) -> str:
    value = " ".join(value.split())
    if not value:
        raise ValueError("is empty")
    return value


def _version(value: Any) -> Any:
    if not isinstance(value, str) or not _SEMVER.fullmatch(value.strip()):
        raise ValueError(f"'{value}' is not a version; write three numbers, for example 2.1.0")
    return value


def _score(value: Any) -> Any:
    # YAML reads 0.8 as a float; its shortest text is what the author wrote.
    return str(value) if isinstance(value, float | int) and not isinstance(value, bool) else value


Identifier = Annotated[str, AfterValidator(_identifier)]
Language = Annotated[str, AfterValidator(_language)]
Sentence = Annotated[str, AfterValidator(_sentence), Field(max_length=300)]
Version = Annotated[str, BeforeValidator(_version)]
Score = Annotated[Decimal, BeforeValidator(_score), Field(ge=0, le=1, decimal_places=4)]


_STRICT = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Meta(BaseModel):
    model_config = _STRICT

    translates: Version | None = None
    """In a translation: the version of the course that it was made of."""


class _PageMeta(_Meta):
    title: Sentence | None = None
    description: str = ""
    lang: Language | None = None
    tags: tuple[str, ...] = ()
    draft: bool = False
    time_required: Duration | None = None

    @field_validator("time_required")
    @classmethod
    def _time_is_positive(cls, value: Duration | None) -> Duration | None:
        return _positive(value)


class LessonMeta(_PageMeta):
    """A lesson. `objectives` names the course objectives that it teaches: a failed question points back to it."""

    objectives: tuple[Identifier, ...] = ()


class QuizSettings(BaseModel):
    """`quiz:` of the final quiz."""

    model_config = _STRICT

    shuffle_answers: bool = True
    show_correct: ShowCorrect = ShowCorrect.PASSED
    time_limit: Duration | None = None

    @field_validator("show_correct", mode="before")
    @classmethod
    def _yes_and_no(cls, value: Any) -> Any:
        # mkdocs-quiz, whose key this is, has true and false.
        return {True: "always", False: "never"}.get(value, value) if isinstance(value, bool) else value

    @field_validator("time_limit")
    @classmethod
    def _limit_is_positive(cls, value: Duration | None) -> Duration | None:
        return _positive(value)


class QuizMeta(_PageMeta):
    """The final quiz: the file whose front matter has `quiz:`."""

    quiz: QuizSettings

    @field_validator("quiz", mode="before")
    @classmethod
    def _bare_key(cls, value: Any) -> Any:
        return {} if value is None or value is True else value


class CourseMeta(_Meta):
    """`index.md`. Only title and version are needed."""

    title: Sentence
    version: Version
    description: str = ""
    lang: Language = "en"
    tags: tuple[str, ...] = ()
    draft: bool = False
    time_required: Duration | None = None
    objectives: dict[Identifier, Sentence] = Field(default_factory=dict)
    prerequisites: tuple[Identifier, ...] = ()
    equivalents: tuple[Identifier, ...] = ()
    mastery_score: Score = DEFAULT_MASTERY_SCORE
    move_on: MoveOn | None = None
    attempts: int | None = Field(default=None, ge=1, le=100)
    wait_between: Duration | None = None
    valid_for: Duration | None = None
    renew_from: Duration | None = None
    due: Duration | None = None
    reminders: tuple[Duration, ...] = ()
    certificate: Literal["default", "none"] = "default"
    confirm: Confirm = Confirm.AUTOMATIC

    @field_validator("certificate", mode="before")
    @classmethod
    def _none_is_a_word(cls, value: Any) -> Any:
        return "none" if value is None or value is False else value

    @field_validator("time_required", "wait_between", "valid_for", "renew_from", "due")
    @classmethod
    def _is_positive(cls, value: Duration | None) -> Duration | None:
        return _positive(value)

    @model_validator(mode="after")
    def _renewal_fits_validity(self) -> Self:
        if self.renew_from and not self.valid_for:
            raise ValueError("renew_from needs valid_for: without an end there is nothing to renew")
        if self.renew_from and self.valid_for and self.renew_from.in_seconds >= self.valid_for.in_seconds:
            raise ValueError("renew_from must be shorter than valid_for: renewal opens that long before the end")
        return self


def _positive(value: Duration | None) -> Duration | None:
    if value is not None and value.in_seconds <= 0:
        raise ValueError(f"'{value}' must be longer than nothing")
    return value


@dataclass(frozen=True)
class Page:
    """A Markdown file split: front matter as read from YAML, where its keys stand, and the body with its first line's number."""

    file: str
    raw: dict[str, Any]
    key_lines: dict[str, int]
    body: str
    body_line: int
    has_front_matter: bool = True
    is_broken: bool = False


def split_front_matter(text: str) -> tuple[str | None, str, int]:
    """(YAML text or None, body, number of the body's first line). A block opens with `---` on line 1 and ends with `---` or `...`."""
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != "---":
        return None, text, 1
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    return None, text, 1


def read_page(file: str, text: str, report: Report) -> Page:
    """Splits and reads the YAML; a broken block is reported and read as empty."""
    yaml_text, body, body_line = split_front_matter(text)
    if yaml_text is None:
        if text.split("\n", 1)[0].rstrip() == "---":
            report.error(file, 1, "The front matter is not closed: put a line with --- after its last key.")
        return Page(file, {}, {}, body, body_line, has_front_matter=False)
    faults = len(report.problems)
    raw, key_lines = _read_yaml(file, yaml_text, report)
    return Page(file, raw, key_lines, body, body_line, is_broken=len(report.problems) > faults)


class _UniqueKeys(yaml.SafeLoader):
    """safe_load, except that a key given twice is an error and dates stay text (a version 2024-01-01 is no date here)."""


def _mapping_without_twins(loader: _UniqueKeys, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(getattr(key, "value", ""))
        if name in seen:
            raise yaml.MarkedYAMLError(problem=f"the key '{name}' is given twice", problem_mark=key.start_mark)
        seen.add(name)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


def _construct_map(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Hashable, Any]:
    return _mapping_without_twins(loader, node, deep=True)


_UniqueKeys.add_constructor("tag:yaml.org,2002:map", _construct_map)
_UniqueKeys.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read_yaml(file: str, text: str, report: Report) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        if "*" in text and any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)
        ):
            # Aliases of aliases unfold into billions of values.
            report.error(file, 1, "The front matter uses a YAML alias (*name); write the value out.")
            return {}, {}
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        report.error(
            file, mark.line + 2 if mark else 1, f"The front matter is not valid YAML: {error.problem or error.context}."
        )
        return {}, {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        report.error(file, 1, f"The front matter is not valid YAML: {error}.")
        return {}, {}
    if value is None:
        return {}, {}
    if not isinstance(value, dict) or not isinstance(node, yaml.MappingNode):
        report.error(file, 2, "The front matter must be a list of keys and values, for example title: My course.")
        return {}, {}
    return {str(key): inner for key, inner in value.items()}, dict(_key_lines(node, ""))


def _key_lines(node: yaml.MappingNode, prefix: str) -> list[tuple[str, int]]:
    lines: list[tuple[str, int]] = []
    for key, inner in node.value:
        name = f"{prefix}{getattr(key, 'value', '')}"
        lines.append((name, key.start_mark.line + 2))  # line 1 is the opening ---
        if isinstance(inner, yaml.MappingNode):
            lines += _key_lines(inner, f"{name}.")
    return lines


M = TypeVar("M", bound=_Meta)

_PLAIN = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text",
    "tuple_type": "must be a list, for example [one, two]",
    "dict_type": "must be a list of ids with sentences",
    "decimal_parsing": "must be a number from 0 to 1",
    "decimal_type": "must be a number from 0 to 1",
    "decimal_max_places": "may have 4 decimals",
}


def read_meta(model: type[M], page: Page, report: Report, *, inherited: dict[str, Any] | None = None) -> M | None:
    """The page's front matter as `model`, or None with each fault reported at its own line.

    `inherited` gives a translation the values of the original; `title` is never inherited.
    """
    values = {**{k: v for k, v in (inherited or {}).items() if k != "title"}, **page.raw}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        if page.is_broken:
            return None  # said already; that every key is missing follows from it
        for fault in error.errors(include_url=False):
            _report_fault(
                model, page, report, tuple(str(part) for part in fault["loc"]), fault["type"], fault["msg"], fault
            )
    return None


def _report_fault(
    model: type[_Meta], page: Page, report: Report, location: tuple[str, ...], kind: str, message: str, fault: Any
) -> None:
    name = ".".join(location)
    line = next(
        (
            page.key_lines[".".join(location[:n])]
            for n in range(len(location), 0, -1)
            if ".".join(location[:n]) in page.key_lines
        ),
        1,
    )
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.6)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(known)}."
        report.error(page.file, line, f"Unknown key '{name}'. {hint}")
    elif kind in {"value_error", "assertion_error"}:
        text = message.removeprefix("Value error, ")
        report.error(page.file, line, f"{name}: {text}." if name else f"{text}.")
    elif kind in {"enum", "literal_error"}:
        expected = fault["ctx"]["expected"]
        given = fault.get("input")
        report.error(page.file, line, f"{name}: '{given}' is not one of {expected}.")
    elif kind in {"less_than_equal", "greater_than_equal"}:
        limit = f"at most {fault['ctx']['le']}" if kind == "less_than_equal" else f"at least {fault['ctx']['ge']}"
        report.error(page.file, line, f"{name} must be {limit}.")
    else:
        report.error(page.file, line, f"{name} {_PLAIN.get(kind, message[:1].lower() + message[1:])}.")


def _keys_at(model: type[BaseModel], location: tuple[str, ...]) -> list[str]:
    for name in location:
        found = model.model_fields.get(name)
        inner = found.annotation if found else None
        candidates = [inner, *get_args(inner)]
        nested = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        if nested is None:
            return []
        model = nested
    return list(model.model_fields)
