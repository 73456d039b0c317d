"""What must come before a course, and what stands for it, across the catalogue."""

from collections.abc import Mapping

from app.courses.rules.course.file_names import INDEX
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.problems import Problem, Report


def check_prerequisites(courses: Mapping[str, CourseMeta]) -> list[Problem]:
    """Faults between the courses of a catalogue (id -> meta): a prerequisite or an equivalent that is missing, or that is the course itself."""
    report = Report()
    for course_id, meta in courses.items():
        file = f"{course_id}/{INDEX}"
        for needed in meta.prerequisites:
            if needed not in courses:
                report.error(file, 0, f"prerequisites: there is no course '{needed}'. Write the name of its folder.")
        for other in meta.equivalents:
            if other == course_id:
                report.error(file, 0, "equivalents: a course need not name itself; take it out.")
            elif other not in courses:
                report.error(file, 0, f"equivalents: there is no course '{other}'. Write the name of its folder.")
        seen: set[str] = set()
        waiting = list(meta.prerequisites)
        while waiting:
            needed = waiting.pop()
            if needed == course_id:
                report.error(
                    file,
                    0,
                    "prerequisites: the course leads back to itself, so nobody could start it. Take one of them out.",
                )
                break
            if needed not in seen and needed in courses:
                seen.add(needed)
                waiting += courses[needed].prerequisites
    return report.sorted()
