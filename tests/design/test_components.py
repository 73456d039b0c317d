import pytest
from bs4 import BeautifulSoup, Tag
from wtforms import FieldList, Form, FormField, SelectMultipleField, StringField, validators
from wtforms.fields import SelectChoice

from tests.design.gallery import PAGES, environment, render


def drawn(source: str, **data: object) -> BeautifulSoup:
    return BeautifulSoup(environment().from_string(source).render(**data), "html.parser")


def only(found: BeautifulSoup | Tag, selector: str) -> Tag:
    [element] = found.select(selector)
    return element


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_and_is_titled_by_it(name: str) -> None:
    page = BeautifulSoup(render(name), "html.parser")
    title = only(page, "title").text
    assert title.removeprefix("Error: ") == f"{only(page, 'h1').text} – Good Standing"


@pytest.mark.parametrize("name", PAGES)
def test_no_id_is_given_twice_and_none_is_missing(name: str) -> None:
    page = BeautifulSoup(render(name), "html.parser")
    ids = [element["id"] for element in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby", "aria-labelledby", "popovertarget"):
        for element in page.select(f"[{attribute}]"):
            assert set(str(element[attribute]).split()) <= set(ids), element
    assert all(link["href"][1:] in ids for link in page.select('a[href^="#"]') if len(link["href"]) > 1)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_posts_carries_a_token(name: str) -> None:
    page = BeautifulSoup(render(name), "html.parser")
    assert all(
        form.select("[name=csrf_token]")
        for form in page.select("form[method=post]")
        if "data-autosave" not in form.attrs
    )


def test_a_form_with_errors_says_so_before_the_title() -> None:
    assert "<title>Error: Components – Good Standing</title>" in render("components")
    assert "<title>Sign in – Good Standing</title>" in render("sign-in")


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("error-")])
def test_every_error_page_has_a_way_on_and_somebody_to_ask(name: str) -> None:
    page = BeautifulSoup(render(name), "html.parser")
    assert page.select("main a.button")
    assert page.select('main a[href^="mailto:"]')


def test_an_error_page_needs_nothing_that_the_application_may_fail_to_supply() -> None:
    page = (
        environment()
        .get_template("errors/500.html")
        .render(brand={"name": "Good Standing", "support_email": "help@vendor.example"})
    )
    assert "Something went wrong on our side" in page


class Address(Form):
    city = StringField("City", [validators.DataRequired("Enter the city")])


class Everything(Form):
    name = StringField("Name", [validators.DataRequired("Enter the name")], description="As on the register")
    note = StringField("Note", [validators.Optional()])
    roles = SelectMultipleField(
        "Roles",
        [validators.InputRequired("Choose a role")],
        choices=[SelectChoice("a", "Analyst"), SelectChoice("b", "Approver")],
    )
    address = FormField(Address)
    aliases = FieldList(StringField("Alias", [validators.DataRequired("Enter the alias")]), min_entries=1)


@pytest.fixture
def form() -> Everything:
    form = Everything(data={"name": "<b>", "note": "x"})
    form.name.data = ""
    form.validate()
    return form


FORMS = '{% from "components/forms.html" import field, error_summary, hidden, post_button, submit %}'


def test_a_field_is_tied_to_its_label_hint_and_error(form: Everything) -> None:
    page = drawn(FORMS + "{{ field(form.name, autocomplete='organization', width=20, maxlength=80) }}", form=form)
    control = only(page, "input")
    assert only(page, "label")["for"] == control["id"]
    assert control["aria-describedby"].split() == [hint["id"] for hint in page.select("#name-hint, #name-error")]
    assert control["aria-invalid"] == "true"
    assert (control["autocomplete"], control["maxlength"], control["class"]) == ("organization", "80", ["width-20"])
    assert only(page, "#name-error").text == "Error: Enter the name"


def test_an_optional_field_says_that_it_is(form: Everything) -> None:
    assert only(drawn(FORMS + "{{ field(form.note) }}", form=form), "label").text == "Note (optional)"


def test_a_list_of_several_is_drawn_as_tick_boxes(form: Everything) -> None:
    page = drawn(FORMS + "{{ field(form.roles) }}", form=form)
    assert [box["value"] for box in page.select("input[type=checkbox]")] == ["a", "b"]
    assert only(page, "legend").text == "Roles"


def test_the_error_summary_leads_to_every_wrong_field(form: Everything) -> None:
    form.form_errors.append("The case is closed.")
    summary = only(drawn(FORMS + "{{ error_summary(form) }}", form=form), "[data-error-summary]")
    links = {link.text: link["href"] for link in summary.select("a")}
    assert links == {
        "Enter the name": "#name",
        "Choose a role": "#roles-0",
        "Enter the city": "#address-city",
        "Enter the alias": "#aliases-0",
    }
    assert summary.select("li")[0].text == "The case is closed."


def test_a_form_without_errors_has_no_summary() -> None:
    assert str(drawn(FORMS + "{{ error_summary(form) }}", form=Address(data={"city": "Lima"}))) == ""


