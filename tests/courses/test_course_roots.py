"""Courses in several folders: public lessons in one, private quizzes in another."""

import os

import pytest

from app.courses.rules.bundle import content_hash
from app.courses.rules.problems import BundleRefused
from app.courses.rules.roots import sources
from app.settings import Settings
from tests.courses.catalogue import SLUG, folder


def write(root, slug, files):
    for path, content in files.items():
        target = root / slug / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@pytest.fixture
def roots(tmp_path):
    """The course with its quiz in a folder of its own."""
    public, private = tmp_path / "public", tmp_path / "private"
    files = dict(folder().files)
    write(private, SLUG, {"99-quiz.md": files.pop("99-quiz.md")})
    write(public, SLUG, files)
    return public, private


def test_lessons_and_quiz_from_two_folders_are_one_course_with_one_hash(roots):
    (source,) = sources(roots)
    assert source.slug == SLUG
    assert content_hash(source.read()) == content_hash(folder())
    assert content_hash(sources(roots[::-1])[0].read()) == content_hash(folder())


def test_a_file_in_two_folders_is_a_fault_that_names_both(roots):
    public, private = roots
    write(private, SLUG, {"02-Sharing.md": b"Another text."})
    with pytest.raises(BundleRefused) as refusal:
        sources(roots)[0].read()
    assert "02-Sharing.md is in two folders" in refusal.value.sentence
    assert str(public) in refusal.value.sentence
    assert str(private) in refusal.value.sentence


def test_a_quiz_whose_course_is_nowhere_is_not_left_out_silently(roots):
    write(roots[1], "gifts", {"99-quiz.md": b"---\nquiz:\n---\n"})
    with pytest.raises(BundleRefused, match=r"a course 'gifts', but its index.md is in none"):
        sources(roots)


def test_a_root_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(BundleRefused, match="is not a folder"):
        sources([tmp_path / "nowhere"])


def test_the_same_root_twice_is_one(roots):
    assert len(sources([*roots, roots[0]])[0].folders) == 2


@pytest.mark.parametrize("between", [",", " , ", os.pathsep])
def test_the_setting_lists_folders_with_commas_or_as_the_system_does(between, tmp_path):
    settings = Settings(mode="testing", courses_path=f"/srv/courses{between}/srv/quizzes")
    assert [str(root) for root in settings.course_roots] == ["/srv/courses", "/srv/quizzes"]


def test_without_the_setting_the_courses_are_in_the_one_folder(tmp_path):
    assert Settings(mode="testing", courses_folder=tmp_path).course_roots == (tmp_path,)
