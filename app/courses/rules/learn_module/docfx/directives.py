"""DocFX's own marks (`[!NOTE]`, `[!VIDEO]`, `:::image`, `:::zone`, …), which no Markdown parser knows, found by their spelling."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from app.courses.rules.learn_module.docfx.code import code_lines, outside_code
from app.courses.rules.learn_module.docfx.spelling import destination, escape, hanging_indent
from app.courses.rules.learn_module.docfx.targets import Targets
from app.courses.rules.learn_module.source import Files, Line, Notes

ALERTS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"})
_VIDEO = re.compile(r"\[!video\s+(?P<url>[^\]\s]+)[^\]]*\]", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?P<lead>[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?>?\s*)\[!(?P<kind>[A-Za-z-]+)(?P<rest>[^\]]*)\](?P<after>.*)"
)
_INLINE_DIRECTIVE = re.compile(
    r":::\s*(?P<name>image|video)\s(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^:\"']|:(?!::))*):::", re.IGNORECASE
)
_DIRECTIVE = re.compile(
    r"(?P<lead>[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?):::+\s*(?P<name>[A-Za-z][\w-]*)?(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^:\"']|:(?!::))*)(?P<end>:::)?(?P<after>.*)"
)
_ATTRIBUTE = re.compile(r"(?P<key>[\w-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")


@dataclass(frozen=True)
class Directives:
    """Turns the marks into Markdown, or lists them and keeps their text."""

    files: Files
    notes: Notes
    targets: Targets

    def turn(self, lines: list[Line]) -> list[Line]:
        """The lines with every mark turned, code untouched."""
        code = code_lines(lines)
        result: list[Line] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            if index in code:
                result.append(line)
                index += 1
                continue
            taken = self._joined(lines, index, code)
            result += self._one_line(line.saying(taken[0]))
            index += taken[1]
        return result

    def _joined(self, lines: list[Line], index: int, code: set[int]) -> tuple[str, int]:
        """A `:::image …` whose closing `:::` stands some lines further down, as one line; and how many lines it took."""
        text = lines[index].text
        if re.search(r":::\s*(image|code|video)\s", text, re.IGNORECASE) and text.count(":::") % 2:
            for extra in range(1, 8):
                at = index + extra
                if at >= len(lines) or at in code or not lines[at].text.strip():
                    break
                text = f"{text} {lines[at].text.strip()}"
                if ":::" in lines[at].text:
                    return text, extra + 1
        return lines[index].text, 1

    def _one_line(self, line: Line) -> list[Line]:
        if found := outside_code(_VIDEO, line.text):
            url = self.targets.absolute(found["url"])
            self.notes.leave(line, f"The video became a link to {url}.", found[0])
            lead = re.sub(r">\s*$", "", line.text[: found.start()])
            after = line.text[found.end() :]
            return self._one_line(line.saying(f"{lead}[Video: {escape(url)}]({destination(url)}){after}"))
        if (found := _EXTENSION.fullmatch(line.text)) and not found["after"].startswith(("(", "[")):
            return self._extension(line, found)
        if outside_code(_INLINE_DIRECTIVE, line.text):
            return [line.saying(self._inline_directives(line))]
        if (found := _DIRECTIVE.fullmatch(line.text)) and (found["name"] or not found["attributes"].strip()):
            return self._block_directive(line, found)
        return [line]

    def _extension(self, line: Line, found: re.Match[str]) -> list[Line]:
        lead, kind, after = found["lead"], found["kind"].upper(), found["after"].strip()
        if kind in ALERTS and ">" in lead and not found["rest"].strip():
            plain = line.saying(f"{lead}[!{kind}]")
            return [plain, line.saying(f"{hanging_indent(lead)}{after}")] if after else [plain]
        self.notes.leave(line, f"The mark [!{found['kind']}] has no counterpart; its text is kept.", line.text.strip())
        words = [] if kind == "DIV" else [escape(found["rest"])]
        return [line.saying(lead + " ".join([*words, after]).strip())]

    def _inline_directives(self, line: Line) -> str:
        made, position = "", 0
        while found := outside_code(_INLINE_DIRECTIVE, line.text, position):
            attributes = _attributes(found["attributes"])
            made += line.text[position : found.start()]
            position = found.end()
            if found["name"].lower() == "image":
                made += self._image_directive(line, found[0], attributes)
            else:
                url = self.targets.absolute(attributes.get("source", ""))
                self.notes.leave(line, f"The video became a link to {url}.", found[0])
                made += f"[{escape(attributes.get('title', '') or 'Video')}]({destination(url)})" if url else ""
        return made + line.text[position:]

    def _block_directive(self, line: Line, found: re.Match[str]) -> list[Line]:
        name, lead, raw = (found["name"] or "").lower(), found["lead"], line.text.strip()
        attributes = _attributes(found["attributes"])
        empty = line.saying(hanging_indent(lead).rstrip())
        made: list[Line] = []
        if not name or name.endswith("-end"):
            self.notes.carry(line, "The end of a block.", raw)
        elif name == "code" and "source" in attributes:
            made = [one.saying(hanging_indent(lead) + one.text) for one in self._code_directive(line, raw, attributes)]
        elif name == "zone" and (zone := attributes.get("pivot") or attributes.get("target")):
            self.notes.leave(line, f"The zone '{zone}' became a heading: readers can't choose one.", raw)
            made = [line.saying(f"{hanging_indent(lead)}### {escape(zone.replace('-', ' '))}"), empty]
        else:
            self.notes.leave(line, f"The block :::{found['name']} has no counterpart; its text is kept.", raw)
            if not attributes and found["attributes"].strip():
                made = [line.saying(lead + found["attributes"].strip()), empty]
        after = found["after"].strip(" :")
        return [empty, *made, *([line.saying(hanging_indent(lead) + after)] if after else [])]

    def _image_directive(self, line: Line, raw: str, attributes: dict[str, str]) -> str:
        """As a Markdown picture with its source as written; `inlines` then finds the file, as it does for every picture."""
        source, alt = attributes.get("source", ""), " ".join(attributes.get("alt-text", "").split())
        path = self.files.find(line.file, unquote(source)) if source else None
        if path is None and (not source or (attributes.get("type") == "icon" and not alt)):
            self.notes.leave(line, f"The picture '{source}' is not there.", raw)
            return f"*Figure: {escape(alt)}*" if alt else ""
        self.notes.carry(line, f"The picture '{source}' in DocFX's own form.", raw)
        picture = f"![{escape(alt)}]({destination(source)})"
        lightbox = attributes.get("lightbox", "")
        if not lightbox or lightbox == source:
            return picture
        large = self.files.find(line.file, unquote(lightbox))
        if path is None or large is None or not self.targets.take(path) or not self.targets.take(large):
            self.notes.leave(line, f"The larger picture '{lightbox}' is not there.", raw)
            return picture
        return f"[{picture}]({destination(lightbox)})"

    def _code_directive(self, line: Line, raw: str, attributes: dict[str, str]) -> list[Line]:
        source = attributes.get("source", "")
        path = self.files.find(line.file, unquote(source)) if source else None
        if path is None:
            self.notes.leave(line, f"The code file '{source}' is not there.", raw)
            return []
        if attributes.keys() & {"range", "id", "highlight"}:
            self.notes.leave(line, f"The code of '{source}' is shown whole, without its range or highlights.", raw)
        else:
            self.notes.carry(line, f"Code from {path}.", raw)
        text = self.files.text(path).rstrip("\n")
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        code = [Line(one, path, number) for number, one in enumerate(text.split("\n"), start=1)]
        return [
            line.saying(ticks + re.sub(r"\W", "", attributes.get("language", ""))),
            *code,
            line.saying(ticks),
            line.saying(""),
        ]


def _attributes(text: str) -> dict[str, str]:
    return {one["key"].lower(): one["double"] or one["single"] or "" for one in _ATTRIBUTE.finditer(text)}
