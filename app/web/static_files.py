"""Packaged files under names that hold their hash, so that a browser may keep them for ever."""

import hashlib
import re
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

_HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


def install(app: Flask, folder: Path) -> None:
    """Serve `folder` under /static/ and give templates `static_url("css/app.css")`."""
    served = WhiteNoise(
        app.wsgi_app,
        max_age=60,
        allow_all_origins=False,
        immutable_file_test=lambda _path, url: bool(_HASHED.search(url)),
    )
    names: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        hashed = f"{name.removesuffix(path.suffix)}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        names[name] = f"/static/{hashed}"
        served.add_file_to_dictionary(f"/static/{name}", str(path), stat_cache=None)
        served.add_file_to_dictionary(names[name], str(path), stat_cache=None)
    app.wsgi_app = served  # type: ignore[method-assign]

    def static_url(name: str) -> str:
        """The address of a packaged file; a name that doesn't exist is our own mistake and raises."""
        return names[name]

    app.jinja_env.globals["static_url"] = static_url
