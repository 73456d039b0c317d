"""What every language has words for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from app.certificates.rules.facts import CertificateKind, Outcome, StepStatus, TrainingCoverage


@dataclass(frozen=True)
class Wording:
    """All words that the certificate itself says in one language. Patterns have `{names}` where facts stand."""

    titles: Mapping[CertificateKind, str]
    awarded: Mapping[CertificateKind, str]
    """The sentence on the paper, before the holder's name…"""
    for_what: Mapping[CertificateKind, str]
    """…and between it and what the certificate is for."""
    labels: Mapping[str, str]
    """By the key of the printed field; `step` has the number of the step in it."""
    outcomes: Mapping[Outcome, str]
    steps: Mapping[StepStatus, str]
    """Patterns with `{title}` and `{day}`."""
    officer: str
    """A pattern with `{name}` and `{title}`."""
    separator: str
    last_separator: str
    score: str
    """A pattern with `{score}` and `{needed}`."""
    percent: str
    """A pattern with `{number}`."""
    no_end_date: str
    no_training: str
    proposer: str
    approver: str
    """What those are called who proposed and approved a determination, where the portal keeps no job title of theirs."""
    logo: str
    seal: str
    signature: str
    """What pictures show, for people who don't see them; `signature` is a pattern with `{name}`."""
    enclosure: str
    """What the file is that is attached to the PDF."""
    credential: str
    long_date: Callable[[date], str]
    coverage: Callable[[TrainingCoverage], str]
