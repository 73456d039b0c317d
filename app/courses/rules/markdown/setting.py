"""How a text is to be rendered: its language, where its pictures and links lead, and from which line it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Media:
    """Where a picture, film or sound of the course is served: its URL, captions as (language, URL), transcript as safe HTML.

    `fault` is what its author must mend (a sentence); it is reported at the line that shows the media.
    """

    url: str
    captions: tuple[tuple[str, str], ...] = ()
    transcript_html: str = ""
    fault: str = ""


MediaResolver = Callable[[str], Media | None]
"""Given a path relative to the course folder (`media/x.png`), the media, or None where the course has no such file."""


LinkResolver = Callable[[str], str | None]
"""Given a relative link target as written (`02-sharing.md#clock`), the address to use, or None where it leads nowhere."""


@dataclass(frozen=True)
class Setting:
    """How a text is to be rendered. `first_line` is added to line numbers so that they count from the top of the file."""

    media: MediaResolver | None = None
    link: LinkResolver | None = None
    lang: str = "en"
    id_prefix: str = "c-"
    top_heading: int = 2
    first_line: int = 1


def setting_of(env: Any) -> Setting:
    setting: Setting = env["setting"]
    return setting
