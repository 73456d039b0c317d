"""The command groups, and how their commands count."""

from flask.cli import AppGroup

from app.cli.course_publication import publish_command

courses_commands = AppGroup("courses", help="Course folders: check, preview, publish, import, export.")
materials_commands = AppGroup("materials", help="Readiness materials.")
courses_commands.add_command(publish_command)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
