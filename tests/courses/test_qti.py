"""The package as another system reads it: well formed, complete, and scoring as our own grading does."""

import io
import random
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from app.courses.rules.course import parse
from app.courses.rules.grading import draw, grade
from app.courses.rules.problems import CourseRefused
from app.courses.rules.qti import NothingToExport, export, packed
from app.courses.rules.qti.items import identifier_of
from app.courses.rules.questions import Blanks, Matching, MultipleChoice, Number, Ordering, SingleChoice
from tests.courses.everything import everything, files
from tests.courses.samples import bundle, with_files

Q = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
CP = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
SCORED = ["report-deadline", "what-counts", "wait-for-proof", "3-hours", "sample", "cold", "words", "order", "match"]


@pytest.fixture(scope="module")
def package():
    return export(everything(), slug="customer-data")


@pytest.fixture(scope="module")
def quiz():
    return parse(everything()).assessment


def root(package, name):
    return ElementTree.fromstring(package.files[name])


def item(package, question_id):
    return root(package, f"items/{question_id}.xml")


# --- Reading QTI, from its specification: what a delivery engine does with an item ---


def declared(one):
    """identifier -> (cardinality, base type, right values, map, whether capitals count)."""
    found = {}
    for declaration in one.iter(f"{Q}responseDeclaration"):
        entries = declaration.findall(f"{Q}mapping/{Q}mapEntry")
        found[declaration.get("identifier")] = (
            declaration.get("cardinality"),
            declaration.get("baseType"),
            [value.text for value in declaration.findall(f"{Q}correctResponse/{Q}value")],
            {entry.get("mapKey"): Decimal(entry.get("mappedValue")) for entry in entries},
            all(entry.get("caseSensitive", "true") == "true" for entry in entries),
        )
    return found


class Engine:
    """Response processing of one item: `responses` maps identifiers to values, as lists where there may be several."""

    def __init__(self, one, responses):
        self.declared, self.responses, self.outcomes = declared(one), responses, {"SCORE": Decimal(0)}
        for rule in one.find(f"{Q}responseProcessing"):
            self.run(rule)

    def run(self, rule):
        name = rule.tag.removeprefix(Q)
        if name == "setOutcomeValue":
            self.outcomes[rule.get("identifier")] = self.value(rule[0])
        elif name == "responseCondition":
            met = self.value(rule[0][0])
            branch = rule[0][1:] if met is True else rule[1] if len(rule) > 1 else ()
            for inner in branch:
                self.run(inner)
        else:
            raise AssertionError(f"Not a rule: {name}")

    def value(self, expression):
        name, parts = expression.tag.removeprefix(Q), [self.value(one) for one in expression]
        if name == "baseValue":
            return Decimal(expression.text) if expression.get("baseType") == "float" else expression.text
        if name == "variable":
            given = self.responses.get(expression.get("identifier"))
            is_float = self.declared[expression.get("identifier")][1] == "float"
            return Decimal(given) if is_float and given is not None else given
        if name == "correct":
            cardinality, _, right, _, _ = self.declared[expression.get("identifier")]
            return right[0] if cardinality == "single" else right if cardinality == "ordered" else set(right)
        if name == "mapResponse":
            return self.mapped(expression.get("identifier"))
        if None in parts:
            return None
        if name == "match":
            return (set(parts[0]) if isinstance(parts[1], set) else parts[0]) == parts[1]
        if name in {"gte", "lte"}:
            return parts[0] >= parts[1] if name == "gte" else parts[0] <= parts[1]
        if name == "and":
            return all(parts)
        if name == "sum":
            return sum(parts)
        assert name == "divide", name
        return parts[0] / parts[1]

    def mapped(self, identifier):
        _, _, _, entries, capitals = self.declared[identifier]
        given = self.responses.get(identifier) or []
        given = set(given) if isinstance(given, list) else {given}
        if not capitals:
            entries, given = {key.lower(): points for key, points in entries.items()}, {one.lower() for one in given}
        return sum((entries.get(one, Decimal(0)) for one in given), Decimal(0))


def as_qti(question, response):
    """Our response in QTI's variables."""
    if isinstance(question, Blanks):
        return {f"RESPONSE_{number}": value for number, value in response.items()}
    if isinstance(question, Matching):
        return {"RESPONSE": [f"{left} {right}" for left, right in response.items()]}
    return {"RESPONSE": response}


def some_response(question, dice):
    """An answer such as people give: right, half right, wrong."""
    right = question.right_response()
    if dice.random() < 0.25:
        return right
    if isinstance(question, SingleChoice):
        return dice.choice([one.id for one in question.options])
    if isinstance(question, MultipleChoice):
        return dice.sample([one.id for one in question.options], dice.randint(1, len(question.options)))
    if isinstance(question, Ordering):
        return dice.sample(right, len(right))
    if isinstance(question, Matching):
        return {left.id: dice.choice(question.rights).id for left in question.lefts if dice.random() < 0.8} or right
    if isinstance(question, Number):
        return str(
            dice.choice([question.low, question.high, question.low - 1, question.high + Decimal("0.01"), Decimal(0)])
        )
    words = {
        gap.id: dice.choice(
            [one.id for one in gap.options] if gap.options else [*gap.accepted, gap.accepted[0].upper(), "x"]
        )
        for gap in question.gaps
        if dice.random() < 0.8
    }
    return words or right


