"""The words of a certificate in English."""

from datetime import date

from app.certificates.rules.facts import CertificateKind, Outcome, StepStatus, TrainingCoverage
from app.certificates.rules.wording.shape import Wording

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _long_date(day: date) -> str:
    """`3 March 2026`: no reader takes the day for the month."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _coverage(counted: TrainingCoverage) -> str:
    people = "person" if counted.covered == 1 else "persons"
    words = f"{counted.trained} of {counted.covered} covered {people} trained"
    if counted.trained_by:
        words += f" by {_long_date(counted.trained_by)}"
    aside = [f"{count} {why}" for count, why in ((counted.waived, "waived"), (counted.on_leave, "on leave")) if count]
    return f"{words}; not counted: {', '.join(aside)}." if aside else f"{words}."


ENGLISH = Wording(
    titles={
        CertificateKind.PROGRAM_COMPLETION: "Certificate of Program Completion",
        CertificateKind.COURSE_COMPLETION: "Certificate of Course Completion",
    },
    awarded={
        CertificateKind.PROGRAM_COMPLETION: "This certifies that",
        CertificateKind.COURSE_COMPLETION: "This certifies that",
    },
    for_what={
        CertificateKind.PROGRAM_COMPLETION: "has completed the compliance remediation program for",
        CertificateKind.COURSE_COMPLETION: "has passed the course",
    },
    labels={
        "vendor": "Issued by",
        "title": "Certificate",
        "holder": "Awarded to",
        "program": "Program",
        "programs": "Programs",
        "partner": "Partner",
        "partner_number": "Partner number",
        "case": "Case",
        "outcome": "Determination",
        "determination": "Determination reference",
        "determined_on": "Determined on",
        "conditions": "Conditions",
        "proposed_by": "Proposed by",
        "approved_by": "Approved by",
        "coverage": "Coverage",
        "step": "Step {number}",
        "manifest_digest": "Evidence manifest (SHA-256)",
        "course": "Course",
        "course_version": "Course version",
        "language": "Language",
        "score": "Score",
        "passed_on": "Passed on",
        "content_digest": "Course content (SHA-256)",
        "issued_on": "Issued on",
        "expires_on": "Valid until",
        "replaces": "Replaces certificate",
        "signatory": "For the issuer",
        "signatory_title": "Position",
        "number": "Certificate number",
        "verify_url": "Verify at",
    },
    outcomes={
        Outcome.COMPLETED: "Completed",
        Outcome.COMPLETED_WITH_CONDITIONS: "Completed with conditions",
    },
    steps={
        StepStatus.ACCEPTED: "{title} ({day})",
        StepStatus.WAIVED: "{title} ({day}), waived",
        StepStatus.NOT_APPLICABLE: "{title} ({day}), not applicable",
    },
    officer="{name}, {title}",
    separator=", ",
    last_separator=" and ",
    score="{score} ({needed} needed)",
    percent="{number} %",
    no_end_date="No end date",
    no_training="No training was part of the plan.",
    proposer="Compliance analyst",
    approver="Compliance approver",
    logo="Logo",
    seal="Seal",
    signature="Signature of {name}",
    enclosure="What this certificate says, as data",
    credential="This certificate as an Open Badges 3.0 credential, signed",
    long_date=_long_date,
    coverage=_coverage,
)
