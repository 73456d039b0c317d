"""`flask materials publish`: a PDF or a Markdown file as a document to read."""

import re
from pathlib import Path

import click

from app.cli.course_publication import acting
from app.cli.courses.groups import materials_commands
from app.courses import services
from app.courses.rules.materials import read_material
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import transaction


@materials_commands.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="E-mail address of the content approver who publishes.")
@click.option("--slug", help="Its name in the portal (default: the file's name). The same name replaces the text.")
@click.option("--title", default="", help="Its title (default, for Markdown: from its front matter or first heading).")
@click.option("--summary", default="", help="For a PDF: one or two sentences on what it is about.")
def publish_material(file: Path, email: str, slug: str | None, title: str, summary: str) -> None:
    """Publish a PDF, or a Markdown file, front matter and all. Representatives then give partners access."""
    by = acting(email)
    content, named = file.read_bytes(), slug or _slug(file.stem)
    try:
        if content.startswith(b"%PDF-"):
            with transaction() as session:
                material = services.publish_document(session, named, title, summary, content, by=by, at=now())
                said = f"Published: {material.title} (/materials/{material.id})."
        else:
            source = content.decode("utf-8-sig")
            for problem in read_material(source, file=str(file)).problems:
                click.echo(str(problem))
            with transaction() as session:
                material = services.publish_material(session, named, title, source, by=by, at=now())
                said = f"Published: {material.title} (/materials/{material.id})."
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is neither a PDF nor UTF-8 text; save it as one of them.") from error
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(said)


def _slug(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:100] or "material"
