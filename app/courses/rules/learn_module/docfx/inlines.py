"""Links, pictures and raw HTML within a paragraph, a heading or a table cell."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from app.courses.rules.learn_module.docfx.raw_html import ELEMENTS, LINE_ELEMENTS, HtmlTag
from app.courses.rules.learn_module.docfx.spans import Span, placed_edits, recorder
from app.courses.rules.learn_module.docfx.spelling import destination, escape
from app.courses.rules.learn_module.docfx.targets import Targets
from app.courses.rules.learn_module.source import Line, Notes


@dataclass(frozen=True)
class Inlines:
    """Rewrites what points to files and places of the module so that it fits the course."""

    notes: Notes
    targets: Targets

    def rewrite(self, lines: list[Line]) -> list[Line]:
        """Rewrites what is inside paragraphs, headings and table cells, in place."""
        texts = [line.text for line in lines]
        env: dict[str, Any] = {}
        tokens = recorder().parse("\n".join(texts), env)
        edits: list[tuple[int, int, int, str]] = []
        search_from: dict[int, int] = {}
        for token in tokens:
            if token.type != "inline" or not token.map:
                continue
            wanted = self._edits(lines[token.map[0]], token, env)
            edits += placed_edits(texts, token, wanted, search_from)
        for row, start, end, new in sorted(edits, reverse=True):
            texts[row] = texts[row][:start] + new + texts[row][end:]
        return [line.saying(text) for line, text in zip(lines, texts, strict=True)]

    def _edits(self, first: Line, token: Token, env: dict[str, Any]) -> list[tuple[int, int, str]]:
        """(start, end, new text) in the content of an inline token."""
        edits: list[tuple[int, int, str]] = []
        open_links: list[tuple[int, int, str]] = []
        for span in token.meta.get("spans", []):
            line = Line("", first.file, first.number + token.content.count("\n", 0, span.start))
            raw = token.content[span.start : span.end]
            if span.kind == "image":
                edit = self._markdown_picture(line, span, raw)
                if edit is not None:
                    edits.append((span.start, span.end, edit))
            elif span.kind == "link":
                address = self.targets.address(line, span.href, raw)
                if address is None:
                    edits += [(span.start, span.start + 1, ""), (span.label_end, span.end, "")]
                elif address != span.href:
                    title = f' "{span.title}"' if span.title and '"' not in span.title else ""
                    edits.append((span.label_end, span.end, f"]({destination(address)}{title})"))
            elif span.kind == "autolink":
                address = self.targets.address(line, span.href, raw)
                if address != span.href:
                    edits.append((span.start, span.end, escape(raw.strip("<>").removeprefix("xref:"))))
            elif span.kind == "html":
                edits += self._inline_html(line, span, raw, open_links, in_cell=token.meta.get("cell", False))
        for start, end, raw in open_links:
            edits.append((start, end, ""))
            self.notes.leave(
                Line("", first.file, first.number), f"The tag {raw[:40]} was dropped, its text is kept.", raw
            )
        return edits

    def _markdown_picture(self, line: Line, span: Span, raw: str) -> str | None:
        source = unquote(span.href)
        if urlsplit(span.href).scheme in {"http", "https"}:
            self.notes.leave(line, f"The picture {span.href} is on another site; it became a link.", raw)
            return f"[{escape(span.label) or escape(span.href)}]({destination(span.href)})"
        return self.targets.picture(line, source, span.label, raw)

    def _inline_html(
        self, line: Line, span: Span, raw: str, open_links: list[tuple[int, int, str]], *, in_cell: bool
    ) -> list[tuple[int, int, str]]:
        tag = HtmlTag()
        tag.read(raw)
        if raw.startswith("<!--") or tag.name is None:
            self.notes.leave(line, "A comment or declaration in raw HTML was dropped.", raw)
            return [(span.start, span.end, "")]
        if tag.name not in ELEMENTS:
            self.notes.carry(line, f"{raw[:40]} looks like a tag; it is shown as it is written.", raw)
            return [(span.start, span.end, escape(raw))]
        if tag.name == "a" and not tag.closing and tag.attributes.get("href"):
            open_links.append((span.start, span.end, raw))
            return []
        if tag.name == "a" and tag.closing and open_links:
            start, end, opened = open_links.pop()
            opening = HtmlTag()
            opening.read(opened)
            address = self.targets.address(line, opening.attributes["href"], opened)
            self.notes.carry(line, "A link in raw HTML became a Markdown link.", opened + raw)
            if address is None:
                return [(start, end, ""), (span.start, span.end, "")]
            return [(start, end, "["), (span.start, span.end, f"]({destination(address)})")]
        if tag.name == "img":
            return [
                (
                    span.start,
                    span.end,
                    self.targets.picture(line, tag.attributes.get("src", ""), tag.attributes.get("alt", ""), raw),
                )
            ]
        self.notes.leave(line, f"The tag {raw[:40]} was dropped, its text is kept.", raw)
        return [(span.start, span.end, " " if tag.name in LINE_ELEMENTS or in_cell else "")]
