import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.rules.bundle import (
    MAX_PAGE_BYTES,
    MAX_TEXT_BYTES,
    Bundle,
    content_hash,
    pack,
    unpack,
)
from app.courses.rules.problems import BundleRefused
from tests.courses.samples import bundle, read_bundle

names = st.lists(st.text("abcxyzé-_0", min_size=1, max_size=8), min_size=1, max_size=3).map("/".join)
suffixes = st.sampled_from([".md", ".png", ".vtt", ""])
files = st.dictionaries(st.builds("{}{}".format, names, suffixes), st.binary(max_size=200), max_size=8)


@given(files)
def test_a_packed_bundle_comes_back_the_same_and_hashes_the_same(contents: dict[str, bytes]) -> None:
    original = Bundle.of(contents)
    again = unpack(pack(original))
    assert again == original
    assert content_hash(again) == content_hash(original)
    assert pack(again) == pack(original)


@given(files, st.randoms())
def test_the_hash_does_not_depend_on_the_order_of_the_files(contents: dict[str, bytes], random: object) -> None:
    shuffled = list(contents.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert content_hash(Bundle.of(dict(shuffled))) == content_hash(Bundle.of(contents))


@given(files, names, st.binary(max_size=20))
def test_any_other_file_or_content_changes_the_hash(contents: dict[str, bytes], name: str, data: bytes) -> None:
    other = {**contents, f"{name}.png": data}
    assert (content_hash(Bundle.of(other)) == content_hash(Bundle.of(contents))) == (other == contents)


def test_the_hash_of_a_known_course_never_changes() -> None:
    known = Bundle.of({"index.md": b"---\ntitle: A\nversion: 1.0.0\n---\n", "media/a.png": b"\x89PNG"})
    spelled_out = hashlib.sha256(
        b"course bundle 1\n" + b"8:32\nindex.md---\ntitle: A\nversion: 1.0.0\n---\n" + b"11:4\nmedia/a.png\x89PNG"
    )
    assert content_hash(known) == spelled_out.hexdigest()


def test_names_and_contents_can_not_trade_places_unseen() -> None:
    assert content_hash(Bundle.of({"a": b"bc"})) != content_hash(Bundle.of({"ab": b"c"}))


def test_a_course_checked_out_on_windows_has_the_same_hash() -> None:
    here = Bundle.of({"index.md": b"one\ntwo\n", "a.png": b"\r\n"})
    there = Bundle.of({"index.md": b"\xef\xbb\xbfone\r\ntwo\r\n", "a.png": b"\r\n"})
    assert content_hash(here) == content_hash(there)


def test_pictures_keep_their_bytes() -> None:
    assert Bundle.of({"a.png": b"\xef\xbb\xbf\r\n"})["a.png"] == b"\xef\xbb\xbf\r\n"


def test_a_packed_course_is_a_zip_file_that_any_tool_opens() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(bundle()))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01-why-it-matters.md", "99-quiz.md", "index.md"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.md",
        "/a.md",
        "a/../../b.md",
        "",
        "a//b.md",
        "./a.md",
        "a\\b.md",
        "a\0b.md",
        "a .md/ b",
        "con:x",
        "a\nb.md",
        "x" * 300,
    ],
)
def test_a_name_that_could_leave_the_folder_or_break_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BundleRefused):
        Bundle.of({name: b""})


def test_names_that_differ_only_in_capitals_are_refused() -> None:
    with pytest.raises(BundleRefused, match="capital letters"):
        Bundle.of({"Index.md": b"", "index.md": b""})


def test_a_text_that_is_too_large_is_refused() -> None:
    with pytest.raises(BundleRefused, match="at most"):
        Bundle.of({"media/film.en.vtt": b"x" * (MAX_TEXT_BYTES + 1)})


def test_a_page_may_hold_less_than_the_captions_of_a_film() -> None:
    Bundle.of({"index.md": b"x" * MAX_PAGE_BYTES, "media/film.en.vtt": b"x" * MAX_TEXT_BYTES})
    with pytest.raises(BundleRefused, match=r"lesson\.md .* at most 131,072"):
        Bundle.of({"lesson.md": b"x" * (MAX_PAGE_BYTES + 1)})


def test_a_folder_is_read_without_its_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "index.md").write_text("hello")
    (tmp_path / "media" / "a.png").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    (tmp_path / ".DS_Store").write_text("junk")
    assert list(read_bundle(tmp_path)) == ["index.md", "media/a.png"]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    course = tmp_path / "course"
    course.mkdir()
    (course / "index.md").symlink_to(tmp_path / "secret")
    with pytest.raises(BundleRefused, match="symbolic link"):
        read_bundle(course)


def test_a_link_to_a_folder_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    course = tmp_path / "course"
    course.mkdir()
    (course / "media").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(BundleRefused, match="symbolic link"):
        read_bundle(course)


def test_a_pipe_in_the_folder_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "index.md")
    with pytest.raises(BundleRefused, match="ordinary file"):
        read_bundle(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused):
        read_bundle(tmp_path / "nowhere")


def test_what_is_no_packed_course_is_refused() -> None:
    for packed in (b"", b"PK\x03\x04", b"hello", pack(bundle())[:-30], b"\0" * 100):
        with pytest.raises(BundleRefused):
            unpack(packed)


def test_a_packed_course_that_would_unfold_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.md", b"\0" * 10_000_000)
    with pytest.raises(BundleRefused):
        unpack(buffer.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_packed_course_with_two_files_of_one_name_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.md", b"one")
        archive.writestr("index.md", b"two")
    with pytest.raises(BundleRefused, match="both named"):
        unpack(buffer.getvalue())


def test_a_packed_path_out_of_the_folder_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../evil.md", b"")
    with pytest.raises(BundleRefused):
        unpack(buffer.getvalue())
