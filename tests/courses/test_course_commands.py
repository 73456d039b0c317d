import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.cli.courses import courses_commands, materials_commands
from app.courses import queries
from app.courses.models import VersionState
from app.courses.rules.bundle import content_hash
from app.courses.rules.course import check
from tests.courses.catalogue import SLUG, folder
from tests.courses.samples import read_bundle
from tests.ground.loops import loop_set_aside

ROOT = Path(__file__).parents[2]
SHARED = Path(__file__).parents[3] / "shared"
LEARN = SHARED / "data" / "learn"

MODULE = {
    "index.yml": """### YamlMime:Module
uid: vendor.gifts-and-hospitality
title: Gifts and hospitality
summary: What may be given.
units:
- vendor.gifts.limits
- vendor.gifts.check
""",
    "1-limits.yml": """### YamlMime:ModuleUnit
uid: vendor.gifts.limits
title: Limits
durationInMinutes: 4
content: |
  [!include[](includes/1-limits.md)]
""",
    "includes/1-limits.md": """Ask before you give.

> [!NOTE]
> A dinner is a gift too.

> [!VIDEO https://www.example.com/embed/clip]

:::image type="content" source="../media/table.png" alt-text="A table of limits":::
""",
    "2-check.yml": """### YamlMime:ModuleUnit
uid: vendor.gifts.check
title: Knowledge check
durationInMinutes: 2
quiz:
  questions:
  - content: May a buyer be invited to a final with flights?
    choices:
    - content: Not without asking
      isCorrect: true
      explanation: Ask first.
    - content: Yes, it is only sport
      isCorrect: false
      explanation: It is a gift.
""",
}


