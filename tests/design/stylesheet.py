"""Reads the colours of app.css as a browser would: var(), light-dark() and color-mix(in oklab)."""

import re
from pathlib import Path

CSS = (Path(__file__).resolve().parents[2] / "app" / "static" / "css" / "app.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")

Linear = tuple[float, float, float]


def tokens(source: str = CSS) -> dict[str, str]:
    """The custom properties of `:root`, as written."""
    root = source[source.index(":root{color-scheme") :]
    return dict(re.findall(r"(--[\w-]+):([^;{}]+)[;}]", root[: root.index("\n[data-theme")]))


def arguments(text: str) -> list[str]:
    """`"var(--a),#fff"` to `["var(--a)", "#fff"]`: splits at commas that are in no parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def color(value: str, theme: str, given: dict[str, str]) -> Linear:
    """A CSS colour in linear sRGB, each channel from 0 to 1. Raises ValueError for what it can't read."""
    value = value.strip()
    if match := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", value):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return to_linear(red), to_linear(green), to_linear(blue)
    if value.startswith("var("):
        return color(given[value[4:-1]], theme, given)
    if value.startswith("light-dark("):
        return color(arguments(value[11:-1])[THEMES.index(theme)], theme, given)
    if value.startswith("color-mix(in oklab,"):
        _, first, second = arguments(value[10:-1])
        other, share = second.rsplit(" ", 1)
        weight = float(share.removesuffix("%")) / 100
        one, two = to_oklab(color(first, theme, given)), to_oklab(color(other, theme, given))
        return from_oklab((mix(one[0], two[0], weight), mix(one[1], two[1], weight), mix(one[2], two[2], weight)))
    raise ValueError(f"not a colour that this reader knows: {value}")


def contrast(first: str, second: str, theme: str, given: dict[str, str]) -> float:
    """WCAG's contrast ratio of two tokens, from 1 to 21."""
    lighter, darker = sorted((luminance(color(given[name], theme, given)) for name in (first, second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(linear: Linear) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def to_linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def mix(one: float, two: float, weight: float) -> float:
    return one * (1 - weight) + two * weight


def to_oklab(linear: Linear) -> Linear:
    red, green, blue = linear
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def from_oklab(lab: Linear) -> Linear:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return min(1.0, max(0.0, red)), min(1.0, max(0.0, green)), min(1.0, max(0.0, blue))
