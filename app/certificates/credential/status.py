"""The list of those revoked: a W3C Bitstring Status List v1.0, one bit a certificate. Values in, values out."""

import gzip
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc.util import urlsafe_b64encode

from app.certificates.credential.keys import CredentialKey
from app.certificates.credential.payload import instant, list_url
from app.certificates.credential.token import token

# The least that the specification allows, so that nobody learns from a request for the list whose bit is looked at.
BITS = 131072
# From then on free places are worth nothing to look for: half of all that are tried are taken.
FULL = BITS // 2

# For so long a reader may keep the list; a revocation is known everywhere after it.
KEEPS_FOR = timedelta(minutes=5)
# An old list, played again, is refused after this.
VALID_FOR = timedelta(days=1)


def bits_of(indices: Iterable[int]) -> bytes:
    """16 KB in which the bits at `indices` are 1; index 0 is the highest bit of the first byte."""
    bits = bytearray(BITS // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> (index % 8)
    return bytes(bits)


def encoded(bits: bytes) -> str:
    """The bits as the specification carries them: compressed (gzip, no time of day in it), base64url behind a `u`."""
    return "u" + urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode("ascii")


def claims(base_url: str, number: int, indices: Iterable[int], *, at: datetime) -> dict[str, Any]:
    """The claims to sign for list `number`, as it stands at an aware instant `at`."""
    url, issuer = list_url(base_url, number), base_url.rstrip("/")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant(at),
        "validUntil": instant(at + VALID_FOR),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": KEEPS_FOR // timedelta(milliseconds=1),
            "encodedList": encoded(bits_of(indices)),
        },
        "iss": issuer,
        "sub": f"{url}#list",
        "jti": url,
        "nbf": int(at.timestamp()),
        "exp": int((at + VALID_FOR).timestamp()),
    }


def signed(base_url: str, number: int, ended: tuple[int, ...], key: CredentialKey, *, at: datetime) -> str:
    """List `number` with the bits of `ended` set, as a compact JWT of this minute. Signed once a minute and change, then remembered."""
    return _signed(base_url, number, ended, key, at.replace(second=0, microsecond=0))


@lru_cache(maxsize=8)
def _signed(base_url: str, number: int, ended: tuple[int, ...], key: CredentialKey, minute: datetime) -> str:
    return token(claims(base_url, number, ended, at=minute), key, base_url=base_url)
