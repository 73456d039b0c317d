"""Where the label of a link ends.

The library looks for the end again from every `[`, which on a page of nothing but brackets takes as many steps as the
square of their number. Here each bracket's answer is kept while its paragraph is read, and a search that meets a bracket
with a known answer is done: one that never closes leaves what is around it open too.
"""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_inline import StateInline

_Bracket = tuple[int, int]  # where it stands, and where the text that may close it ends


@dataclass
class _Answers:
    closed: dict[_Bracket, int] = field(default_factory=dict)  # no link within
    closed_with_links: dict[_Bracket, int] = field(default_factory=dict)  # perhaps links within
    unclosed: set[_Bracket] = field(default_factory=set)
    holding_a_link: set[_Bracket] = field(default_factory=set)  # so it can't be a link's label itself


class LinkParts:
    """The three searches that the library's link and picture rules call, under the names by which they call them."""

    def __init__(self) -> None:
        self._answers: WeakKeyDictionary[StateInline, _Answers] = WeakKeyDictionary()
        self.parseLinkDestination = parseLinkDestination
        self.parseLinkTitle = parseLinkTitle

    def parseLinkLabel(self, state: StateInline, start: int, disableNested: bool = False) -> int:
        """Where the `]` of the `[` at `start` stands; -1 when nothing closes it, or when it holds a link and may not."""
        answers = self._answers.setdefault(state, _Answers())
        here = (start, state.posMax)
        end = self._known(answers, here, disableNested)
        if end is None:
            position = state.pos
            end = self._search(state, answers, here, disableNested)
            state.pos = position
        return end

    def _known(self, answers: _Answers, bracket: _Bracket, no_links: bool) -> int | None:
        if bracket in answers.unclosed or (no_links and bracket in answers.holding_a_link):
            return -1
        return answers.closed.get(bracket, None if no_links else answers.closed_with_links.get(bracket))

    def _search(self, state: StateInline, answers: _Answers, here: _Bracket, no_links: bool) -> int:
        state.pos = here[0] + 1
        while state.pos < state.posMax:
            marker = state.src[state.pos]
            if marker == "]":
                (answers.closed if no_links else answers.closed_with_links)[here] = state.pos
                return state.pos
            before = state.pos
            state.md.inline.skipToken(state)
            if marker != "[":
                continue
            if state.pos != before + 1:  # a link, or another thing that starts with a bracket
                if no_links:
                    answers.holding_a_link.add(here)
                    return -1
                continue
            within = self.parseLinkLabel(state, before, no_links)
            if within < 0:
                open_too = (before, state.posMax) in answers.unclosed
                (answers.unclosed if open_too else answers.holding_a_link).add(here)
                return -1
            state.pos = within + 1
        answers.unclosed.add(here)
        return -1


def find_each_label_once(parser: MarkdownIt) -> None:
    """Lets the parser's link and picture rules search in this way."""
    parser.helpers = LinkParts()  # type: ignore[assignment]