def test_a_button_that_posts_brings_token_key_and_fields() -> None:
    page = drawn(FORMS + "{{ post_button('Remind', '/reminders', fields={'person': 7}, about='Zoë') }}")
    assert {box["name"]: box["value"] for box in page.select("input[type=hidden]")} == {
        "csrf_token": "IjhmMDk3",
        "idempotency_key": "k-8b0c19",
        "person": "7",
    }
    assert only(page, "button").text == "Remind Zoë"


def test_what_people_type_is_escaped() -> None:
    page = drawn(
        '{% from "components/summary.html" import summary_list %}{{ summary_list([("Name", "<script>alert(1)</script>")]) }}'
    )
    assert not page.select("script")
    assert "<script>" in page.text


def test_a_blank_fact_reads_not_provided_and_nought_stays_nought() -> None:
    page = drawn(
        '{% from "components/summary.html" import summary_list %}{{ summary_list([("A", none), ("B", ""), ("C", 0)]) }}'
    )
    assert [value.text for value in page.select("dd")] == ["Not provided", "Not provided", "0"]


def test_a_task_that_cannot_start_is_no_link() -> None:
    page = drawn(
        '{% from "components/tasks.html" import task_list %}{{ task_list(items) }}',
        items=[{"title": "Quiz", "status": "Cannot start yet"}, {"title": "Lesson", "url": "/u/1"}],
    )
    assert [link["href"] for link in page.select("a")] == ["/u/1"]


def test_a_whole_task_row_is_one_link_that_reads_as_a_sentence() -> None:
    page = drawn(
        '{% from "components/tasks.html" import task_list %}{{ task_list(items) }}',
        items=[
            {
                "title": "Gifts",
                "url": "/u/1",
                "hint": "Unit 3",
                "due": "Due 27 Nov",
                "status": "In progress",
                "tone": "info",
            }
        ],
    )
    assert " ".join(only(page, "a").text.split()) == "Gifts. Unit 3 . Due 27 Nov, In progress"


def test_a_sorted_column_says_so_and_links_to_the_other_order() -> None:
    page = drawn(
        '{% from "components/tables.html" import table %}{% call table("T", [{"label": "Due", "url": "?sort=-due", "sorted": "ascending"}]) %}<tr><td>1</td></tr>{% endcall %}'
    )
    assert only(page, "th")["aria-sort"] == "ascending"
    assert only(page, "th a")["href"] == "?sort=-due"
    scroller = only(page, ".table-scroll")
    assert (scroller["role"], scroller["tabindex"], scroller["aria-label"]) == ("region", "0", "T")


def test_progress_is_told_in_words_first() -> None:
    page = drawn('{% from "components/progress.html" import progress %}{{ progress(4, 6, ["lesson 5", "quiz"]) }}')
    assert " ".join(only(page, "p").text.split()) == "4 of 6 done; left: lesson 5, quiz"


def test_money_of_several_currencies_is_listed_and_never_added() -> None:
    page = drawn(
        '{% from "components/money.html" import money_track %}{{ money_track(stages) }}',
        stages=[
            {"label": "Held", "amounts": ["€1.00", "¥2"], "state": "current"},
            {"label": "Paid", "amount": "€0.00"},
        ],
    )
    assert [amount.text for amount in page.select(".stage-amount")] == ["€1.00", "¥2", "€0.00"]
    assert only(page, "[aria-current=step]").select(".stage-label")


def test_a_graded_answer_says_in_words_whether_it_was_right() -> None:
    page = drawn(
        '{% from "components/choice.html" import question %}{{ question("q", "Which?", choices, disabled=True) }}',
        choices=[
            {"value": "a", "text": "A", "checked": True, "result": "wrong", "feedback": "Because."},
            {"value": "b", "text": "B", "result": "missed"},
        ],
    )
    assert [mark.text for mark in page.select(".choice-mark")] == ["Not right", "Right, but not chosen"]
    assert only(page, "input[value=a]")["aria-describedby"] == only(page, ".choice-feedback")["id"]
    assert len(page.select("input[disabled]")) == 2


def test_an_answer_sheet_before_grading_tells_nothing() -> None:
    page = drawn(
        '{% from "components/choice.html" import question %}{{ question("q", "Which?", [{"value": "a", "text": "A"}]) }}'
    )
    assert not page.select(".choice-mark, .choice-feedback, [class*=right]")


def test_an_icon_is_silent_unless_it_is_given_words() -> None:
    page = drawn('{% from "components/icons.html" import icon %}{{ icon("lock") }}{{ icon("lock", "Locked") }}')
    silent, speaking = page.select("svg")
    assert silent["aria-hidden"] == "true"
    assert (speaking["role"], speaking["aria-label"]) == ("img", "Locked")


def test_a_right_to_left_page_says_so() -> None:
    page = BeautifulSoup(render("arabic"), "html.parser")
    assert (only(page, "html")["lang"], only(page, "html")["dir"]) == ("ar", "rtl")
    assert "dir" in only(BeautifulSoup(render("home"), "html.parser"), "html").attrs


def test_the_demo_banner_shows_only_in_the_demo() -> None:
    assert "Demo: invented company" in render("home")
    assert "Demo: invented company" not in render("case")
