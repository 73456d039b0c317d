"""Where a link may lead."""

import re
from urllib.parse import unquote, urlsplit

from app.courses.rules.markdown.setting import Setting
from app.courses.rules.markdown.words import slug

LINK_SCHEMES = frozenset({"http", "https", "mailto"})


def checked_link(href: str, setting: Setting, problems: list[tuple[int, str]], line: int) -> str | None:
    """The address to use, or None: then the words stay and the link goes."""
    try:
        scheme = urlsplit(href).scheme.lower()
    except ValueError:
        problems.append((line, f"The link to '{href[:80]}' is not an address. Write it as https://example.com/page."))
        return None
    if scheme in LINK_SCHEMES:
        return href
    # A colon before any slash is a scheme, whatever characters a browser might skip in it; `//host` borrows the page's scheme.
    if scheme or href.startswith(("//", "\\", "/\\")) or ":" in re.split(r"[/?#]", unquote(href), maxsplit=1)[0]:
        problems.append((line, f"The link to '{href[:80]}' is not allowed: links are http, https, mailto or relative."))
        return None
    if href.startswith("#"):
        return f"#{setting.id_prefix}{slug(unquote(href[1:]))}" if len(href) > 1 else None
    if setting.link is None or href.startswith("/"):
        return href
    address = setting.link(unquote(href))
    if address is None:
        problems.append(
            (
                line,
                f"The link to '{href[:80]}' leads to nothing in the course. Name a page or file of it, such as 02-sharing.md.",
            )
        )
    return address