# --- The tests ---


def test_every_scored_question_becomes_an_item_and_the_others_are_listed(package):
    assert list(package.items) == SCORED
    assert sorted(name for name in package.files if name.startswith("items/")) == sorted(
        f"items/{one}.xml" for one in SCORED
    )
    assert "'reflect' is left out: an open answer has no points." in package.left
    assert "'attest' is left out: an attestation has no points." in package.left
    assert any("hints are left out" in one for one in package.left)


@pytest.mark.parametrize("question_id", SCORED)
def test_an_item_holds_the_id_the_title_and_the_right_answer(package, quiz, question_id):
    one, question = item(package, question_id), quiz.question(question_id)
    assert one.tag == f"{Q}assessmentItem"
    assert one.get("identifier") == identifier_of(question_id)
    assert re.fullmatch(r"[A-Za-z_][\w.-]*", one.get("identifier"))
    assert one.get("title") == question.title
    assert one.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    right = {name: tuple(values[2]) for name, values in declared(one).items()}
    told = as_qti(question, question.right_response())
    assert right == {name: tuple(value) if isinstance(value, list) else (value,) for name, value in told.items()}


@pytest.mark.parametrize("question_id", SCORED)
def test_an_item_scores_as_our_own_grading(package, quiz, question_id):
    one, question, dice = item(package, question_id), quiz.question(question_id), random.Random(question_id)
    earned = set()
    for _ in range(200):
        response = some_response(question, dice)
        assert question.complaint(response) is None
        ours, theirs = question.judge(response).points, Engine(one, as_qti(question, response)).outcomes["SCORE"]
        assert abs(ours - theirs) < Decimal("1e-12"), response
        earned.add(ours)
    assert {Decimal(0), Decimal(1)} <= earned


@pytest.mark.parametrize("question_id", SCORED)
def test_no_answer_earns_nothing(package, question_id):
    assert Engine(item(package, question_id), {}).outcomes["SCORE"] == 0


def test_what_was_chosen_brings_its_feedback_and_grading_the_explanation(package, quiz):
    one, question = item(package, "report-deadline"), quiz.question("report-deadline")
    outcomes = Engine(one, {"RESPONSE": question.options[0].id}).outcomes
    said = {
        (feedback.get("outcomeIdentifier"), feedback.get("identifier")): "".join(feedback.itertext())
        for feedback in one.iter(f"{Q}modalFeedback")
    }
    assert "FEEDBACK The clock does not stop" in said["FEEDBACK", outcomes["FEEDBACK"]]
    assert "EXPLANATION" in said["EXPLANATION", outcomes["EXPLANATION"]]


def test_every_identifier_of_an_item_is_its_own_and_every_reference_is_met(package):
    for name in package.files:
        if not name.startswith("items/"):
            continue
        one = root(package, name)
        choices = [
            e.get("identifier")
            for tag in ("simpleChoice", "simpleAssociableChoice", "inlineChoice")
            for e in one.iter(f"{Q}{tag}")
        ]
        assert len(choices) == len(set(choices)), name
        asked = {e.get("responseIdentifier") for e in one.find(f"{Q}itemBody").iter() if e.get("responseIdentifier")}
        assert asked == set(declared(one)), name
        outcomes = {e.get("identifier") for e in one.iter(f"{Q}outcomeDeclaration")}
        assert {e.get("identifier") for e in one.iter(f"{Q}setOutcomeValue")} <= outcomes, name


ORDER = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "table",
    "pre",
    "blockquote",
    "hr",
    "choiceInteraction",
    "orderInteraction",
    "matchInteraction",
}
XHTML = {
    *("p", "div", "span", "em", "strong", "code", "pre", "blockquote", "a", "img", "ul", "ol", "li", "br", "hr", "sup", "sub"),
    *("table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"),
}  # fmt: skip
INTERACTIONS = {
    *("choiceInteraction", "orderInteraction", "matchInteraction", "textEntryInteraction", "inlineChoiceInteraction", "prompt"),
    *("simpleChoice", "simpleMatchSet", "simpleAssociableChoice", "inlineChoice", "itemBody"),
}  # fmt: skip


