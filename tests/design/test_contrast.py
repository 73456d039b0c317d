import pytest
from playwright.sync_api import Browser

from tests.design.gallery import opened
from tests.design.stylesheet import THEMES, color, contrast, tokens

PLACES = ("--canvas", "--surface", "--sunken")
TINTS = ("--info-tint", "--success-tint", "--attention-tint", "--danger-tint", "--brand-tint")
TONES = ("--info", "--success", "--attention", "--danger")

READ = (
    *((text, place) for text in ("--text", "--brand", *TONES) for place in PLACES),
    *(("--muted", place) for place in (*PLACES, "--brand-tint")),
    *(("--text", tint) for tint in TINTS),
    *(("--brand", tint) for tint in TINTS),
    *((tone, f"{tone}-tint") for tone in TONES),
    ("--on-brand", "--brand"),
    ("--on-brand", "--brand-hover"),
    ("--on-danger", "--danger-solid"),
)
SEEN = (
    *((edge, place) for edge in ("--control", "--focus") for place in (*PLACES, "--brand-tint")),
    ("--brand", "--line"),
)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "place"), READ)
def test_text_stands_out_four_and_a_half_times(text: str, place: str, theme: str) -> None:
    assert contrast(text, place, theme, tokens()) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "place"), SEEN)
def test_borders_of_controls_focus_and_progress_stand_out_three_times(edge: str, place: str, theme: str) -> None:
    assert contrast(edge, place, theme, tokens()) >= 3


def test_the_measure_of_contrast_is_the_known_one() -> None:
    known = {"--black": "#000000", "--white": "#ffffff", "--grey": "#767676"}
    assert contrast("--black", "--white", "light", known) == pytest.approx(21)
    assert contrast("--grey", "--white", "light", known) == pytest.approx(4.54, abs=0.01)


def test_a_pale_brand_would_be_found_out() -> None:
    assert contrast("--brand", "--canvas", "light", tokens() | {"--brand-light": "#f2c14e"}) < 4.5


def test_the_default_brand_is_the_one_of_the_settings() -> None:
    from app.settings import Settings

    defaults = Settings.model_fields
    assert tokens()["--brand-light"] == defaults["brand_color"].default
    assert tokens()["--brand-dark"] == defaults["brand_color_dark"].default


PAINT = """(name) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  canvas.fillStyle = getComputedStyle(probe).color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_a_browser_reads_the_same_colours(browser: Browser, theme: str) -> None:
    given = tokens()
    with opened(browser, "error-404", theme=theme) as page:
        for name in (*PLACES, *TINTS, *TONES, "--brand", "--brand-hover", "--text", "--muted", "--control", "--focus"):
            seen = page.evaluate(PAINT, name)
            computed = [round(255 * to_srgb(channel)) for channel in color(given[name], theme, given)]
            assert all(abs(one - two) <= 2 for one, two in zip(seen, computed, strict=True)), (name, seen, computed)


def to_srgb(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
