"""Judgement about passwords, names and addresses: values in, values out."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kernel.errors import DomainError

SHORTEST, LONGEST = 12, 256
FREE_TRIES = 5


@dataclass(frozen=True)
class Reauthentication:
    """Proof that a person entered their password again, and when."""

    person_id: int
    at: datetime


def clean_name(text: str) -> str:
    """A person's name as written, spaces put in order; control and direction-override characters are refused."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise DomainError("Enter the person's name.", field="name")
    if len(name) > 200:
        raise DomainError("A name can have 200 characters at most.", field="name")
    if any(
        unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") and letter not in "\u200c\u200d" for letter in name
    ):
        raise DomainError(
            "The name holds characters that can't be seen. Type it again instead of pasting it.", field="name"
        )
    return name


def clean_email(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower()


def refuse_weak_password(password: str, *, name: str, email: str, brand: str) -> None:
    """At least 12 characters, at most 256, and not made of what anyone would try first. No rules about kinds of characters."""
    if len(password) < SHORTEST:
        raise DomainError(
            f"Use at least {SHORTEST} characters. Four or five unrelated words make a good password.", field="password"
        )
    if len(password) > LONGEST:
        raise DomainError(f"Use at most {LONGEST} characters.", field="password")
    folded = password.casefold()
    if len(set(folded)) < 5:
        raise DomainError("That password repeats a few characters. Use four or five unrelated words.", field="password")
    rest = folded
    for word in sorted(
        {
            *name.casefold().split(),
            *email.split("@"),
            *brand.casefold().split(),
            "password",
            "welcome",
            "qwerty",
            "123456",
            "letmein",
        },
        key=len,
        reverse=True,
    ):
        if len(word) > 2:
            rest = rest.replace(word, "")
    if len("".join(letter for letter in rest if letter.isalnum())) < 6:
        raise DomainError(
            "That password is mostly your name, your address or a common word. Use four or five unrelated words.",
            field="password",
        )


def wait_after(failures: int) -> timedelta:
    """How long an account waits after so many failures in a row: five are free, then it doubles to a quarter of an hour."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return timedelta(seconds=min(2 ** min(failures - FREE_TRIES + 2, 10), 900))
