"""`flask materials publish`: a Markdown file as a document to read."""

import re
from pathlib import Path

import click

from app.cli.courses.groups import actor, materials_commands
from app.courses import services
from app.courses.rules.materials import read_material
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import transaction


@materials_commands.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="E-mail address of the content approver who publishes.")
@click.option("--slug", help="Its name in the portal (default: the file's name). The same name replaces the text.")
@click.option("--title", default="", help="Its title (default: from its front matter or first heading).")
def publish_material(file: Path, email: str, slug: str | None, title: str) -> None:
    """Publish a Markdown file as a readiness material, front matter and all. Representatives then give partners access."""
    by = actor(email)
    try:
        source = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text; save it as UTF-8.") from error
    for problem in read_material(source, file=str(file)).problems:
        click.echo(str(problem))
    try:
        with transaction() as session:
            material = services.publish_material(session, slug or _slug(file.stem), title, source, by=by, at=now())
            said = f"Published: {material.title} (/materials/{material.id})."
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(said)


def _slug(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:100] or "material"
