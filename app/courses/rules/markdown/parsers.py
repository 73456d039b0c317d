"""The parsers, one of each kind for the process: they hold no state between texts."""

from functools import lru_cache

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from app.courses.rules.markdown.footnotes import (
    footnote_mark_rule,
    footnote_name,
    keep_unused_footnotes,
    render_footnote_anchor,
    render_footnote_open,
    render_footnote_ref,
)
from app.courses.rules.markdown.link_labels import find_each_label_once
from app.courses.rules.markdown.lists_and_code import render_code, render_list_item
from app.courses.rules.markdown.paragraphs import read_paragraphs
from app.courses.rules.markdown.pictures import render_media
from app.courses.rules.markdown.quiz_marks import gap_rule, quiz_rule, render_gap
from app.courses.rules.markdown.safe_tokens import make_safe
from app.courses.rules.markdown.tables import render_table_close, render_table_open

MAX_NESTING = 40


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        # Every target is read as a link here, so that `checked_link` can judge it with its line; none reaches the page unjudged.
        return True


def _base_parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.options["tasklists"] = True
    parser.options["alerts"] = True
    parser.use(gfm_autolink_plugin)
    find_each_label_once(parser)
    parser.core.ruler.at("inline", read_paragraphs)
    return parser


@lru_cache(maxsize=2)
def parser_of_texts(quiz: bool) -> MarkdownIt:
    parser = _base_parser()
    if quiz:
        parser.inline.ruler.before("link", "gap", gap_rule)
    else:
        parser.use(footnote_plugin, inline=False)
        parser.inline.ruler.at("footnote_ref", footnote_mark_rule)
        parser.block.ruler.before("fence", "quiz", quiz_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
        parser.core.ruler.before("footnote_tail", "keep_unused_footnotes", keep_unused_footnotes)
    parser.core.ruler.push("make_safe", make_safe)
    for name, rule in {
        "list_item_open": render_list_item,
        "table_open": render_table_open,
        "table_close": render_table_close,
        "media": render_media,
        "gap": render_gap,
        "fence": render_code,
        "code_block": render_code,
        "footnote_anchor": render_footnote_anchor,
        "footnote_anchor_name": footnote_name,
        "footnote_ref": render_footnote_ref,
        "footnote_open": render_footnote_open,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


@lru_cache(maxsize=1)
def parser_that_finds_html() -> MarkdownIt:
    parser = _base_parser()
    parser.options["html"] = True
    parser.block.ruler.before("fence", "quiz", quiz_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser
