"""One question as a QTI item: what is shown, the right answer, and the same points that our own grading gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

from app.courses.rules.qti.xml import Content, blocks, child, root_of
from app.courses.rules.questions import Blanks, Gap, Matching, MultipleChoice, Number, Ordering, Question, SingleChoice

ITEM_KINDS = (SingleChoice, MultipleChoice, Blanks, Number, Ordering, Matching)
RESPONSE = "RESPONSE"


@dataclass
class Item:
    """The item's root, the pictures that it shows (paths in the course), and what could not be told (words)."""

    root: Element
    media: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass
class _Parts:
    """What one kind of question puts into its item. `score` fills the rule that is met by a full answer or gives its value."""

    responses: list[Element] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)
    feedback: list[tuple[str, str]] = field(default_factory=list)
    """(identifier of an answer, HTML that the author says to it)."""


def identifier_of(question_id: str) -> str:
    """As QTI allows it: no digit at the start. Ids of ours never start with an underscore, so no two meet."""
    return question_id if question_id[0].isalpha() else f"_{question_id}"


def item(question: Question, *, lang: str, shuffle: bool) -> Item:
    """An `assessmentItem`. Raises ValueError for a kind that has no counterpart."""
    title = question.title or question.id
    root = root_of(
        "assessmentItem", identifier=identifier_of(question.id), title=title, adaptive="false", timeDependent="false"
    )
    root.set("xml:lang", lang)
    body = Element("itemBody")
    processing = Element("responseProcessing")
    parts = _Parts()
    choice = _KINDS.get(type(question))
    if choice is None:
        raise ValueError(f"A question of kind {question.kind} has no counterpart in QTI.")
    choice(question, body, processing, parts, shuffle)
    root.extend(parts.responses)
    _outcomes(root, processing, question, parts)
    root.append(body)
    root.append(processing)
    for identifier, html in parts.feedback:
        _feedback(root, parts, "FEEDBACK", identifier, html)
    if question.explanation_html:
        _feedback(root, parts, "EXPLANATION", "shown", question.explanation_html)
    media = tuple(dict.fromkeys(path for content in parts.contents for path in content.media))
    dropped = tuple(dict.fromkeys(what for content in parts.contents for what in content.dropped))
    return Item(root, media, dropped)


# --- Kinds ---


def _single(question: SingleChoice, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _choices(question, body, parts, shuffle, most="1", cardinality="single")
    _all_or_nothing(processing, _match)


def _multiple(question: MultipleChoice, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _choices(question, body, parts, shuffle, most="0", cardinality="multiple")
    _all_or_nothing(processing, _match)


def _choices(
    question: SingleChoice | MultipleChoice, body: Element, parts: _Parts, shuffle: bool, *, most: str, cardinality: str
) -> None:
    _scene(question, body, parts)
    parts.responses.append(
        _declared(RESPONSE, cardinality, "identifier", [option.id for option in question.options if option.right])
    )
    asked = child(body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle=_yes(shuffle), maxChoices=most)
    _prompt(question, asked, parts)
    for option in question.options:
        parts.contents.append(Content(child(asked, "simpleChoice", identifier=option.id)).write(option.html))
        if option.feedback_html:
            parts.feedback.append((option.id, option.feedback_html))


def _ordering(question: Ordering, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _scene(question, body, parts)
    parts.responses.append(_declared(RESPONSE, "ordered", "identifier", [one.id for one in question.items]))
    # Always shuffled: the order of the source is the answer.
    asked = child(body, "orderInteraction", responseIdentifier=RESPONSE, shuffle="true")
    _prompt(question, asked, parts)
    for one in question.items:
        parts.contents.append(Content(child(asked, "simpleChoice", identifier=one.id)).write(one.html))
    _all_or_nothing(processing, _match)


def _matching(question: Matching, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _scene(question, body, parts)
    pairs = [f"{left.id} {left.right_id}" for left in question.lefts]
    parts.responses.append(_declared(RESPONSE, "multiple", "directedPair", pairs, mapped=dict.fromkeys(pairs, "1")))
    most = str(len(question.lefts))
    asked = child(body, "matchInteraction", responseIdentifier=RESPONSE, shuffle="true", maxAssociations=most)
    _prompt(question, asked, parts)
    # One right side for each left side; a right side may be taken more than once, as on our own page.
    for side, often in ((question.lefts, "1"), (question.rights, "0")):
        column = child(asked, "simpleMatchSet")
        for one in side:
            content = Content(child(column, "simpleAssociableChoice", identifier=one.id, matchMax=often))
            parts.contents.append(content.write(one.html))
    _share(processing, [RESPONSE], len(question.lefts))


def _number(question: Number, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _heading(question, body, parts)
    _scene(question, body, parts)
    parts.responses.append(_declared(RESPONSE, "single", "float", [_plain(question.low)]))
    child(child(body, "p"), "textEntryInteraction", responseIdentifier=RESPONSE, expectedLength="10")

    def within(condition: Element) -> None:
        both = child(condition, "and")
        for rule, bound in (("gte", question.low), ("lte", question.high)):
            compared = child(both, rule)
            child(compared, "variable", identifier=RESPONSE)
            child(compared, "baseValue", _plain(bound), baseType="float")

    _all_or_nothing(processing, within)


def _blanks(question: Blanks, body: Element, processing: Element, parts: _Parts, shuffle: bool) -> None:
    _heading(question, body, parts)
    gaps = {gap.id: gap for gap in question.gaps}

    def interaction(parent: Element, number: str) -> None:
        _gap(gaps[number], parent, shuffle)

    parts.contents.append(blocks(child(body, "div"), question.prompt_html, interaction))
    for gap in question.gaps:
        parts.responses.append(_gap_declared(gap))
    _share(processing, [f"{RESPONSE}_{gap.id}" for gap in question.gaps], len(question.gaps))


def _gap(gap: Gap, parent: Element, shuffle: bool) -> None:
    name = f"{RESPONSE}_{gap.id}"
    if not gap.options:
        longest = max(len(spelling) for spelling in gap.accepted)
        child(parent, "textEntryInteraction", responseIdentifier=name, expectedLength=str(longest + 5))
        return
    asked = child(parent, "inlineChoiceInteraction", responseIdentifier=name, shuffle=_yes(shuffle))
    for option in gap.options:
        child(asked, "inlineChoice", option.text, identifier=option.id)


def _gap_declared(gap: Gap) -> Element:
    name = f"{RESPONSE}_{gap.id}"
    if gap.options:
        return _declared(name, "single", "identifier", [gap.right_id], mapped={gap.right_id: "1"})
    mapped = dict.fromkeys(_by_letters(gap.accepted), "1")
    return _declared(name, "single", "string", [gap.accepted[0]], mapped=mapped, any_case=True)


def _by_letters(spellings: tuple[str, ...]) -> list[str]:
    """Each once, capitals apart: a map may not hold a key twice."""
    return list({spelling.casefold(): spelling for spelling in spellings}.values())


# --- Pieces ---

_KINDS: dict[type[Question], Callable[..., None]] = {
    SingleChoice: _single,
    MultipleChoice: _multiple,
    Ordering: _ordering,
    Matching: _matching,
    Number: _number,
    Blanks: _blanks,
}


def _scene(question: Question, body: Element, parts: _Parts) -> None:
    if question.prompt_html:
        parts.contents.append(blocks(child(body, "div"), question.prompt_html))


def _prompt(question: Question, asked: Element, parts: _Parts) -> None:
    if question.title_html:
        parts.contents.append(Content(child(asked, "prompt")).write(question.title_html))


def _heading(question: Question, body: Element, parts: _Parts) -> None:
    if question.title_html:
        parts.contents.append(Content(child(child(body, "p"), "strong")).write(question.title_html))


def _declared(
    name: str,
    cardinality: str,
    base: str,
    right: list[str],
    *,
    mapped: dict[str, str] | None = None,
    any_case: bool = False,
) -> Element:
    declared = Element("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
    correct = child(declared, "correctResponse")
    for value in right:
        child(correct, "value", value)
    if mapped:
        mapping = child(declared, "mapping", defaultValue="0")
        for key, value in mapped.items():
            child(
                mapping, "mapEntry", mapKey=key, mappedValue=value, **({"caseSensitive": "false"} if any_case else {})
            )
    return declared


def _outcomes(root: Element, processing: Element, question: Question, parts: _Parts) -> None:
    score = child(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    score.set("normalMaximum", "1")
    child(child(score, "defaultValue"), "value", "0")
    if parts.feedback:
        many = "multiple" if isinstance(question, MultipleChoice) else "single"
        child(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality=many, baseType="identifier")
        given = child(processing, "setOutcomeValue", identifier="FEEDBACK")
        child(given, "variable", identifier=RESPONSE)
    if question.explanation_html:
        child(root, "outcomeDeclaration", identifier="EXPLANATION", cardinality="single", baseType="identifier")
        given = child(processing, "setOutcomeValue", identifier="EXPLANATION")
        child(given, "baseValue", "shown", baseType="identifier")


def _feedback(root: Element, parts: _Parts, outcome: str, identifier: str, html: str) -> None:
    said = child(root, "modalFeedback", outcomeIdentifier=outcome, identifier=identifier, showHide="show")
    parts.contents.append(blocks(said, html))


def _match(condition: Element) -> None:
    match = child(condition, "match")
    child(match, "variable", identifier=RESPONSE)
    child(match, "correct", identifier=RESPONSE)


def _all_or_nothing(processing: Element, rule: Callable[[Element], None]) -> None:
    condition = child(processing, "responseCondition")
    met = child(condition, "responseIf")
    rule(met)
    for branch, points in ((met, "1"), (child(condition, "responseElse"), "0")):
        child(child(branch, "setOutcomeValue", identifier="SCORE"), "baseValue", points, baseType="float")


def _share(processing: Element, responses: list[str], whole: int) -> None:
    """Points are the share of what is right; each right part counts 1 in its response's map."""
    divided = child(child(processing, "setOutcomeValue", identifier="SCORE"), "divide")
    total = child(divided, "sum")
    for name in responses:
        child(total, "mapResponse", identifier=name)
    child(divided, "baseValue", str(whole), baseType="float")


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _yes(value: bool) -> str:
    return "true" if value else "false"
