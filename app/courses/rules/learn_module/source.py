"""A Learn module's files: found, decoded, and its YAML read with the line on which each value stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from typing import Any

import yaml

from app.kernel.errors import DomainError

_MAX_NODES = 50_000


class ImportRefused(DomainError):
    """The folder holds no Learn module that could be read."""


@dataclass(frozen=True, order=True)
class Note:
    """Something of the module, by file and line (from 1): what became of it, and the source text in question."""

    file: str
    line: int
    message: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Line:
    """One line of Markdown and where it comes from."""

    text: str
    file: str
    number: int

    def saying(self, text: str) -> "Line":
        return Line(text, self.file, self.number)


@dataclass
class Notes:
    """What was carried over in another form, and what was left."""

    carried: list[Note] = field(default_factory=list)
    left: list[Note] = field(default_factory=list)

    def carry(self, line: Line, message: str, text: str = "") -> None:
        self.carried.append(Note(line.file, line.number, message, text))

    def leave(self, line: Line, message: str, text: str = "") -> None:
        self.left.append(Note(line.file, line.number, message, text))


@dataclass(frozen=True)
class Value:
    """A YAML value: what it is, its file and line, and for a block of text the line of its first line."""

    value: Any
    file: str
    line: int
    children: Mapping[str, "Value"] = field(default_factory=dict)
    items: tuple["Value", ...] = ()
    text_line: int = 0
    is_block: bool = False

    def __getitem__(self, key: str) -> "Value":
        """The value under a key; an empty one at this place when there is none."""
        return self.children.get(key) or Value(None, self.file, self.line)

    @property
    def text(self) -> str:
        """As text; lists and maps, which have none, give nothing."""
        if self.value is None or isinstance(self.value, dict | list):
            return ""
        return str(self.value).strip()

    @property
    def all_text(self) -> str:
        """The words of it and of everything in it."""
        parts = [self.text, *(inner.all_text for inner in (*self.children.values(), *self.items))]
        return " ".join(part for part in parts if part)

    @property
    def at(self) -> Line:
        return Line("", self.file, self.line)

    def lines(self) -> list[Line]:
        """The text line by line; of a block, each with its own line in the YAML file."""
        if not self.text:
            return []
        first = self.text_line if self.is_block else self.line
        raw = str(self.value).rstrip("\n").split("\n")
        return [Line(text, self.file, first + index if self.is_block else first) for index, text in enumerate(raw)]


class Files:
    """The files of a module by path relative to its folder."""

    def __init__(self, files: Mapping[str, bytes], notes: Notes) -> None:
        self.files = files
        self.notes = notes
        self._folded = {path.casefold(): path for path in files}
        self._read: set[str] = set()

    def find(self, from_file: str, target: str) -> str | None:
        """The path that `target`, as written in `from_file`, names; capital letters don't matter. None when it isn't there."""
        if target.startswith(("~", "/")) or ":" in target:
            return None
        path = normpath(join(dirname(from_file), target.replace("\\", "/")))
        return None if path.startswith("..") else self._folded.get(path.casefold())

    def text(self, path: str) -> str:
        """Decoded, with LF line ends and no byte order mark."""
        self._read.add(path)
        data = self.files[path]
        for encoding in ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1252"):
            try:
                text = data.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            text = data.decode("utf-8", errors="replace")
            encoding = "unknown"
        if encoding not in {"utf-8-sig", "utf-16"}:
            self.notes.carry(Line("", path, 1), f"The file is not UTF-8; it was read as {encoding}.")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def yaml_files(self) -> Iterator[str]:
        for path in self.files:
            if PurePosixPath(path).suffix.lower() in {".yml", ".yaml"}:
                yield path

    def unread(self) -> list[str]:
        """Those whose text nobody has asked for so far."""
        return [path for path in self.files if path not in self._read]


def read_yaml(file: str, text: str, notes: Notes) -> Value:
    """The first document with its places; what else there is, is listed. Raises ImportRefused naming file and line."""
    try:
        return _read_documents(file, text, notes)
    except ImportRefused:
        # YAML forbids tabs as indents, authors type them all the same; within the text of a line they are kept.
        spaced = re.sub(r"(?m)^[ \t]+", lambda indent: indent[0].expandtabs(4), text)
        if spaced == text:
            raise
        return _read_documents(file, spaced, notes)


def _read_documents(file: str, text: str, notes: Notes) -> Value:
    loader = yaml.SafeLoader(text)
    try:
        nodes: list[yaml.Node] = []
        while loader.check_node() and (node := loader.get_node()):
            nodes.append(node)
        first = nodes[0] if nodes else None
        if not isinstance(first, yaml.MappingNode):
            raise ImportRefused(f"{file}:1: This is not a list of keys and values.")
        value = _Reader(file, notes).value(first)
        for node in nodes[1:]:
            line = node.start_mark.line
            rest = "\n".join(text.split("\n")[line : node.end_mark.line + 1])
            notes.leave(Line("", file, line + 1), "A second YAML document in one file; only the first is read.", rest)
        return value
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ImportRefused(f"{file}:{line}: This is not valid YAML: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ImportRefused(f"{file}:1: This is not valid YAML: {error}.") from error
    finally:
        loader.dispose()


class _Reader:
    """Turns YAML nodes into values; a key given twice is listed, for a map can hold it only once."""

    def __init__(self, file: str, notes: Notes) -> None:
        self.file, self.notes = file, notes
        self.read = 0

    def value(self, node: yaml.Node) -> Value:
        self.read += 1
        if self.read > _MAX_NODES:
            raise ValueError(f"it unfolds into more than {_MAX_NODES:,} values")
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            children: dict[str, Value] = {}
            for key, inner in node.value:
                name, value = str(key.value), self.value(inner)
                if name in children:
                    self.notes.leave(value.at, f"The key '{name}' is given twice; the first is read.", value.all_text)
                else:
                    children[name] = value
            return Value({}, self.file, line, children=children)
        if isinstance(node, yaml.SequenceNode):
            return Value([], self.file, line, items=tuple(self.value(inner) for inner in node.value))
        block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
        is_text = isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str"
        # Dates, numbers and booleans stay as they are written, except that null is nothing.
        value_of: Any = node.value if is_text or node.tag != "tag:yaml.org,2002:null" else None
        return Value(value_of, self.file, line, text_line=line + 1, is_block=block)
