"""`flask people`: the first administrator, who then invites everybody else in the browser."""

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from app.access.policy import Actor, Role
from app.accounts import services
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.transactions import transaction

people_commands = AppGroup("people", help="Accounts.")

COMMAND_LINE = Actor(person_id=None, name="Command line", via="command")


@people_commands.command("create-administrator")
@click.option("--name", required=True, help="Full name.")
@click.option("--email", required=True, help="E-mail address, used to sign in.")
def create_administrator(name: str, email: str) -> None:
    """Make an administrator's account and print a one-time link, valid for 72 hours, to choose a password."""
    try:
        with transaction() as session:
            person = services.create_person(
                session, name, email, partner_id=None, roles=frozenset({Role.ADMINISTRATOR}), by=COMMAND_LINE, at=now()
            )
            token = services.invite(session, person, by=COMMAND_LINE, at=now())
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    base = current_app.config["SETTINGS"].base_url.rstrip("/")
    with current_app.test_request_context():
        path = url_for("accounts.invitation", token=token)
    click.echo(f"Open this once, within 72 hours, to choose a password: {base}{path}")
