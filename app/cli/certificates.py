"""`flask certificates`: check files against the register, and look after the signing keys."""

import json
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from app.certificates import queries, services
from app.certificates.document.errors import KeyRefused
from app.certificates.issuer import issuer, signing_key
from app.certificates.queries import Finding, Recognised, Standing
from app.cli.people import COMMAND_LINE
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.settings import Settings
from app.transactions import reading, transaction

certificates_commands = AppGroup("certificates", help="Check certificates; look after the keys that sign them.")

_LARGEST_FILE = 5 * 1024 * 1024


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


@certificates_commands.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file, in a list.")
@click.pass_context
def verify(context: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Check PDF files against the register; exit 0 only if every one is genuine and valid.

    Without the portal: python -m app.certificates.offline FILE --keys certificate-keys.pem
    """
    try:
        checked = [(path, _recognised(path)) for path in files]
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    if as_json:
        click.echo(json.dumps([_as_json(path, found) for path, found in checked], indent=2, ensure_ascii=False))
    else:
        for path, found in checked:
            click.echo("\n".join(_lines(path, found)))
    if not all(_is_good(found) for _, found in checked):
        context.exit(1)


@certificates_commands.command("keys")
def keys() -> None:
    """List the signing keys, present and retired, with how many certificates each signed."""
    try:
        present = signing_key(_settings()).fingerprint
    except KeyRefused as refused:
        present = ""
        click.echo(f"No certificate can be issued now. {refused.sentence}\n")
    for key in queries.keys_in_use(reading(), issuer(_settings())):
        state = "present" if key.fingerprint == present else "retired"
        by = f"vouched for by {key.vouched_for_by}" if key.vouched_for_by else "self-made"
        last = f", the last on {key.last_signed_at:%Y-%m-%d}" if key.last_signed_at else ""
        certificates = "1 certificate" if key.signed == 1 else f"{key.signed:,} certificates"
        click.echo(f"{key.fingerprint}  {state}{', distrusted' if key.distrusted else ''}")
        click.echo(f"  {key.subject}, {by}")
        click.echo(f"  valid {key.begins_at:%Y-%m-%d} to {key.ends_at:%Y-%m-%d}; signed {certificates}{last}")
        if key.distrusted:
            click.echo(f"  distrusted since {key.distrusted.declared_at:%Y-%m-%d}: {key.distrusted.reason}")


@certificates_commands.command("distrust")
@click.argument("fingerprint")
@click.option("--reason", required=True, help="What happened, for the auditor.")
def distrust(fingerprint: str, reason: str) -> None:
    """Declare a signing key compromised, for good: its signature proves nothing any more and unlocks no payment."""
    try:
        with transaction() as session:
            key = services.distrust(
                session, fingerprint, reason=reason, issuer=issuer(_settings()), by=COMMAND_LINE, at=now()
            )
            said = f"Key {key.fingerprint} is distrusted from now on."
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(
        f"{said} Put a new key in its place, and issue new certificates for cases whose payments are still held."
    )


def _recognised(path: Path) -> Recognised:
    with path.open("rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    return queries.recognise(reading(), content, issuer=issuer(_settings()), at=now())


def _is_good(found: Recognised) -> bool:
    return found.genuine and found.original is not None and found.original.standing is Standing.VALID


def _lines(path: Path, found: Recognised) -> list[str]:
    lines = [f"{path}: {_in_a_word(found)}. {found.sentence}"]
    if found.original is not None:
        fields = dict(found.original.fields)
        lines.append(f"  Certificate {found.number}: {fields.get('Awarded to', '')} ({found.original.standing.value})")
    if found.signature is not None and found.signature.ok and found.signature.signed_at is not None:
        lines.append(f"  Signed by {found.signature.signer} at {found.signature.signed_at:%Y-%m-%d %H:%M:%S %Z}.")
    if found.signature is not None and found.signature.timestamped_at is not None:
        lines.append(
            f"  Time confirmed by {found.signature.timestamped_by}: {found.signature.timestamped_at:%Y-%m-%d %H:%M:%S %Z}."
        )
    for one in found.differences:
        lines.append(f"  {one.label}: the file says “{one.in_file}”; we issued “{one.issued}”.")
    return lines


def _in_a_word(found: Recognised) -> str:
    if found.finding is Finding.GENUINE and found.original is not None:
        return f"genuine and {found.original.standing.value}"
    return found.finding.value


def _as_json(path: Path, found: Recognised) -> dict[str, Any]:
    signature = found.signature
    return {
        "file": str(path),
        "finding": found.finding.value,
        "number": found.number,
        "standing": found.original.standing.value if found.original else None,
        "sentence": found.sentence,
        "signature": None
        if signature is None
        else {
            "ok": signature.ok,
            "sentence": signature.sentence,
            "signer": signature.signer,
            "key": signature.key,
            "signed_at": signature.signed_at.isoformat() if signature.signed_at else None,
            "timestamped_by": signature.timestamped_by,
            "timestamped_at": signature.timestamped_at.isoformat() if signature.timestamped_at else None,
        },
        "differences": [one._asdict() for one in found.differences],
    }
