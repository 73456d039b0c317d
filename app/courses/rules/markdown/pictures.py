"""Pictures, films and sounds: which files they may be, where they stand, how they are shown."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from app.courses.rules.markdown.setting import Media, Setting, setting_of
from app.courses.rules.markdown.wording import wording
from app.courses.rules.markdown.words import plain_text_of_alt

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})
VIDEO_SUFFIXES = frozenset({".mp4", ".webm"})
AUDIO_SUFFIXES = frozenset({".mp3", ".m4a", ".ogg"})


def inside_folder(source: str) -> str | None:
    """The path relative to the course folder, or None for an address, an absolute path or one that climbs out."""
    if not source or ":" in source or "\\" in source or source.startswith("/") or "?" in source or "#" in source:
        return None
    path = normpath(source)
    return None if path.startswith("../") or path in {"..", "."} else path


def checked_picture(image: Token, setting: Setting, problems: list[tuple[int, str]], line: int) -> list[Token]:
    source = unquote(str(image.attrs.get("src", "")))
    description = plain_text_of_alt(image).strip()
    if not description:
        problems.append(
            (
                line,
                f"The picture '{source}' has no description: write it between the brackets, ![what it shows]({source}).",
            )
        )
    path = inside_folder(source)
    media = setting.media(path) if setting.media and path else None
    suffix = PurePosixPath(source).suffix.lower()
    if path is None:
        problems.append((line, f"The picture '{source[:80]}' is outside the course folder; copy the file into it."))
    elif setting.media and media is None:
        problems.append(
            (
                line,
                f"The file '{path}' is not in the course folder. Put it there, or mend the name: capital letters count.",
            )
        )
    elif suffix not in IMAGE_SUFFIXES | VIDEO_SUFFIXES | AUDIO_SUFFIXES:
        problems.append(
            (
                line,
                f"'{source}' is not a picture, film or sound that pages can show. Use png, jpg, webp, svg, mp4, webm or mp3.",
            )
        )
        media = None
    if media is not None and media.fault:
        problems.append((line, media.fault))
    if media is None:
        return (
            [Token("em_open", "em", 1), Token("text", "", 0, content=description), Token("em_close", "em", -1)]
            if description
            else []
        )
    if suffix in IMAGE_SUFFIXES:
        image.attrs["src"] = media.url
        image.attrSet("loading", "lazy")
        return [image]
    return [Token("media", "", 0, content=description, info=suffix, meta={"media": media, "line": line, "path": path})]


def films_as_blocks(tokens: list[Token], setting: Setting, problems: list[tuple[int, str]]) -> list[Token]:
    """A film or sound alone in its paragraph becomes a figure of its own; one in running text is named there and reported."""
    result: list[Token] = []
    skip_to = -1
    for index, token in enumerate(tokens):
        if index <= skip_to:
            continue
        children = list(tokens[index + 1].children or []) if token.type == "paragraph_open" else []
        if len(children) == 1 and children[0].type == "media":
            film = children[0]
            film.block, film.map, film.level = True, token.map, token.level
            result.append(film)
            skip_to = index + 2
            continue
        if token.type == "inline" and any(child.type == "media" for child in token.children or []):
            for child in token.children or []:
                if child.type == "media":
                    problems.append((child.meta["line"], f"Put '{child.meta['path']}' in a paragraph of its own."))
            token.children = [
                Token("text", "", 0, content=child.content) if child.type == "media" else child
                for child in token.children or []
            ]
        result.append(token)
    return result


def render_media(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    setting = setting_of(env)
    media: Media = token.meta["media"]
    tag = "video" if token.info in VIDEO_SUFFIXES else "audio"
    tracks = "".join(
        f'<track kind="captions" src="{escapeHtml(url)}" srclang="{escapeHtml(lang)}" label="{escapeHtml(lang)}"'
        f"{' default' if lang == setting.lang else ''}>"
        for lang, url in media.captions
    )
    transcript = ""
    if media.transcript_html:
        transcript = f'<details class="transcript"><summary>{wording(setting.lang)["transcript"]}</summary>{media.transcript_html}</details>'
    return (
        f'<figure class="media"><{tag} controls preload="metadata" src="{escapeHtml(media.url)}"'
        f' aria-label="{escapeHtml(token.content)}">{tracks}</{tag}>{transcript}</figure>\n'
    )
