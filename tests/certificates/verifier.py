"""Two verifiers who know nothing of the portal but its public addresses: openbadgeslib's, and a small one by the letter of the standards."""

import base64
import gzip
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import RSAKey
from openbadgeslib.ob3 import OB3Verifier, OpenBadgeCredential

Fetch = Callable[[str], bytes]

HTTP_OK = 200


def web(client: FlaskClient) -> Fetch:
    """Fetches an address of the portal as anybody would; LookupError where there is nothing."""

    def fetch(url: str) -> bytes:
        answer = client.get(urlsplit(url).path)
        if answer.status_code != HTTP_OK:
            raise LookupError(url)
        return answer.get_data()

    return fetch


def header(token: str) -> dict[str, Any]:
    return _part(token, 0)


def claims(token: str) -> dict[str, Any]:
    """What the token says, unverified."""
    return _part(token, 1)


def _part(token: str, place: int) -> dict[str, Any]:
    part = token.split(".")[place]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def pem(jwk: dict[str, Any]) -> bytes:
    public: bytes = RSAKey.import_key(jwk).public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


def openbadges(token: str, fetch: Fetch, *, check_status: bool = True) -> OpenBadgeCredential:
    """What openbadgeslib makes of it; OB3VerificationError where it doesn't hold. The key is the one that `kid` leads to."""
    key = json.loads(fetch(header(token)["kid"]))
    return OB3Verifier(pem(key)).verify(token, check_status=check_status, download=fetch)


class DoesNotHold(Exception):
    """The small verifier's word for anything that is wrong."""


def by_the_letter(token: str, fetch: Fetch, *, issuer: str, at: datetime) -> dict[str, Any]:
    """Open Badges 3.0, VC-JWT and Bitstring Status List, step by step. Returns the claims; raises DoesNotHold or joserfc's errors."""
    said = _signed(token, fetch, issuer=issuer, at=at)
    if "OpenBadgeCredential" not in said["type"] or said["sub"] != said["credentialSubject"]["id"]:
        raise DoesNotHold("no Open Badges credential")
    entry = said["credentialStatus"]
    url, index = entry["statusListCredential"], int(entry["statusListIndex"])
    status = _signed(fetch(url).decode(), fetch, issuer=issuer, at=at)
    subject = status["credentialSubject"]
    if (
        status["id"] != url
        or subject["statusPurpose"] != entry["statusPurpose"]
        or subject["type"] != "BitstringStatusList"
    ):
        raise DoesNotHold("another status list")
    if bits(subject["encodedList"])[index // 8] >> (7 - index % 8) & 1:
        raise DoesNotHold("revoked")
    return said


def bits(encoded: str) -> bytes:
    """The bitstring of an encodedList."""
    if not encoded.startswith("u") or "=" in encoded:
        raise DoesNotHold("no multibase base64url")
    text = encoded[1:]
    return gzip.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def set_bits(token: str) -> set[int]:
    """Which bits are 1 in a signed list, unverified."""
    found = bits(claims(token)["credentialSubject"]["encodedList"])
    return {index for index in range(len(found) * 8) if found[index // 8] >> (7 - index % 8) & 1}


def _signed(token: str, fetch: Fetch, *, issuer: str, at: datetime) -> dict[str, Any]:
    known = json.loads(fetch(f"{issuer}/.well-known/jwks.json"))["keys"]
    found = [key for key in known if key["kid"] == header(token)["kid"]]
    if len(found) != 1:
        raise DoesNotHold("an unknown key")
    verified = jws.deserialize_compact(token, RSAKey.import_key(found[0]), algorithms=["RS256"])
    said: dict[str, Any] = json.loads(verified.payload)
    stated = said["issuer"] if isinstance(said["issuer"], str) else said["issuer"]["id"]
    if not said["iss"] == stated == issuer or said["jti"] != said["id"]:
        raise DoesNotHold("another issuer, or another credential")
    if not said["nbf"] <= at.timestamp() < said.get("exp", float("inf")):
        raise DoesNotHold("not at this time")
    return said
