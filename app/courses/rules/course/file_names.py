"""What the names of a course's files say: which unit, in which language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

INDEX = "index.md"
CHANGES = "CHANGES.md"
LANGUAGE_SUFFIX = re.compile(r"(?P<stem>.+)\.(?P<lang>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(?P<suffix>md|vtt)")


@dataclass
class Names:
    """The Markdown files of a bundle by stem and language; "" is the course's own language."""

    by_stem: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def languages(self) -> set[str]:
        return {lang for files in self.by_stem.values() for lang in files if lang}


def names_of(paths: Iterable[str]) -> Names:
    """The pages among the files, without those in folders and CHANGES.md."""
    names = Names()
    for path in paths:
        if "/" in path or not path.endswith(".md") or path == CHANGES:
            continue
        found = LANGUAGE_SUFFIX.fullmatch(path)
        stem, lang = (found["stem"], found["lang"]) if found else (path.removesuffix(".md"), "")
        names.by_stem.setdefault(stem, {})[lang] = path
    return names


def title_of(stem: str) -> str:
    """`01-why-it-matters` -> `Why it matters`."""
    words = re.sub(r"^\d+[-_ ]*", "", stem).replace("-", " ").replace("_", " ").strip() or stem
    return words[:1].upper() + words[1:]
