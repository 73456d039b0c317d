"""What a form's fields are filled in with, so that a POST comes past the form and reaches the rules.

The forms that a view uses are read from its code: whatever form class it, or a function of its module that it calls,
names. No list of forms has to be kept.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType
from typing import Any

from flask import Flask
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    Field,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import Length

from app.cli.demo.cast import PASSWORD

WORDS = "Plain words that say enough about it."
_DEPTH = 3


def form_classes(view: Callable[..., Any]) -> set[type[Form]]:
    """The forms that a view uses."""
    return {one for one in _named(view, _DEPTH) if isinstance(one, type) and issubclass(one, Form)}


def _named(function: Callable[..., Any], depth: int) -> Iterator[Any]:
    """The globals that a function names, and those of the functions of its own module that it names."""
    module = function.__globals__
    for code in _codes(function.__code__):
        for name in code.co_names:
            found = module.get(name)
            if found is None:
                continue
            yield found
            if depth and getattr(found, "__globals__", None) is module and hasattr(found, "__code__"):
                yield from _named(found, depth - 1)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _prefixes(view: Callable[..., Any]) -> set[str]:
    """The prefixes that a view's forms may have: the short words among the constants of its code."""
    found = {""}
    for code in _codes(view.__code__):
        words = [one for one in code.co_consts if isinstance(one, str) and re.fullmatch(r"[a-z]{2,20}", one)]
        found |= {f"{word}-" for word in words}
    return found


@cache
def plausible(app: Flask, view: Callable[..., Any]) -> dict[str, str | list[str]]:
    """Values for every field of every form of a view, as far as they can be guessed without looking at a page."""
    values: dict[str, str | list[str]] = {}
    with app.test_request_context():
        for form_class in sorted(form_classes(view), key=lambda one: one.__name__):
            for field in form_class():
                value = _value(field)
                if value is not None:
                    values.update({f"{prefix}{field.short_name}": value for prefix in _prefixes(view)})
    return values


def every_text_field(app: Flask, view: Callable[..., Any], text: str) -> dict[str, str | list[str]]:
    """Plausible values, with `text` in every field in which a person can write."""
    values = dict(plausible(app, view))
    with app.test_request_context():
        for form_class in form_classes(view):
            for field in form_class():
                if not isinstance(field, SelectField | SelectMultipleField | FileField | BooleanField):
                    values.update({f"{prefix}{field.short_name}": text for prefix in _prefixes(view)})
    for name in ("csrf_token", "idempotency_key"):
        values.pop(name, None)
    return values


def _value(field: Field) -> str | list[str] | None:
    if field.short_name in ("csrf_token", "idempotency_key") or isinstance(field, FileField):
        return None
    if isinstance(field, SelectMultipleField):
        return _choices(field) or ["1"]
    if isinstance(field, SelectField | RadioField):
        return next((one for one in _choices(field) if one), "CLOUD")
    if isinstance(field, DateField):
        return "2026-03-02"
    if isinstance(field, TimeField):
        return "08:30"
    if isinstance(field, IntegerField | DecimalField):
        return "10"
    if isinstance(field, EmailField):
        return "somebody.new@kestrel.example"
    if isinstance(field, PasswordField):
        return PASSWORD
    if isinstance(field, BooleanField):
        return "y"
    if isinstance(field, HiddenField):
        return str(field.default or "")
    longest = min((one.max for one in field.validators if isinstance(one, Length) and one.max > 0), default=len(WORDS))
    return WORDS[:longest]


def _choices(field: SelectField) -> list[str]:
    found = []
    for choice in field.choices or ():
        value = choice[0] if isinstance(choice, tuple) else getattr(choice, "value", choice)
        found.append(str(value))
    return found
