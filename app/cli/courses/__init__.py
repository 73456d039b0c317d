"""`flask courses` and `flask materials`: one command a file."""

from app.cli.courses import check, export_qti, import_learn, materials, preview
from app.cli.courses.groups import courses_commands, materials_commands

__all__ = [
    "courses_commands",
    "materials_commands",
    "check",
    "export_qti",
    "import_learn",
    "materials",
    "preview",
]
