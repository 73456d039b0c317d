"""Somebody who was shown a certificate: no account, a number and perhaps a file."""

from tests.journeys.visitor import Visitor


def check_number(stranger: Visitor, number: str) -> None:
    """From the portal's front door."""
    stranger.follows("Check that it is genuine")
    stranger.writes("Certificate number", number.lower()).presses("Check the number")


def check_file(stranger: Visitor, content: bytes) -> None:
    stranger.follows("Check another certificate, or a file")
    stranger.attaches("The PDF file", ("certificate.pdf", content)).presses("Check the file")
