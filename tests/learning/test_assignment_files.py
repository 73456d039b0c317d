"""Files of assignments: read however they are written, looked at first, good lines or nothing, and twice is once."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import func, select

from app.kernel.delimited import FileRefused
from app.kernel.errors import NotFound
from app.learning.models import Assignment, AssignmentBatch, AssignmentFile
from app.learning.queries import assignment_files as queries
from app.learning.rules.assignment_file import Verdict, failed_lines_csv, read, template_csv
from tests.learning.school import SLUG, gifts

HEADER = "email,course,due_on,due_in_days,partner"


def file_of(*lines, header=HEADER):
    return "\n".join([header, *lines, ""]).encode()


@pytest.fixture
def ready(school):
    school.publish()
    return school


def upload(client, content, name="people.csv"):
    form = client.get("/assignment-files")
    return client.submit(form, "Check this file", file=(io.BytesIO(content), name))


def figures(page):
    return {tag.find("dt").text: int(tag.find(class_="figure-value").text) for tag in page.page.select(".figure")}


def count(school, of):
    with school.reading() as session:
        return session.scalar(select(func.count()).select_from(of))


# Reading


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_delimiter_and_encoding_are_found(delimiter, encoding):
    text = f"E-Mail{delimiter}Course{delimiter}Due date{delimiter}Größe\nada@x.example{delimiter}Gifts{delimiter}2026-04-01{delimiter}ä\n"
    found = read(text.encode(encoding), "people.csv")
    [line] = found.readings
    assert (line.email, line.course, line.due_on, line.errors) == ("ada@x.example", "Gifts", date(2026, 4, 1), ())
    assert found.passed_over == ("Größe",)
    assert found.delimiter == {",": "comma", ";": "semicolon", "\t": "tab"}[delimiter]
    assert found.encoding == {"utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(encoding[:6], "UTF-8")


def test_the_line_in_which_excel_names_its_separator_is_understood():
    found = read(b"sep=;\r\nemail;course\r\nada@x.example;Gifts\r\n", "people.csv")
    assert [line.row.line for line in found.readings] == [3]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"email,course\n", "has a header but no lines"),
        (b"name,course\nAda,Gifts\n", "It lacks “email”"),
        (b"email,mail,course\na@x,a@x,Gifts\n", "names “email” twice"),
        (b'email,course\n"ada@x.example,Gifts\n', "can't be read"),
        (file_of(*["ada@x.example,Gifts,,3,"] * 5001), "more than 5,000 lines"),
        (b"email,course\n" + b"x" * 2_100_000, "larger than 2 MB"),
        (b"email,course\n\x81\x8d,\x8f\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content, sentence):
    with pytest.raises(FileRefused) as refused:
        read(content, "people.csv")
    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        (",Gifts,,3,", "email", "Enter the person’s e-mail address."),
        ("ada,Gifts,,3,", "email", "“ada” is no e-mail address."),
        ("ada@x.example,,,3,", "course", "Enter the course"),
        ("ada@x.example,Gifts,04/01/2026,,", "due_on", "Write it as year-month-day"),
        ("ada@x.example,Gifts,2026-02-30,,", "due_on", "is no day"),
        ("ada@x.example,Gifts,,soon,", "due_in_days", "is no number of days"),
        ("ada@x.example,Gifts,,-1,", "due_in_days", "is no number of days"),
        ("ada@x.example,Gifts,2026-04-01,3,", "due_in_days", "not both"),
        ("ada@x.example,Gifts,,3,,more", "", "more cells than the header"),
        ("ada\u202e@x.example,Gifts,,3,", "email", "nobody can see"),
    ],
)
def test_an_error_names_its_line_and_column_and_the_mend(line, column, says):
    [found] = read(file_of("bob@x.example,Gifts,,3,", line), "people.csv").readings[1:]
    assert found.row.line == 3
    assert [error.column for error in found.errors] == [column]
    assert says in found.errors[0].sentence


def test_a_day_may_be_written_with_dots():
    [line] = read(file_of("ada@x.example,Gifts,27.3.2026,,"), "people.csv").readings
    assert line.due_on == date(2026, 3, 27)


def test_failed_lines_are_no_formulas_and_can_be_read_again():
    content = failed_lines_csv(
        [(2, {"email": "=cmd()", "course": "@gifts", "due_in_days": "x"}, "email: “=cmd()” is wrong.")]
    )
    [cells] = list(csv.reader(io.StringIO(content.decode())))[1:]
    assert cells[:2] == ["'=cmd()", "'@gifts"]
    [again] = read(content, "failed.csv").readings
    assert (again.email, again.course) == ("=cmd()", "@gifts")
    assert read(content, "failed.csv").passed_over == ()


def test_the_template_is_a_file_that_can_be_read():
    assert all(line.errors == () for line in read(template_csv("gifts"), "assignments.csv").readings)


# Looking at it


def dry_run(school, content, *, by=None):
    from app.kernel.clock import now

    actor = school.world.actor(by or school.robin)
    with school.reading() as session:
        return queries.dry_run(session, read(content, "people.csv"), by=actor, at=now())


def test_every_line_gets_a_verdict(ready):
    ready.assign(ready.ada, due_in=14)
    nils = ready.world.learner("Nils", ready.acme)
    ready.complete(nils)
    found = dry_run(
        ready,
        file_of(
            f"{ready.ada.email},Gifts,2026-03-16,,",
            f"{ready.grace.email},gifts,,10,{ready.acme.number}",
            f"{nils.email},{SLUG},,10,",
            f"{ready.grace.email},GIFTS,,20,",
            f"{ready.mallory.email},Gifts,,10,",
            "nobody@x.example,Gifts,,10,",
            f"{ready.ada.email},Greed,,10,",
            f"{ready.ada.email},Gifts,2026-03-01,,",
            f"{ready.ada.email},Gifts,,10,P-7",
            f"{ready.ada.email},Gifts,,,",
        ),
    )
    verdicts = [(one.verdict, one.column) for one in found.judged]
    assert verdicts == [
        (Verdict.UNCHANGED, ""),
        (Verdict.NEW, ""),
        (Verdict.SKIPPED, ""),
        (Verdict.ERROR, ""),
        (Verdict.ERROR, "email"),
        (Verdict.ERROR, "email"),
        (Verdict.ERROR, "course"),
        (Verdict.ERROR, "due_on"),
        (Verdict.ERROR, "partner"),
        (Verdict.ERROR, "due_on"),
    ]
    assert "completed on 2 March 2026" in found.judged[2].reason
    assert "Line 3 names the same person and course" in found.judged[3].reason
    assert found.judged[4].reason == found.judged[5].reason
    [line] = found.lines
    assert (line.person_id, line.due_on) == (ready.grace.id, date(2026, 3, 12))


def test_statements_do_not_grow_with_lines(ready, statements):
    people = [ready.world.learner(f"Nils{place}", ready.acme) for place in range(12)]
    lines = [f"{person.email},Gifts,,10," for person in people]
    numbers = []
    for some in (lines[:1], lines):
        with statements() as made:
            dry_run(ready, file_of(*some))
        numbers.append(len(made))
    assert numbers[0] == numbers[1]


# The pages


def test_a_good_file_is_assigned_after_a_look_and_again_changes_nothing(ready, client):
    client.sign_in(ready.robin)
    content = file_of(f"{ready.ada.email},Gifts,2026-04-01,,", f"{ready.grace.email},Gifts,,10,")
    looked = upload(client, content)
    assert looked.heading == "Check of people.csv"
    assert figures(looked) == {"New": 2, "Unchanged": 0, "Skipped": 0, "Errors": 0}
    assert count(ready, Assignment) == 0
    done = client.submit(looked, "Assign 2 lines")
    assert done.heading == "File people.csv"
    assert "Take it all back" in done.text
    assert count(ready, Assignment) == 2
    again = upload(client, content)
    assert "This file is here already. Sending it again changed nothing." in again.text
    assert not again.page.select("main form button[type=submit]")
    renamed = upload(client, content + b"\n")
    assert figures(renamed) == {"New": 0, "Unchanged": 2, "Skipped": 0, "Errors": 0}
    assert "There is nothing to assign" in renamed.text
    assert (count(ready, Assignment), count(ready, AssignmentBatch)) == (2, 1)


def test_a_file_may_come_again_once_its_batch_was_taken_back(ready, client):
    client.sign_in(ready.robin)
    content = file_of(f"{ready.ada.email},Gifts,2026-04-01,,")
    client.submit(client.submit(upload(client, content), "Assign 1 line"), "Take it all back")
    assert figures(upload(client, content))["New"] == 1


MIXED = ("nobody@x.example,Gifts,,10,", "=1+1,Gifts,,10,")


def test_good_lines_are_assigned_and_the_others_kept_to_be_mended(ready, client):
    client.sign_in(ready.robin)
    looked = upload(client, file_of(f"{ready.ada.email},Gifts,,10,", *MIXED))
    assert figures(looked)["Errors"] == 2
    done = client.submit(looked, "Confirm", mode="valid_lines")
    assert "1 line is assigned." in done.text
    assert count(ready, Assignment) == 1
    failed = client.get(done.link("Download these lines with their reasons (CSV)"))
    rows = list(csv.DictReader(io.StringIO(failed.get_data(as_text=True))))
    assert [row["line"] for row in rows] == ["3", "4"]
    assert rows[0]["reason"].startswith("email: None of your partners has a person with this address.")
    assert rows[1]["email"] == "'=1+1"


def test_all_or_nothing_turns_a_file_with_an_error_away(ready, client):
    client.sign_in(ready.robin)
    looked = upload(client, file_of(f"{ready.ada.email},Gifts,,10,", *MIXED))
    done = client.submit(looked, "Confirm", mode="all_or_nothing")
    assert "The whole file was turned away" in done.text
    assert (count(ready, Assignment), count(ready, AssignmentBatch)) == (0, 0)
    history = client.get("/assignment-files")
    assert "Turned away" in history.text


def test_a_file_is_decided_once(ready, client):
    client.sign_in(ready.robin)
    looked = upload(client, file_of(f"{ready.ada.email},Gifts,,10,"))
    form = looked.form("Assign 1 line")
    client.submit(looked, "Assign 1 line")
    again = client.post(form["action"], data={"mode": "valid_lines", "idempotency_key": "another-key-1"})
    assert again.status_code == 409
    assert count(ready, Assignment) == 1


def test_another_representative_finds_no_such_file(ready, client, app):
    client.sign_in(ready.robin)
    looked = upload(client, file_of(f"{ready.ada.email},Gifts,,10,"))
    path = looked.request.path
    zoe = app.test_client()
    zoe.sign_in(ready.world.representative("Zoe", ready.acme))
    assert zoe.get(path).status_code == 404
    assert zoe.get(f"{path}/failed-lines.csv").status_code == 404
    assert zoe.post(f"{path}/decisions", data={"mode": "valid_lines"}).status_code == 404
    assert "people.csv" not in zoe.get("/assignment-files").text
    with ready.reading() as session, pytest.raises(NotFound):
        queries.load(session, session.scalar(select(AssignmentFile.id)), by=ready.world.actor(ready.ada))


def test_a_course_of_its_own_time_needs_no_day(school, client):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    found = dry_run(school, file_of(f"{school.ada.email},Gifts,,,"))
    assert found.lines[0].due_on == date(2026, 4, 1)


def test_what_is_no_table_is_refused_beside_its_field(ready, client):
    client.sign_in(ready.robin)
    answer = upload(client, b"\x00\x01\x02\x03")
    assert answer.status_code == 422
    assert "file" in str(answer.page.select_one(".error-summary"))
