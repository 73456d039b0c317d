"""`flask courses preview`: the course in a browser on the author's own machine, drawn again whenever a file changes."""

from pathlib import Path
from typing import Any

import click
from flask import current_app
from werkzeug.serving import WSGIRequestHandler, make_server

from app.cli.course_publication import FOLDER, source_of
from app.cli.courses.groups import courses_commands
from app.cli.courses.preview.folder import CourseFolder
from app.cli.courses.preview.site import preview_site
from app.courses.rules.course import INDEX

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """The page asks every second whether something changed; a line for each would bury what matters."""

    def log_request(self, *_: Any) -> None:
        pass


@courses_commands.command("preview")
@click.argument("folder", type=FOLDER)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on (default: any that is free)."
)
@click.option("--lang", default="", help="The language to begin with (default: the course's own).")
def preview_course(folder: Path, port: int, lang: str) -> None:
    """Show a course folder in the browser as the learner sees it, with a switch that shows the key.

    The page follows the files as they are saved; faults are shown with file and line. Needs no database and no sign-in,
    and answers on this machine only. Stop it with Ctrl+C.
    """
    inside = sorted(path.name for path in folder.iterdir() if (path / INDEX).is_file())
    if not (folder / INDEX).is_file() and inside:
        raise click.ClickException(f"{folder} holds several courses. Name one of them: {', '.join(inside)}.")
    source = source_of(folder)
    site = preview_site(CourseFolder(source), current_app.config["SETTINGS"], lang=lang)
    server = make_server(HOST, port, site, threaded=True, request_handler=_Quiet)
    site.config["PREVIEW_PORT"] = server.server_port
    click.echo(f"Preview of {source.slug}: http://{HOST}:{server.server_port}/")
    click.echo("The page follows the files as you save them. Ctrl+C stops it.")
    server.serve_forever()  # returns at Ctrl+C, its socket closed
    click.echo("Stopped.")
