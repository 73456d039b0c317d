"""Version numbers in order: three numbers, then pre-releases before their release (SemVer 2.0, section 11)."""


def is_later(version: str, than: str) -> bool:
    """Whether `version` comes after `than`. What follows a `+` plays no part."""
    return _place(version) > _place(than)


def _place(version: str) -> tuple[object, ...]:
    core, _, before = version.partition("+")[0].partition("-")
    numbers = tuple(int(part) for part in core.split("."))
    # Numbers come before words, and a release after all of its pre-releases.
    words = (
        tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".")) if before else ()
    )
    return (*numbers, not before, words)
