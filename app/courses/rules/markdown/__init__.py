"""Markdown to safe HTML: CommonMark with GitHub's tables, task lists, footnotes, alerts and bare links.

Two walls against hostile text: raw HTML is off, so that `<script>` is shown as letters; and the result is cleaned by nh3
against the lists below. The output needs no `unsafe-inline` in a Content-Security-Policy. Everything is decided on
tokens, never by searching the text.
"""

from app.courses.rules.markdown.headings import Heading, level_headings, take_attributes
from app.courses.rules.markdown.lines import children_with_lines
from app.courses.rules.markdown.links import LINK_SCHEMES
from app.courses.rules.markdown.parsers import MAX_NESTING
from app.courses.rules.markdown.pictures import AUDIO_SUFFIXES, IMAGE_SUFFIXES, VIDEO_SUFFIXES, inside_folder
from app.courses.rules.markdown.rendering import Parsed, Rendered, parse, raw_html, render, to_html, to_inline_html
from app.courses.rules.markdown.setting import LinkResolver, Media, MediaResolver, Setting
from app.courses.rules.markdown.words import (
    WORDS_PER_MINUTE,
    count_words,
    plain_text,
    plain_text_of_alt,
    reading_minutes,
    slug,
)

__all__ = [
    "render",
    "Rendered",
    "Setting",
    "Media",
    "MediaResolver",
    "LinkResolver",
    "parse",
    "Parsed",
    "to_html",
    "to_inline_html",
    "raw_html",
    "Heading",
    "level_headings",
    "take_attributes",
    "children_with_lines",
    "plain_text",
    "plain_text_of_alt",
    "count_words",
    "reading_minutes",
    "slug",
    "inside_folder",
    "IMAGE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "AUDIO_SUFFIXES",
    "LINK_SCHEMES",
    "WORDS_PER_MINUTE",
    "MAX_NESTING",
]
