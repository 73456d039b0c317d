"""A bundle read as a course: its units, its final quiz, its languages; and every fault in it, by file and line."""

from app.courses.rules.course.file_names import CHANGES, INDEX
from app.courses.rules.course.media_files import fault_of_file
from app.courses.rules.course.model import Change, Course, Part, Unit
from app.courses.rules.course.pages import Addresses
from app.courses.rules.course.prerequisites import check_prerequisites
from app.courses.rules.course.reading import check, examine, parse, parse_all

__all__ = [
    "Course",
    "Unit",
    "Part",
    "Change",
    "Addresses",
    "check",
    "examine",
    "parse",
    "parse_all",
    "check_prerequisites",
    "fault_of_file",
    "INDEX",
    "CHANGES",
]
