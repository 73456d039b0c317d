"""The author's preview: the learner's pages from the files alone, on this machine alone."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.cli.courses.preview.folder import CourseFolder
from app.cli.courses.preview.site import preview_site
from app.courses.rules.roots import Source
from app.settings import Mode, Settings
from tests.courses.everything import everything
from tests.ground.browser import axe, fits

ROOT = Path(__file__).parents[2]
HERE = {"Host": "127.0.0.1:80"}


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "customer-data"
    for path, data in everything().files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture
def site(course):
    made = preview_site(CourseFolder(Source(course.name, (course,))), Settings(mode=Mode.DEMO))
    made.config.update(PREVIEW_PORT=80, PROPAGATE_EXCEPTIONS=True)
    return made


@pytest.fixture
def get(site):
    """`get("/en/")`: status and text of a page."""
    client = site.test_client()

    def get(address, **headers):
        answer = client.get(address, headers={**HERE, **headers})
        return answer.status_code, answer.get_data().decode(errors="replace")

    return get


def test_the_start_leads_to_the_courses_own_language_and_its_units(site, get):
    assert site.test_client().get("/", headers=HERE).headers["Location"] == "/en/"
    status, page = get("/en/")
    assert status == 200
    assert re.findall(r'href="(/en/[^"]+)"', page)[0] == "/en/?key=1"
    for place in ("/en/units/01-why-it-matters", "/en/units/99-quiz", "/en/statements"):
        assert f'href="{place}"' in page


def test_it_begins_in_the_language_that_was_asked_for(course):
    site = preview_site(CourseFolder(Source(course.name, (course,))), Settings(mode=Mode.DEMO), lang="fr")
    site.config["PREVIEW_PORT"] = 80
    assert site.test_client().get("/", headers=HERE).headers["Location"] == "/fr/"


def test_the_key_shows_only_when_it_is_asked_for(get):
    secrets = ("FEEDBACK", "EXPLANATION", "Right answer", "Proof may come months later", "10 +- 2")
    for place in ("/en/units/99-quiz", "/en/units/01-why-it-matters", "/en/", "/en/statements"):
        assert not [secret for secret in secrets if secret in get(place)[1]], place
    keyed = get("/en/units/99-quiz?key=1")[1]
    assert all(secret in keyed for secret in ("FEEDBACK", "EXPLANATION", "Right answer"))
    assert "2 of these 6 are drawn" in keyed
    assert "Proof may come months later" in get("/en/units/01-why-it-matters?key=1")[1]


def test_the_switch_and_the_links_of_a_lesson_keep_the_key(get):
    page = get("/en/units/01-why-it-matters?key=1")[1]
    assert 'href="/en/units/02-sharing?key=1#c-labels"' in page
    assert 'href="/en/units/01-why-it-matters">Hide the key' in page
    assert "?key=1" not in get("/en/units/01-why-it-matters")[1].replace('href="/en/units/01-why-it-matters?key=1"', "")


def test_a_paper_is_drawn_as_a_learner_gets_it_and_another_one_on_demand(get):
    papers = {
        tuple(re.findall(r'id="q\.([a-z0-9-]+)-rule"', get(f"/en/units/99-quiz?paper={n}")[1])) for n in range(12)
    }
    assert all(len(paper) == 6 for paper in papers)
    assert len(papers) > 3
    assert get("/en/units/99-quiz?paper=nonsense")[0] == 200


def test_every_language_has_its_switch_and_arabic_runs_from_right_to_left(get):
    page = get("/ar/units/02-sharing")[1]
    assert '<html lang="ar" dir="rtl">' in page
    assert "لكل ملف تصنيف" in page
    for place in ("/en/units/02-sharing", "/fr/units/02-sharing"):
        assert f'href="{place}"' in page
    untranslated = get("/ar/units/99-quiz")[1]
    assert '<h1 lang="en" dir="ltr">Final quiz</h1>' in untranslated
    assert "not translated, shown in" in untranslated


def test_pictures_and_captions_are_served_and_nothing_else_of_the_machine(get):
    assert get("/media/media/leak.png")[0] == 200
    assert get("/media/media/report.en.vtt")[0] == 200
    for path in (
        "/media/../../../etc/passwd",
        "/media/%2e%2e/secret.md",
        "/media/nothing.png",
        "/xx/",
        "/en/units/nothing",
    ):
        assert get(path)[0] == 404


def test_a_fault_is_a_page_with_its_place_and_text_and_mending_it_brings_the_course_back(course, get):
    file = course / "99-quiz.md"
    good = file.read_text()
    file.write_text(good.replace("{#order}", "{#match}"))
    for address in ("/", "/en/", "/en/units/99-quiz"):
        status, page = get(address)
        assert status == 200
        assert "What to mend" in page
        assert re.search(r"99-quiz\.md:\d+", page)
        assert "## Match the data to its label {#match}" in page
    file.write_text(good)
    assert "Put the steps in order" in get("/en/units/99-quiz")[1]


@pytest.mark.parametrize(
    "fault", ["---\ntitle: [\n---\n", "", "\ufeff---", "---\ntitle: A\nversion: 1.0.0\ndraft: true\n---\n"]
)
def test_no_state_of_the_overview_makes_the_preview_fail(course, get, fault):
    (course / "index.md").write_text(fault)
    assert get("/en/")[0] == 200


def test_a_folder_that_goes_away_is_said_to_be_gone(course, get):
    course.rename(course.with_name("elsewhere"))
    status, page = get("/en/")
    assert status == 200
    assert "is not a folder" in page


def test_a_draft_can_be_looked_at(course, get):
    index = course / "index.md"
    index.write_text(index.read_text().replace("lang: en", "lang: en\ndraft: true"))
    page = get("/en/")[1]
    assert "<h1>Handling customer data</h1>" in page
    assert "1 error, 5 warnings" in page


def test_the_stamp_changes_with_every_save_and_only_then(course, get):
    first = get("/stamp")[1]
    assert get("/stamp")[1] == first
    assert f'content="{first}"' in get("/en/")[1]
    os.utime(course / "02-sharing.md", ns=(1, 1))
    assert get("/stamp")[1] != first


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:81", "", "127.0.0.1:80.evil.example"]
)
def test_another_name_for_this_machine_is_turned_away_before_anything_is_read(site, host):
    for address in ("/en/", "/static/css/app.css", "/stamp"):
        answer = site.test_client().get(address, headers={"Host": host})
        assert answer.status_code == 421
        assert b"Handling" not in answer.data


def test_its_pages_forbid_inline_script_like_the_portals(site):
    policy = site.test_client().get("/en/", headers=HERE).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy


def test_the_command_needs_no_settings_no_database_and_listens_on_this_machine_only(course, tmp_path):
    bare = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GOOD_STANDING_") and name != "DATABASE_URL"
    }
    command = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "courses", "preview", str(course)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=bare, cwd=ROOT) as running:
        try:
            said = running.stdout.readline()
            url = re.fullmatch(r"Preview of customer-data: (http://127\.0\.0\.1:\d+/)\n", said)[1]
            with urllib.request.urlopen(url, timeout=20) as answer:
                assert "Handling customer data" in answer.read().decode()
        finally:
            running.send_signal(signal.SIGINT)
            rest = running.stdout.read()
        assert running.wait(20) == 0
    assert "Stopped." in rest


def test_a_folder_of_courses_asks_which_one(course, app):
    from app.cli.courses import courses_commands

    result = app.test_cli_runner().invoke(courses_commands, ["preview", str(course.parent)])
    assert result.exit_code == 1
    assert "Name one of them: customer-data." in result.output


@pytest.fixture
def address(site):
    server = make_server("127.0.0.1", 0, site, threaded=True)
    site.config["PREVIEW_PORT"] = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def test_in_a_browser_it_is_accessible_fits_and_follows_the_files(browser: Browser, address, course):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    for place in (
        "/en/",
        "/en/units/01-why-it-matters",
        "/en/units/99-quiz",
        "/ar/units/02-sharing",
        "/en/units/99-quiz?key=1",
        "/faults",
    ):
        page.goto(address + place)
        axe(page)
        fits(page, 320, 1440)
    page.goto(address + "/en/units/02-sharing")
    (course / "02-sharing.md").write_text("# Labels\n\nA sentence that was not there before.\n")
    page.wait_for_selector("text=A sentence that was not there before.", timeout=10_000)
    context.close()
    assert faults == []


def test_a_course_in_two_folders_is_shown_whole(course, tmp_path):
    private = tmp_path / "private" / course.name
    private.mkdir(parents=True)
    (course / "99-quiz.md").rename(private / "99-quiz.md")
    site = preview_site(CourseFolder(Source(course.name, (course, private))), Settings(mode=Mode.DEMO))
    site.config["PREVIEW_PORT"] = 80
    client = site.test_client()
    assert b"Question 1 of 6" in client.get("/en/units/99-quiz", headers=HERE).data
    before = client.get("/stamp", headers=HERE).data
    os.utime(private / "99-quiz.md", ns=(1, 1))
    assert client.get("/stamp", headers=HERE).data != before
