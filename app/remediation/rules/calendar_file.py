"""A meeting as a calendar file (RFC 5545), so that it lands in people's calendars with one click."""

from datetime import UTC, datetime, timedelta


def calendar_file(
    *,
    identity: str,
    title: str,
    agenda: str,
    place: str,
    starts_at: datetime,
    minutes_to_last: int,
    made_at: datetime,
    cancelled: bool = False,
) -> str:
    """The text of an .ics file with one event. `identity` is stable, so that a second file replaces the first."""
    ends_at = starts_at + timedelta(minutes=minutes_to_last)
    entries = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Good Standing//Engagement sessions//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{identity}",
        f"DTSTAMP:{_stamp(made_at)}",
        f"DTSTART:{_stamp(starts_at)}",
        f"DTEND:{_stamp(ends_at)}",
        f"SUMMARY:{_escaped(title)}",
        f"LOCATION:{_escaped(place)}",
        f"DESCRIPTION:{_escaped(agenda)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(entry)}\r\n" for entry in entries)


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(entry: str) -> str:
    """At most 75 octets a line; a continuation begins with a space, and no letter is cut in two."""
    lines: list[bytes] = []
    current = b""
    for letter in entry:
        octets = letter.encode()
        if len(current) + len(octets) > (75 if not lines else 74):
            lines.append(current)
            current = b""
        current += octets
    lines.append(current)
    return "\r\n ".join(line.decode() for line in lines)