def test_an_item_is_built_in_the_order_and_of_the_elements_that_the_schema_allows(package):
    for name in package.files:
        if not name.startswith("items/"):
            continue
        one = root(package, name)
        places = [ORDER.index(part.tag.removeprefix(Q)) for part in one]
        assert places == sorted(places), name
        body = one.find(f"{Q}itemBody")
        assert not (body.text or "").strip()
        assert {part.tag.removeprefix(Q) for part in body} <= BLOCKS, name
        assert {part.tag.removeprefix(Q) for part in body.iter()} <= XHTML | INTERACTIONS, name
        for feedback in one.iter(f"{Q}modalFeedback"):
            assert {part.tag.removeprefix(Q) for part in feedback.iter()} <= XHTML | {"modalFeedback"}, name


def test_the_test_draws_as_the_sections_say_and_passes_at_the_mastery_score(package, quiz):
    test = root(package, "test.xml")
    sections = list(test.iter(f"{Q}assessmentSection"))
    assert [section.get("title") for section in sections] == ["Reporting", "Sharing"]
    draws = [section.find(f"{Q}selection") for section in sections]
    assert (draws[0].get("select"), draws[1]) == ("2", None)
    hrefs = [ref.get("href") for ref in test.iter(f"{Q}assessmentItemRef")]
    assert hrefs == [f"items/{one}.xml" for one in SCORED]
    whole = test.find(f"{Q}outcomeProcessing/{Q}setOutcomeValue/{Q}divide/{Q}baseValue").text
    paper = draw(quiz, seed="any")
    assert int(whole) == grade(quiz, paper, {}).scored
    assert test.find(f"{Q}outcomeProcessing/{Q}setOutcomeValue/{Q}gte/{Q}baseValue").text == "0.8"
    assert "Think of your own last week." in "".join(sections[0].itertext())


def test_the_manifest_names_every_file_once_and_every_file_is_there(package):
    manifest = root(package, "imsmanifest.xml")
    assert manifest.tag == f"{CP}manifest"
    assert manifest.find(f"{CP}metadata/{CP}schema").text == "QTIv2.1 Package"
    resources = list(manifest.iter(f"{CP}resource"))
    named = {file.get("href") for file in manifest.iter(f"{CP}file")} | {"imsmanifest.xml"}
    assert named == set(package.files)
    assert [one.get("type") for one in resources] == ["imsqti_test_xmlv2p1"] + ["imsqti_item_xmlv2p1"] * len(SCORED)
    identifiers = [one.get("identifier") for one in resources]
    assert len(identifiers) == len(set(identifiers))
    assert {one.get("identifierref") for one in manifest.iter(f"{CP}dependency")} == set(identifiers[1:])


def test_pictures_come_along_and_are_found_from_the_item(package):
    picture = item(package, "report-deadline").find(f".//{Q}img")
    assert picture.attrib == {"src": "../media/leak.png", "alt": "The screen of the incident form"}
    assert package.files["media/leak.png"] == everything()["media/leak.png"]


def test_the_same_course_gives_the_same_zip_file(package):
    one, other = packed(package), packed(export(everything(), slug="customer-data"))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.namelist()[0] == "imsmanifest.xml"
        assert archive.testzip() is None


def test_a_translation_is_exported_in_its_language():
    arabic = {**files(), "99-quiz.ar.md": files()["99-quiz.md"].replace("Put the steps in order", "رتب الخطوات")}
    made = export(with_files(arabic), slug="data", lang="ar")
    order = item(made, "order")
    assert order.get("title") == "رتب الخطوات"
    assert order.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"


def test_a_pool_with_an_open_question_draws_from_the_rest():
    text = "---\nquiz:\n---\n# All {pick=2}\n\n## Why? {#why}\n\n[[___]]\n\n## One? {#one}\n\n= 1\n"
    made = export(bundle(quiz=text), slug="data")
    assert root(made, "test.xml").find(f".//{Q}selection").get("select") == "1"
    assert any("draws 1 of 1 questions" in one for one in made.left)


def test_awkward_content_stays_well_formed():
    text = (
        "---\nquiz:\n---\n## A < B & `x && y` {#odd}\n\nBare **text**\n\n| a |\n|--|\n\n- one\n- two\n\n```\n<b> & ]]>\n```\n\n"
        "- [x] `<script>` & co.\n\n    Second paragraph.\n- [ ] [See](01-why-it-matters.md) ~~old~~\n"
    )
    one = item(export(bundle(quiz=text), slug="data"), "odd")
    assert "<b> & ]]>" in "".join(one.itertext())
    assert one.find(f".//{Q}table/{Q}tbody/{Q}tr") is not None
    assert one.find(f".//{Q}a") is None
    assert {part.tag.removeprefix(Q) for part in one.find(f"{Q}itemBody").iter()} <= XHTML | INTERACTIONS


def test_a_course_without_scored_questions_or_with_errors_has_nothing_to_export():
    lesson_only = {"index.md": "---\ntitle: A\nversion: 1.0.0\n---\n", "01-a.md": "Text.\n"}
    with pytest.raises(NothingToExport):
        export(with_files(lesson_only), slug="a")
    with pytest.raises(CourseRefused):
        export(bundle(quiz="---\nquiz:\n---\n## No id\n\n= 1\n"), slug="a")
