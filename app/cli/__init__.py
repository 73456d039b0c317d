"""Commands: the same services as the pages, as the person that `--by` names."""

from flask import Flask


def install(app: Flask) -> None:
    """Put every group under `flask`."""
    from app.cli.audit import audit_commands
    from app.cli.certificates import certificates_commands
    from app.cli.check import check_command
    from app.cli.courses import courses_commands, materials_commands
    from app.cli.demo.commands import demo_commands
    from app.cli.earnings import earnings_commands
    from app.cli.people import people_commands
    from app.cli.worker import worker_command

    for command in (
        audit_commands,
        certificates_commands,
        check_command,
        courses_commands,
        demo_commands,
        earnings_commands,
        materials_commands,
        people_commands,
        worker_command,
    ):
        app.cli.add_command(command)
