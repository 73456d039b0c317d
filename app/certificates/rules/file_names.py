"""Names of files: of what is attached to a certificate, and of certificates in an archive, readable in any script and never a path."""

import unicodedata

ATTACHED_DATA = "certificate.json"
ATTACHED_CREDENTIAL = "credential.jwt"

_LONGEST = 80


def file_name(holder: str, about: str, number: str) -> str:
    """`Ada_Byron-Truthful_claims-7K3M-….pdf`. Unique because the number is; each part at most 80 bytes of UTF-8."""
    parts = [part for part in (_plain(holder), _plain(about), number) if part]
    return "-".join(parts) + ".pdf"


def _plain(text: str) -> str:
    """Letters, digits and their marks; whatever else stands between them is one low line. No dot, slash or invisible sign is left."""
    kept = "".join(
        character if unicodedata.category(character)[0] in "LMN" else " "
        for character in unicodedata.normalize("NFC", text)
    )
    cut = "_".join(kept.split()).encode()[:_LONGEST]
    return cut.decode(errors="ignore").rstrip("_")
