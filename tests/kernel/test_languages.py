"""Names and directions of languages, and which of those offered suits a reader."""

import pytest

from app.kernel.languages import best_match, direction, english_name, own_name


@pytest.mark.parametrize(
    ("tag", "own", "english"),
    [
        ("en", "English", "English"),
        ("fr", "Français", "French"),
        ("ar", "العربية", "Arabic"),
        ("pt-BR", "Português (Brasil)", "Portuguese (Brazil)"),
        ("tlh", "tlh", "tlh"),
        ("not a tag", "not a tag", "not a tag"),
    ],
)
def test_a_language_is_called_as_its_speakers_and_as_the_portal_call_it(tag, own, english):
    assert (own_name(tag), english_name(tag)) == (own, english)


@pytest.mark.parametrize("tag", ["ar", "he", "fa", "ur", "ps", "yi", "dv", "ckb", "ug", "az-Arab", "pa-Arab", "ar-EG"])
def test_what_is_written_from_right_to_left_is_known_by_its_script(tag):
    assert direction(tag) == "rtl"


@pytest.mark.parametrize("tag", ["en", "fr", "az", "pa", "ku", "zh-TW", "tlh", ""])
def test_everything_else_runs_from_left_to_right(tag):
    assert direction(tag) == "ltr"


@pytest.mark.parametrize(
    ("wanted", "offered", "found"),
    [
        (["fr"], ["en", "fr"], "fr"),
        (["pt-BR"], ["en", "pt"], "pt"),
        (["pt"], ["en", "pt-BR"], "pt-BR"),
        (["pt-PT"], ["en", "pt-BR"], "pt-BR"),
        (["FR-ca", "en"], ["en", "fr"], "fr"),
        (["de", "ar-EG", "en"], ["en", "fr", "ar"], "ar"),
        (["zh-TW"], ["en", "zh-Hans"], None),
        (["zh-TW"], ["en", "zh"], None),
        (["zh-TW"], ["en", "zh-Hant"], "zh-Hant"),
        (["sr-Latn"], ["sr"], None),
        (["xx", "!"], ["en"], None),
        ([], ["en"], None),
    ],
)
def test_the_first_wanted_language_that_is_offered_is_taken(wanted, offered, found):
    assert best_match(wanted, offered) == found
