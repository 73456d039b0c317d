"""Courses in several folders: public lessons in one, private quizzes in another. One name is one course, merged file by file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.courses.rules.bundle import Bundle, is_hidden, read_files
from app.courses.rules.course.file_names import INDEX
from app.courses.rules.problems import BundleRefused


@dataclass(frozen=True)
class Source:
    """A course by its folder name, and the folders that hold its files, in the order of the roots."""

    slug: str
    folders: tuple[Path, ...]

    def read(self) -> Bundle:
        """All of its files. Raises BundleRefused, also for a file that two of the folders hold: which one counts nobody could say."""
        files: dict[str, bytes] = {}
        where: dict[str, Path] = {}
        for folder in self.folders:
            for path, data in read_files(folder).items():
                first = where.setdefault(path.casefold(), folder)
                if first is not folder:
                    raise BundleRefused(f"{path} is in two folders, {first} and {folder}. Take it out of one of them.")
                files[path] = data
        return Bundle.of(files)


def sources(roots: Sequence[Path]) -> list[Source]:
    """The courses of these roots, by name: every folder of which one root has the index.md.

    Raises BundleRefused for a root that is not there, and for a folder whose index.md no root has: its files would be
    left out silently.
    """
    by_slug: dict[str, list[Path]] = {}
    for root in dict.fromkeys(one.resolve() for one in roots):
        if not root.is_dir():
            raise BundleRefused(f"{root} is not a folder. The courses are looked for there.")
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and not is_hidden(folder.name):
                by_slug.setdefault(folder.name, []).append(folder)
    for slug, folders in by_slug.items():
        if len(roots) > 1 and not _has_index(folders) and any(folder.glob("*.md") for folder in folders):
            raise BundleRefused(
                f"{folders[0]} holds files of a course '{slug}', but its {INDEX} is in none of the folders of courses."
            )
    return [Source(slug, tuple(folders)) for slug, folders in sorted(by_slug.items()) if _has_index(folders)]


def _has_index(folders: Iterable[Path]) -> bool:
    return any((folder / INDEX).is_file() for folder in folders)