@pytest.fixture
def run(app):
    """Runs a command as the shell would: the exit code and what it said."""

    def run(group, *arguments):
        with loop_set_aside():
            result = app.test_cli_runner().invoke(group, [str(one) for one in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def write(files, into):
    for path, content in files.items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return into


@pytest.fixture
def course(tmp_path):
    return write(folder().files, tmp_path / "courses" / SLUG)


def test_check_finds_nothing_wrong_with_a_good_course(run, course):
    result = run(courses_commands, "check", course)
    assert (result.exit_code, result.output) == (0, "1 course: 0 errors, 0 warnings.\n")


def test_check_says_the_text_in_question_under_each_fault(run, course):
    quiz = course / "99-quiz.md"
    quiz.write_text(quiz.read_text().replace("{#gap}", "{#deadline}"))
    lines = run(courses_commands, "check", course).output.split("\n")
    at = next(number for number, line in enumerate(lines) if "99-quiz.md:16: error: " in line)
    assert lines[at + 1].startswith("    ## ")
    assert lines[at + 1].endswith("{#deadline}")


def test_check_speaks_json_to_a_build_machine(run, course):
    index = course / "index.md"
    index.write_text(index.read_text().replace("title:", "titel:"))
    result = run(courses_commands, "check", course, "--json")
    assert result.exit_code == 1
    said = json.loads(result.output)
    assert said["courses"] == ["customer-data"]
    assert said["errors"] == len(said["problems"]) == 2
    unknown = next(one for one in said["problems"] if "titel" in one["message"])
    assert (unknown["course"], unknown["file"], unknown["line"], unknown["severity"]) == (
        "customer-data",
        "index.md",
        2,
        "error",
    )
    assert unknown["text"].startswith("titel:")


def test_check_without_a_path_checks_the_courses_that_the_portal_ships(run):
    result = run(courses_commands, "check")
    assert result.exit_code == 0
    assert re.match(r"\d+ courses: 0 errors", result.output.strip().split("\n")[-1])


def test_check_says_that_it_could_not_compare_where_there_is_no_database(course, tmp_path):
    bare = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GOOD_STANDING_") and name != "DATABASE_URL"
    }
    there = {**bare, "GOOD_STANDING_MODE": "demo", "GOOD_STANDING_DATA_FOLDER": str(tmp_path / "empty")}
    command = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "courses", "check", str(course)]
    result = subprocess.run(command, env=there, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == (
        "Not compared with published versions: there is no portal's database here.\n1 course: 0 errors, 0 warnings.\n"
    )


def test_export_writes_a_package_and_says_what_is_left_out(run, course, tmp_path):
    target = tmp_path / "out" / "quiz.zip"
    result = run(courses_commands, "export-qti", course, "--to", target)
    assert result.exit_code == 0
    assert f"{target}: 3 questions" in result.output
    assert "is left out: an attestation has no points." in result.output
    with zipfile.ZipFile(target) as archive:
        assert "imsmanifest.xml" in archive.namelist()


def test_export_of_a_course_with_errors_says_them_and_writes_nothing(run, course, tmp_path):
    quiz = course / "99-quiz.md"
    quiz.write_text(quiz.read_text().replace("{#gap}", "{#deadline}"))
    result = run(courses_commands, "export-qti", course, "--to", tmp_path / "quiz.zip")
    assert result.exit_code == 1
    assert "99-quiz.md:16: error: " in result.output
    assert not (tmp_path / "quiz.zip").exists()


def test_check_names_each_fault_by_file_and_line_and_ends_with_1(run, course):
    quiz = course / "99-quiz.md"
    quiz.write_text(quiz.read_text().replace("{#gap}", "{#deadline}"))
    index = course / "index.md"
    index.write_text(index.read_text().replace("title:", "titel:"))
    result = run(courses_commands, "check", course.parent)
    assert result.exit_code == 1
    assert "customer-data/99-quiz.md:16: error: " in result.output
    assert "customer-data/index.md:2: error: Unknown key 'titel'. Did you mean 'title'?" in result.output
    assert "1 course: 3 errors, 0 warnings." in result.output


def test_check_asks_about_questions_that_changed_since_the_published_version(run, course, catalogue):
    catalogue.publish()
    write(folder("1.1.0", question="How soon must you report a leak?").files, course)
    result = run(courses_commands, "check", course)
    assert result.exit_code == 0
    assert "Does 'deadline' still ask the same? If not, give it a new id." in result.output


def test_check_refuses_changed_content_under_a_published_number(run, course, catalogue):
    catalogue.publish()
    write(folder("1.0.0", hours=48).files, course)
    result = run(courses_commands, "check", course)
    assert result.exit_code == 1
    assert "its version is still 1.0.0; raise it." in result.output


def test_check_finds_a_prerequisite_that_is_missing(run, course):
    other = write(folder(question="Another?").files, course.parent / "other")
    index = other / "index.md"
    index.write_text(index.read_text().replace("valid_for", "prerequisites: [nowhere]\nvalid_for"))
    result = run(courses_commands, "check", course.parent)
    assert result.exit_code == 1
    assert "other/index.md: error: prerequisites: there is no course 'nowhere'." in result.output


def test_a_folder_without_a_course_is_said_to_be_one(run, tmp_path):
    result = run(courses_commands, "check", tmp_path)
    assert result.exit_code == 1
    assert "holds no course" in result.output


def test_publish_puts_every_course_of_a_folder_before_an_approver(run, course, reading, avery):
    write(folder(question="Another?").files, course.parent / "other")
    arguments = ("publish", course.parent, "--by", avery.email, "--reason", "New policy.")
    result = run(courses_commands, *arguments)
    assert result.exit_code == 0
    assert "customer-data: version 1.0.0 waits for a content approver" in result.output
    again = run(courses_commands, *arguments)
    assert again.output == result.output
    with reading() as session:
        waiting = queries.waiting(session, by=_actor(session, avery))
        assert [(one.course.slug, one.state) for one in waiting] == [
            ("customer-data", VersionState.PROPOSED),
            ("other", VersionState.PROPOSED),
        ]


def _actor(session, person):
    from app.accounts.queries import actor_of

    return actor_of(session, person.id, via="command")


def test_proposing_what_is_live_says_so(run, course, catalogue, avery):
    catalogue.publish()
    result = run(courses_commands, "publish", course, "--by", avery.email, "--reason", "Again.")
    assert result.output == "customer-data: version 1.0.0 is live with this very content; nothing changed.\n"


def test_a_course_with_errors_is_refused_and_the_others_are_proposed(run, course, reading, avery):
    bad = write(folder().files, course.parent / "bad")
    (bad / "99-quiz.md").write_text("---\nquiz:\n---\n")
    result = run(courses_commands, "publish", course.parent, "--by", avery.email, "--reason", "New policy.")
    assert result.exit_code == 1
    assert "bad: refused. The version that is live, if any, stays live." in result.output
    assert "customer-data: version 1.0.0 waits" in result.output


def test_the_command_line_is_no_way_around_the_roles(run, course, mei, world):
    for person in (mei, world.administrator()):
        result = run(courses_commands, "publish", course, "--by", person.email, "--reason", "New policy.")
        assert result.exit_code == 1
        assert "It takes: Content author." in result.output
    result = run(courses_commands, "publish", course, "--by", "nobody@example.com", "--reason", "New policy.")
    assert "Nobody with the address nobody@example.com" in result.output


def test_a_learn_module_becomes_a_course_folder_and_what_is_left_is_listed(run, tmp_path):
    module = write(MODULE, tmp_path / "gifts")
    into = tmp_path / "courses"
    result = run(courses_commands, "import-learn", module, "--into", into)
    assert result.exit_code == 0
    assert "gifts/includes/1-limits.md:" in result.output
    assert "media/table.png" in result.output
    target = into / "gifts-and-hospitality"
    assert check(read_bundle(target)) == []
    assert [path.name for path in into.iterdir()] == ["gifts-and-hospitality"]


def test_an_import_writes_over_nothing_unless_told_to(run, tmp_path):
    module, into = write(MODULE, tmp_path / "gifts"), tmp_path / "courses"
    run(courses_commands, "import-learn", module, "--into", into)
    note = into / "gifts-and-hospitality" / "note.md"
    note.write_text("Mine.")
    result = run(courses_commands, "import-learn", module, "--into", into)
    assert result.exit_code == 1
    assert "is there already. Use --replace" in result.output
    assert note.exists()
    assert run(courses_commands, "import-learn", module, "--into", into, "--replace").exit_code == 0
    assert not note.exists()


def test_a_module_that_can_not_be_read_does_not_keep_the_others_out(run, tmp_path):
    modules = tmp_path / "modules"
    write(MODULE, modules / "gifts")
    write({"index.yml": "### YamlMime:Module\ntitle: ["}, modules / "broken")
    result = run(courses_commands, "import-learn", modules, "--into", tmp_path / "courses")
    assert result.exit_code == 1
    assert re.search(r"broken: index\.yml:\d+: This is not valid YAML", result.output)
    assert "1 lesson, 1 question, 0 pictures and" in result.output
    assert (tmp_path / "courses" / "gifts-and-hospitality" / "index.md").is_file()


def test_an_import_never_writes_over_a_folder_that_is_no_course(run, tmp_path):
    module, into = write(MODULE, tmp_path / "gifts"), tmp_path / "courses"
    precious = write({"thesis.txt": "Years of work."}, into / "gifts-and-hospitality")
    result = run(courses_commands, "import-learn", module, "--into", into, "--replace")
    assert result.exit_code == 1
    assert (precious / "thesis.txt").exists()


def test_an_imported_module_can_be_proposed_in_one_go(run, tmp_path, reading, avery):
    module = write(MODULE, tmp_path / "gifts")
    result = run(courses_commands, "import-learn", module, "--into", tmp_path / "courses", "--by", avery.email)
    assert "gifts-and-hospitality: version 1.0.0 waits for a content approver" in result.output
    with reading() as session:
        (version,) = queries.waiting(session, by=_actor(session, avery))
        assert version.content_hash == content_hash(read_bundle(tmp_path / "courses" / "gifts-and-hospitality"))


def test_the_real_learn_modules_are_imported_both_at_once(run, tmp_path, avery):
    if not LEARN.is_dir():
        pytest.skip("the Learn modules are not beside this repository (../shared/data/learn)")
    result = run(courses_commands, "import-learn", LEARN, "--into", tmp_path, "--by", avery.email)
    assert result.exit_code == 0
    assert result.output.count("waits for a content approver") == 2
    assert "stp-home-page-v2-inline.png" in result.output


def test_a_document_is_published_by_a_content_approver(run, tmp_path, reading, mei, avery):
    file = tmp_path / "Gifts & dinners.md"
    file.write_text("\ufeff---\nms.topic: include\n---\n## Gifts\n\nAsk first. <b>Always.</b>\n")
    refused = run(materials_commands, "publish", file, "--by", avery.email)
    assert refused.exit_code == 1
    assert "It takes: Content approver." in refused.output
    result = run(materials_commands, "publish", file, "--by", mei.email)
    assert result.exit_code == 0
    assert "Gifts & dinners.md:6: warning: Raw HTML is shown as text" in result.output
    assert "Published: Gifts (/materials/1)." in result.output
    with reading() as session:
        assert queries.current_text(session, "gifts-dinners").title == "Gifts"


def test_the_announcement_is_published_by_command(run, reading, mei):
    file = SHARED / "brief" / "announcement.md"
    if not file.is_file():
        pytest.skip("the announcement is not beside this repository (../shared/brief)")
    result = run(materials_commands, "publish", file, "--by", mei.email)
    assert result.output == ("Published: Microsoft's commitment to ensuring partner compliance (/materials/1).\n")


def test_a_file_that_is_no_text_is_refused(run, tmp_path, mei):
    file = tmp_path / "picture.md"
    file.write_bytes(b"\x89PNG\r\n")
    result = run(materials_commands, "publish", file, "--by", mei.email)
    assert result.exit_code == 1
    assert "neither a PDF nor UTF-8 text" in result.output


# Publishing a change


def publish(run, course, avery, *options):
    return run(courses_commands, "publish", course, "--by", avery.email, "--reason", "New law.", *options)


def test_publishing_a_material_change_says_what_it_asks_and_of_whom(run, course, catalogue, avery):
    catalogue.publish()
    write(folder("2.0.0", hours=48).files, course)
    result = publish(run, course, avery, "--change", "material", "--within", "2w")
    assert result.exit_code == 0
    assert result.output.endswith(
        "customer-data: version 2.0.0 waits for a content approver to publish it, under Decisions.\n"
        "customer-data: change against 1.0.0: material; asked of people who passed an older version: "
        "take the course again within 14 days of publication.\n"
    )
    assert publish(run, course, avery).output.endswith(result.output)


def test_a_contradiction_between_number_and_wish_is_refused(run, course, catalogue, avery, reading):
    catalogue.publish()
    write(folder("1.1.0", hours=48).files, course)
    result = publish(run, course, avery, "--retrain", "retake")
    assert result.exit_code == 1
    assert "customer-data: A minor change asks nothing of people who passed an older version." in result.output
    with reading() as session:
        assert queries.waiting(session, by=_actor(session, avery)) == []


def test_another_wish_for_what_waits_already_is_refused(run, course, catalogue, avery):
    catalogue.publish()
    write(folder("2.0.0", hours=48).files, course)
    publish(run, course, avery)
    result = publish(run, course, avery, "--within", "90d")
    assert result.exit_code == 1
    assert "Version 2.0.0 waits for its decision already." in result.output


def test_after_a_rejection_another_wish_may_be_put_forward(run, course, catalogue, avery, reading):
    catalogue.publish()
    draft = catalogue.propose(folder("2.0.0", hours=48))
    catalogue.decide(draft, approve=False, reason="Sixty days are needed.")
    write(folder("2.0.0", hours=48).files, course)
    result = publish(run, course, avery, "--within", "60d")
    assert "within 60 days of publication" in result.output
    catalogue.decide(draft)
    with reading() as session:
        assert queries.current_version(session, SLUG).retrain_days == 60


def test_a_span_that_is_none_is_refused_with_an_example(run, course, avery):
    result = publish(run, course, avery, "--within", "soon")
    assert result.exit_code == 2
    assert "for example 30d" in result.output


def test_without_a_folder_the_courses_of_the_settings_are_meant(run, app, tmp_path, avery, monkeypatch):
    files = dict(folder().files)
    write({"99-quiz.md": files.pop("99-quiz.md")}, tmp_path / "private" / SLUG)
    write(files, tmp_path / "public" / SLUG)
    here = app.config["SETTINGS"].model_copy(update={"courses_path": f"{tmp_path / 'public'},{tmp_path / 'private'}"})
    monkeypatch.setitem(app.config, "SETTINGS", here)
    assert run(courses_commands, "check").output == "1 course: 0 errors, 0 warnings.\n"
    result = run(courses_commands, "publish", "--by", avery.email, "--reason", "New.")
    assert "customer-data: version 1.0.0 waits" in result.output
    write(folder().files, tmp_path / "private" / SLUG)
    assert "is in two folders" in run(courses_commands, "check").output
    assert "refused" in run(courses_commands, "publish", "--by", avery.email, "--reason", "New.").output


def test_a_course_with_a_fault_keeps_its_last_good_version_live(run, course, catalogue, avery, reading):
    good = catalogue.publish()
    write(folder("2.0.0", hours=48).files, course)
    (course / "99-quiz.md").write_text("---\nquiz:\n---\n# Nothing\n")
    result = publish(run, course, avery)
    assert result.exit_code == 1
    assert "customer-data: refused. The version that is live, if any, stays live." in result.output
    with reading() as session:
        assert queries.current_version(session, SLUG).id == good.id
